// One lock over the windows; what is written into the tables is read without it.
#include "row_layers.h"

#include "format.h"
#include "keys.h"

#include <utility>

namespace swarmq::storage {
namespace {

// A view copies so many rows of the window that is being filled; with more of them, or of their
// bytes, that window is full.
constexpr std::size_t kRowsCopiedMax = 4096;
constexpr std::size_t kBytesCopiedMax = 4 * 1024 * 1024;

}  // namespace

const RowWindow::Row* find_row(const Windows& windows, Table table, std::string_view key) {
    for (const auto& window : windows)
        if (const RowWindow::Row* row = window->find(table, key)) return row;
    return nullptr;
}

// Applies to the window that is being filled.
class RowLayers::Applier : public Batch::Visitor {
  public:
    explicit Applier(RowLayers& layers) : layers_(layers), rows_(layers.filling_->rows) {}

    void put(Table table, std::string_view key, std::string_view value) override {
        rows_.put(table, key, value);
    }
    void erase(Table table, std::string_view key) override {
        rows_.erase(table, key, !layers_.newest_beneath_.is_newer(table, key));
    }
    void erase_range(Table table, std::string_view first, std::string_view last) override {
        if (first >= last) return;
        std::vector<std::string> keys;
        const auto& here = rows_.rows(table);
        for (auto at = here.lower_bound(first); at != here.end() && at->first < last; ++at)
            keys.push_back(at->first);
        for (const std::string& key : keys) erase(table, key);
        if (is_newer_than_all_beneath(table, first, last)) return;
        auto beneath = layers_.find_keys_(layers_.sealed_windows(), table, first, last);
        if (!beneath) {
            outcome_ = beneath.error();
            return;
        }
        for (const std::string& key : *beneath) rows_.erase(table, key, true);
    }

    const Result<>& outcome() const { return outcome_; }

  private:
    bool is_newer_than_all_beneath(Table table, std::string_view first,
                                   std::string_view last) const {
        return first.substr(0, kKeyPrefixBytes) == last.substr(0, kKeyPrefixBytes) &&
               layers_.newest_beneath_.is_newer(table, first);
    }

    RowLayers& layers_;
    RowWindow& rows_;
    Result<> outcome_;
};

RowLayers::RowLayers(ShardId shard, NewestKeys newest, Position applied, FindKeys find_keys)
    : position_row_(position_key(shard).str()),
      newest_row_(newest_keys_key(shard).str()),
      find_keys_(std::move(find_keys)),
      newest_beneath_(std::move(newest)),
      applied_(applied) {}

Result<> RowLayers::apply(const Batch& batch, Position position) {
    const std::lock_guard lock{mutex_};
    Applier applier{*this};
    batch.visit(applier);
    if (!applier.outcome()) return applier.outcome();
    filling_->rows.put(Table::Main, position_row_, encode_position(position));
    filling_->last = applied_ = position;
    return {};
}

Position RowLayers::applied() const {
    const std::lock_guard lock{mutex_};
    return applied_;
}

std::size_t RowLayers::filling_bytes() const {
    const std::lock_guard lock{mutex_};
    return filling_->rows.bytes();
}

bool RowLayers::find(Table table, std::string_view key, RowWindow::Row& row) const {
    const std::lock_guard lock{mutex_};
    const RowWindow::Row* found = filling_->rows.find(table, key);
    for (auto at = sealed_.rbegin(); !found && at != sealed_.rend(); ++at)
        found = (*at)->rows.find(table, key);
    if (found) row = *found;
    return found != nullptr;
}

Windows RowLayers::view(Table table, std::string_view first, std::string_view last,
                        const std::function<void()>& open) {
    const std::lock_guard lock{mutex_};
    std::shared_ptr<const RowWindow> copied =
        filling_->rows.copy(table, first, last, kRowsCopiedMax, kBytesCopiedMax);
    if (!copied) seal_locked();
    Windows windows = sealed_windows();
    if (copied) windows.insert(windows.begin(), std::move(copied));
    open();
    return windows;
}

Windows RowLayers::view_all(const std::function<void()>& open) {
    const std::lock_guard lock{mutex_};
    seal_locked();
    open();
    return sealed_windows();
}

Windows RowLayers::sealed_windows() const {
    Windows windows;
    for (auto at = sealed_.rbegin(); at != sealed_.rend(); ++at)
        windows.emplace_back(*at, &(*at)->rows);
    return windows;
}

void RowLayers::seal() {
    const std::lock_guard lock{mutex_};
    seal_locked();
}

void RowLayers::seal_locked() {
    if (filling_->rows.empty()) return;
    newest_beneath_.merge(filling_->rows.newest());
    filling_->rows.put(Table::Main, newest_row_, newest_beneath_.encode());
    sealed_.push_back(std::exchange(filling_, std::make_shared<SealedWindow>()));
    filling_->last = applied_;
    changed_.notify_all();
}

std::shared_ptr<const SealedWindow> RowLayers::oldest_sealed() const {
    const std::lock_guard lock{mutex_};
    return sealed_.empty() ? nullptr : sealed_.front();
}

std::shared_ptr<const SealedWindow> RowLayers::wait_for_sealed() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return is_stopped_ || !sealed_.empty(); });
    return is_stopped_ ? nullptr : sealed_.front();
}

void RowLayers::drop_sealed() {
    std::shared_ptr<const SealedWindow> freed_without_the_lock;
    const std::lock_guard lock{mutex_};
    freed_without_the_lock = std::move(sealed_.front());
    sealed_.pop_front();
    changed_.notify_all();
}

bool RowLayers::wait_until_sealed_at_most(std::size_t count) const {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return is_stopped_ || sealed_.size() <= count; });
    return !is_stopped_;
}

bool RowLayers::wait_until_written(Position upto) const {
    std::unique_lock lock{mutex_};
    changed_.wait(lock,
                  [&] { return is_stopped_ || sealed_.empty() || sealed_.front()->last > upto; });
    return !is_stopped_;
}

void RowLayers::stop() {
    const std::lock_guard lock{mutex_};
    is_stopped_ = true;
    changed_.notify_all();
}

bool RowLayers::wait_until_stopped(std::chrono::milliseconds longest) const {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, longest, [this] { return is_stopped_; });
}

std::size_t RowLayers::sealed_count() const {
    const std::lock_guard lock{mutex_};
    return sealed_.size();
}

std::size_t RowLayers::bytes() const {
    const std::lock_guard lock{mutex_};
    std::size_t sum = filling_->rows.bytes();
    for (const auto& window : sealed_) sum += window->rows.bytes();
    return sum;
}

}  // namespace swarmq::storage
