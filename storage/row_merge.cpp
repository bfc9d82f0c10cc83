// Few windows: the smallest key is looked for among all.
#include "row_merge.h"

namespace swarmq::storage {

WindowCursor::WindowCursor(const Windows& windows, Table table, std::string_view first,
                           std::string_view last) {
    for (const auto& window : windows) {
        const RowWindow::Rows& rows = window->rows(table);
        runs_.emplace_back(rows.lower_bound(first), rows.lower_bound(last));
    }
    find_smallest();
}

void WindowCursor::next() {
    const std::string_view done = key();
    for (auto& [at, end] : runs_)
        if (at != end && at->first == done) ++at;
    find_smallest();
}

// Of equal keys the first one counts, which is of the newest window.
void WindowCursor::find_smallest() {
    current_ = nullptr;
    for (const auto& [at, end] : runs_)
        if (at != end && (!current_ || at->first < current_->first)) current_ = &*at;
}

}  // namespace swarmq::storage
