// Windows above one another, read as one sorted run of rows.
#pragma once

#include "row_layers.h"

#include <string_view>
#include <utility>
#include <vector>

namespace swarmq::storage {

// The newest word on each key first <= key < last that any of the windows has, in order.
class WindowCursor {
  public:
    // `windows` outlives it.
    WindowCursor(const Windows& windows, Table table, std::string_view first,
                 std::string_view last);

    bool at_end() const { return !current_; }
    std::string_view key() const { return current_->first; }
    const RowWindow::Row& row() const { return current_->second; }
    void next();

  private:
    using At = RowWindow::Rows::const_iterator;
    void find_smallest();

    std::vector<std::pair<At, At>> runs_;  // What is left of each window, the newest first.
    const RowWindow::Rows::value_type* current_ = nullptr;
};

}  // namespace swarmq::storage
