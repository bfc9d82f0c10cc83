// Row operations in order, in one flat buffer: what a journal appends and a store applies. Applying one
// needs nothing but its bytes, so that it can be replicated.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/error.h"

namespace swarmq::storage {

// Stored: never renumber.
enum class Table : std::uint8_t {
    Main = 0,
    Large = 1,  // Payloads and results above 4 KiB.
};
inline constexpr std::size_t kTableCount = 2;

class Batch {
  public:
    void put(Table table, std::string_view key, std::string_view value);
    void erase(Table table, std::string_view key);
    // Erases from <= key < to.
    void erase_range(Table table, std::string_view from, std::string_view to);

    void clear() {
        bytes_.clear();
        operations_ = 0;
        erases_ranges_ = false;
    }
    bool empty() const { return operations_ == 0; }
    bool erases_ranges() const { return erases_ranges_; }
    std::size_t operations() const { return operations_; }
    // The format: storage/README.md.
    const std::string& bytes() const { return bytes_; }
    static Result<Batch> from_bytes(std::string bytes);

    // Called for each operation in order.
    class Visitor {
      public:
        virtual ~Visitor() = default;
        virtual void put(Table table, std::string_view key, std::string_view value) = 0;
        virtual void erase(Table table, std::string_view key) = 0;
        virtual void erase_range(Table table, std::string_view from, std::string_view to) = 0;
    };
    void visit(Visitor& visitor) const;

  private:
    std::string bytes_;
    std::size_t operations_ = 0;
    bool erases_ranges_ = false;
};

}  // namespace swarmq::storage
