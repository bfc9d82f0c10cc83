// Sorted maps behind the Store interface.
#include "memory_store.h"

#include "format.h"
#include "keys.h"

#include <mutex>

namespace swarmq::storage {
namespace {

template <class Tables>
class Applier : public Batch::Visitor {
  public:
    explicit Applier(Tables& tables) : tables_(tables) {}
    void put(Table table, std::string_view key, std::string_view value) override {
        of(table).insert_or_assign(std::string{key}, std::string{value});
    }
    void erase(Table table, std::string_view key) override {
        auto& rows = of(table);
        if (const auto at = rows.find(key); at != rows.end()) rows.erase(at);
    }
    void erase_range(Table table, std::string_view from, std::string_view to) override {
        auto& rows = of(table);
        if (from < to) rows.erase(rows.lower_bound(from), rows.lower_bound(to));
    }

  private:
    auto& of(Table table) { return tables_[static_cast<std::size_t>(table)]; }

    Tables& tables_;
};

}  // namespace

MemoryStore::MemoryStore(const MemoryStoreOptions& options) : options_(options) {}

void MemoryStore::apply_to(Content& content, const Applied& applied) const {
    Applier applier{content.tables};
    applied.batch.visit(applier);
    applier.put(Table::Main, position_key(options_.shard), encode_position(applied.position));
    content.position = applied.position;
}

Result<> MemoryStore::apply(const Batch& batch, Position position, Sync sync) {
    const std::unique_lock lock{mutex_};
    Applied applied{position, batch};
    apply_to(content_, applied);
    if (options_.can_crash) {
        unsynced_.push_back(applied);
        if (sync == Sync::Yes) sync_locked();
    }
    log_bytes_ += batch.bytes().size();
    log_.push_back(std::move(applied));
    while (log_bytes_ > options_.log_bytes_max) {
        log_bytes_ -= log_.front().batch.bytes().size();
        log_.pop_front();
    }
    return {};
}

Result<> MemoryStore::sync() {
    const std::unique_lock lock{mutex_};
    sync_locked();
    return {};
}

void MemoryStore::sync_locked() {
    for (const Applied& applied : unsynced_) apply_to(synced_, applied);
    unsynced_.clear();
}

std::size_t MemoryStore::unsynced() const {
    const std::shared_lock lock{mutex_};
    return unsynced_.size();
}

void MemoryStore::crash(std::size_t kept) {
    const std::unique_lock lock{mutex_};
    SWARMQ_CHECK(options_.can_crash);
    while (unsynced_.size() > kept) unsynced_.pop_back();
    sync_locked();
    content_ = synced_;
    while (!log_.empty() && log_.back().position > content_.position) {
        log_bytes_ -= log_.back().batch.bytes().size();
        log_.pop_back();
    }
}

Position MemoryStore::applied() const {
    const std::shared_lock lock{mutex_};
    return content_.position;
}

Result<std::optional<std::string>> MemoryStore::get(Table table, std::string_view key) const {
    const std::shared_lock lock{mutex_};
    const Rows& rows = content_.tables[static_cast<std::size_t>(table)];
    const auto at = rows.find(key);
    if (at == rows.end()) return std::optional<std::string>{};
    return std::optional<std::string>{at->second};
}

Result<std::vector<std::optional<std::string>>> MemoryStore::get_many(
    Table table, std::span<const std::string> keys) const {
    std::vector<std::optional<std::string>> values;
    values.reserve(keys.size());
    for (const std::string& key : keys) values.push_back(*get(table, key));
    return values;
}

// Works on a copy of the range, so that the visitor may take its time, and may write.
Result<> MemoryStore::scan(Table table, std::string_view from, std::string_view to,
                           const RowVisitor& row) const {
    std::vector<std::pair<std::string, std::string>> copy;
    {
        const std::shared_lock lock{mutex_};
        const Rows& rows = content_.tables[static_cast<std::size_t>(table)];
        if (from < to) copy.assign(rows.lower_bound(from), rows.lower_bound(to));
    }
    for (const auto& [key, value] : copy)
        if (!row(key, value)) return {};
    return {};
}

Result<> MemoryStore::changes_since(Position after, const BatchVisitor& visit) const {
    std::deque<Applied> copy;
    {
        const std::shared_lock lock{mutex_};
        const Position last = content_.position;
        if (after == last) return {};
        const bool is_held = after.incarnation == last.incarnation && after < last &&
                             !log_.empty() && log_.front().position.sequence <= after.sequence + 1;
        if (!is_held)
            return Error{Code::NotFound, "the batch after " + describe(after) +
                                             " is no longer held (the last is " + describe(last) +
                                             "): start from a copy of the whole store"};
        for (const Applied& applied : log_)
            if (applied.position > after) copy.push_back(applied);
    }
    for (const Applied& applied : copy)
        if (!visit(applied.position, applied.batch)) return {};
    return {};
}

Result<std::unique_ptr<Store>> MemoryStore::snapshot() const {
    auto copy = std::make_unique<MemoryStore>(MemoryStoreOptions{.shard = options_.shard});
    const std::shared_lock lock{mutex_};
    copy->content_ = content_;
    return std::unique_ptr<Store>{std::move(copy)};
}

Result<> MemoryStore::copy_to(const std::string&, const CopyWatch&) const {
    return Error{Code::InvalidArgument, "this store keeps nothing on disk, so there is nothing to copy"};
}

}  // namespace swarmq::storage
