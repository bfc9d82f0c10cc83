// Parts of rows, handed over whole.
#include "row_pipe.h"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace swarmq::storage {
namespace {

constexpr std::size_t kPartBytes = 256 * 1024;
constexpr std::size_t kPartsMax = 4;

struct Part {
    std::string bytes;  // Keys and values, one behind the other.
    std::vector<std::pair<std::size_t, std::size_t>> sizes;

    void add(std::string_view key, std::string_view value) {
        bytes += key;
        bytes += value;
        sizes.emplace_back(key.size(), value.size());
    }
    // False: `row` wants no more.
    bool visit(const Store::RowVisitor& row) const {
        std::string_view rest = bytes;
        for (const auto& [key_bytes, value_bytes] : sizes) {
            if (!row(rest.substr(0, key_bytes), rest.substr(key_bytes, value_bytes))) return false;
            rest.remove_prefix(key_bytes + value_bytes);
        }
        return true;
    }
};

class Pipe {
  public:
    // Waits for room. False: nobody wants it.
    bool put(Part part) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return is_over_ || parts_.size() < kPartsMax; });
        if (is_over_) return false;
        parts_.push_back(std::move(part));
        changed_.notify_all();
        return true;
    }
    // Waits for a part. False: there is none any more.
    bool take(Part& part) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return is_over_ || !parts_.empty(); });
        if (parts_.empty()) return false;
        part = std::move(parts_.front());
        parts_.pop_front();
        changed_.notify_all();
        return true;
    }
    void end() {
        const std::lock_guard lock{mutex_};
        is_over_ = true;
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Part> parts_;
    bool is_over_ = false;
};

}  // namespace

Result<> scan_in_parts(const Store& store, Table table, std::string_view from, std::string_view to,
                       const Store::RowVisitor& row) {
    Pipe pipe;
    Result<> scanned;
    std::thread reader{[&] {
        Part part;
        scanned = store.scan(table, from, to, [&](std::string_view key, std::string_view value) {
            part.add(key, value);
            return part.bytes.size() < kPartBytes || pipe.put(std::exchange(part, {}));
        });
        // What was read before a row that could not be is good.
        if (!part.sizes.empty()) pipe.put(std::move(part));
        pipe.end();
    }};
    const auto end = [&](void*) {
        pipe.end();
        reader.join();
    };
    {
        const std::unique_ptr<void, decltype(end)> ended{&pipe, end};  // Whatever `row` throws.
        Part part;
        while (pipe.take(part))
            if (!part.visit(row)) break;
    }
    return scanned;
}

}  // namespace swarmq::storage
