// Rows that a store took lately, sorted, with the erasures among them: what lies above RocksDB's
// tables until it is written into them.
#pragma once

#include "batch.h"

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace swarmq::storage {

// The newest key that was ever put, by table and key prefix (kKeyPrefixBytes). No row beneath a
// window has a greater key than the one its store noted when the window began.
class NewestKeys {
  public:
    void note(Table table, std::string_view key);
    // Whether `key` is greater than every key noted with its prefix.
    bool is_newer(Table table, std::string_view key) const;
    // Keys of the other one count too.
    void merge(const NewestKeys& other);

    // As a row's value: `table(1) varint length | key` for each prefix. Nothing: it cannot be
    // understood.
    std::string encode() const;
    static std::optional<NewestKeys> decode(std::string_view value);

  private:
    static std::string_view prefix(std::string_view key);

    std::array<std::map<std::string, std::string, std::less<>>, kTableCount> keys_;
};

class RowWindow {
  public:
    RowWindow() = default;
    RowWindow(const RowWindow&) = delete;

    // A value, or nothing for a row that was erased.
    using Row = std::optional<std::string>;
    using Rows = std::map<std::string, Row, std::less<>>;

    void put(Table table, std::string_view key, std::string_view value);
    // `may_be_beneath`: the erasure must be kept, as an older row may lie below this window.
    void erase(Table table, std::string_view key, bool may_be_beneath);

    const Rows& rows(Table table) const { return rows_[static_cast<std::size_t>(table)]; }
    // Null: this window says nothing of the key.
    const Row* find(Table table, std::string_view key) const;
    // Rows first <= key < last, as a window of its own; null when there are more than `rows_max`, or more bytes of
    // values than `bytes_max`.
    std::unique_ptr<RowWindow> copy(Table table, std::string_view first, std::string_view last,
                                    std::size_t rows_max, std::size_t bytes_max) const;

    const NewestKeys& newest() const { return newest_; }
    bool empty() const { return bytes_ == 0; }
    // About what it takes in memory.
    std::size_t bytes() const { return bytes_; }

  private:
    // The first row whose key is not less. Batches are sorted: it is looked for next to the last
    // one.
    Rows::iterator lower_bound(Table table, std::string_view key);

    std::array<Rows, kTableCount> rows_;
    std::array<std::optional<Rows::iterator>, kTableCount> last_found_;
    NewestKeys newest_;
    std::size_t bytes_ = 0;
};

}  // namespace swarmq::storage
