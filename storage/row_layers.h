// The windows above RocksDB's tables: one that is being filled, and those that are full and wait to
// be written into the tables. Thread rule: one thread at a time applies; any thread may look, seal and take
// views.
#pragma once

#include "batch.h"
#include "model/ids.h"
#include "row_window.h"
#include "store.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace swarmq::storage {

// A window that is full, with all that its rows stand for.
struct SealedWindow {
    RowWindow rows;
    Position last;  // Of the newest batch in it.
};

// Windows as they were at one moment, the newest first. They stay for as long as it lives.
using Windows = std::vector<std::shared_ptr<const RowWindow>>;

// The newest word of `windows` on the key; null when there is none.
const RowWindow::Row* find_row(const Windows& windows, Table table, std::string_view key);

class RowLayers {
  public:
    // Answers the keys of all rows first <= key < last in `windows` and in the tables below them.
    using FindKeys = std::function<Result<std::vector<std::string>>(
        const Windows& windows, Table table, std::string_view first, std::string_view last)>;

    // `newest`: of what lies in the tables. Each batch's position, and each full window's newest
    // keys, are rows of their own in Main.
    RowLayers(ShardId shard, NewestKeys newest, Position applied, FindKeys find_keys);

    // All of the batch and its position become visible at once. An error of find_keys: nothing is
    // known then.
    Result<> apply(const Batch& batch, Position position);
    Position applied() const;
    // Of the window that is being filled.
    std::size_t filling_bytes() const;

    // The newest word on the key in any window: true and the row in `row`, or false.
    bool find(Table table, std::string_view key, RowWindow::Row& row) const;
    // The windows for reading first <= key < last of one table, and what `open` makes of the tables
    // below at the same moment.
    Windows view(Table table, std::string_view first, std::string_view last,
                 const std::function<void()>& open);
    // The windows for reading everything, likewise.
    Windows view_all(const std::function<void()>& open);

    // The window that is being filled is full, unless it is empty.
    void seal();
    // The oldest full window; null when there is none.
    std::shared_ptr<const SealedWindow> oldest_sealed() const;
    // The oldest full window, once there is one; null when stopped.
    std::shared_ptr<const SealedWindow> wait_for_sealed();
    // The oldest full window lies in the tables now.
    void drop_sealed();
    // Until at most `count` full windows are left, or none with what was applied up to `upto`.
    // False: stopped.
    bool wait_until_sealed_at_most(std::size_t count) const;
    bool wait_until_written(Position upto) const;
    // Whoever waits goes on.
    void stop();
    // For so long at most; whether it was stopped.
    bool wait_until_stopped(std::chrono::milliseconds longest) const;
    std::size_t sealed_count() const;
    // Of all windows.
    std::size_t bytes() const;

  private:
    class Applier;
    void seal_locked();
    // The full ones, the newest first.
    Windows sealed_windows() const;

    const std::string position_row_;
    const std::string newest_row_;
    const FindKeys find_keys_;

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::shared_ptr<SealedWindow> filling_ = std::make_shared<SealedWindow>();
    std::deque<std::shared_ptr<const SealedWindow>> sealed_;  // The oldest first.
    NewestKeys newest_beneath_;  // Of all below the window that is being filled.
    Position applied_;
    bool is_stopped_ = false;
};

}  // namespace swarmq::storage
