// Opens, claims and appends; keeps the superblock at most a second behind.
#include "local_journal.h"

#include <algorithm>
#include <chrono>

namespace swarmq::storage {
namespace {

constexpr DurationMs kSuperblockEveryMs = 1000;

TimeMs steady_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

LocalJournal::LocalJournal(Store& store, const LocalJournalOptions& options)
    : store_(store), options_(options), last_(store.applied()), synced_(last_) {}

LocalJournal::~LocalJournal() {
    if (!is_owner_ || has_failed_) return;
    if (options_.durability != Durability::Periodic || sync().ok()) static_cast<void>(checkpoint());
}

Result<std::unique_ptr<LocalJournal>> LocalJournal::open(Store& store,
                                                         const LocalJournalOptions& options) {
    std::unique_ptr<LocalJournal> journal{new LocalJournal{store, options}};
    if (auto opened = journal->open_superblock(); !opened.ok()) return opened.error();
    auto meta = read_meta(store, options.shard);
    if (!meta.ok()) return meta.error();
    if (*meta) {
        journal->meta_ = **meta;
        if (auto checked = journal->check_old_store(); !checked.ok()) return checked.error();
    } else if (auto made = journal->make_new_store(); !made.ok()) {
        return made.error();
    }
    return journal;
}

Result<> LocalJournal::open_superblock() {
    if (options_.superblock_path.empty()) return {};
    auto opened = Superblock::open(options_.superblock_path);
    if (opened.ok())
        superblock_.emplace(std::move(opened).value());
    else if (opened.code() != Code::NotFound)
        return opened.error();
    return {};
}

Result<> LocalJournal::check_old_store() const {
    if (auto checked = check_meta(meta_, options_.shard_count); !checked.ok()) return checked;
    if (options_.superblock_path.empty()) return {};
    std::optional<SuperblockContent> noted;
    if (superblock_) noted = superblock_->content();
    return check_recovered(noted, last_, options_.superblock_path);
}

Result<> LocalJournal::make_new_store() {
    if (last_ != Position{})
        return damage("the store stands at position " + describe(last_) +
                      " and has no meta row: it is no store of swarmq, or is damaged; `swarmqd verify` "
                      "shows what is there");
    if (superblock_ && superblock_->content().synced != Position{})
        return damage(
            "the store is empty (position " + describe(last_) +
                         "), and had been durable to position " +
                         describe(superblock_->content().synced) + " says " +
                         options_.superblock_path +
                         ": run `swarmqd verify` to see what is there, `swarmqd repair` to begin "
                         "anew");
    // The superblock comes first: a store with rows and none is always a damaged one.
    if (!options_.superblock_path.empty() && !superblock_) {
        auto created = Superblock::create(options_.superblock_path, {});
        if (!created.ok()) return created.error();
        superblock_.emplace(std::move(created).value());
    }
    meta_ = make_meta(options_.shard_count, options_.now_ms);
    last_.incarnation = static_cast<std::uint64_t>(std::max<TimeMs>(options_.now_ms, 1));
    Batch batch;
    put_meta(options_.shard, meta_, batch);
    return write(batch);
}

// Durable on return, but in memory mode.
Result<> LocalJournal::write(const Batch& batch) {
    const Position next{last_.incarnation, last_.sequence + 1};
    const Sync sync = options_.durability == Durability::Memory ? Sync::No : Sync::Yes;
    if (auto applied = store_.apply(batch, next, sync); !applied.ok()) {
        has_failed_ = true;
        return applied;
    }
    last_ = synced_ = next;
    return {};
}

Error LocalJournal::stopped() const {
    return Error{Code::Unknown, "an earlier append or sync failed after position " +
                                    describe(synced_) + ": nothing is appended until a restart"};
}

Result<Epoch> LocalJournal::claim() {
    if (has_failed_) return stopped();
    Epoch newest = meta_.epoch;
    if (superblock_) newest = std::max(newest, superblock_->content().epoch);
    meta_.epoch = Epoch{raw(newest) + 1};
    Batch batch;
    put_meta(options_.shard, meta_, batch);
    if (auto written = write(batch); !written.ok()) return written.error();
    is_owner_ = true;
    if (auto noted = checkpoint(); !noted.ok()) return noted.error();
    return meta_.epoch;
}

Result<Position> LocalJournal::append(const Batch& batch, Position expected) {
    if (has_failed_) return stopped();
    if (!is_owner_)
        return Error{Code::NotOwner, "nothing was appended: the journal was not claimed"};
    if (expected != last_)
        return Error{Code::NotOwner, "nothing was appended: position " + describe(expected) +
                                         " was expected to be the last, it is " + describe(last_)};
    const Position next{last_.incarnation, last_.sequence + 1};
    const bool syncs = options_.durability == Durability::Sync;
    auto applied = store_.apply(batch, next, syncs ? Sync::Yes : Sync::No);
    if (!applied.ok()) {
        has_failed_ = true;
        return applied.error();
    }
    last_ = next;
    if (!syncs) return next;
    if (auto noted = note_synced(); !noted.ok()) return noted.error();
    return next;
}

AppendWaits LocalJournal::waits(const Batch& batch) const {
    if (store_.may_wait(batch)) return AppendWaits::ForMore;
    return options_.durability == Durability::Sync ? AppendWaits::ForItsSync : AppendWaits::ForNothing;
}

Result<> LocalJournal::sync() {
    if (has_failed_) return stopped();
    if (options_.durability == Durability::Memory || synced_ == last_) return {};
    if (auto synced = store_.sync(); !synced.ok()) {
        has_failed_ = true;
        return synced;
    }
    return note_synced();
}

Result<> LocalJournal::note_synced() {
    synced_ = last_;
    if (!superblock_) return {};
    const TimeMs now = options_.monotonic_ms ? options_.monotonic_ms() : steady_ms();
    return now - noted_ms_ < kSuperblockEveryMs ? Result<>{} : checkpoint();
}

Result<> LocalJournal::checkpoint() {
    if (has_failed_) return stopped();
    if (!superblock_ || !is_owner_ || superblock_->content().synced == synced_) return {};
    noted_ms_ = options_.monotonic_ms ? options_.monotonic_ms() : steady_ms();
    auto written = superblock_->write({meta_.epoch, store_.log_number(), synced_});
    has_failed_ = !written.ok();
    return written;
}

Result<> LocalJournal::read(Position after, const BatchVisitor& visit) const {
    return store_.changes_since(after, visit);
}

// The store's log forgets by itself, once its rows are in tables.
Result<> LocalJournal::truncate(Position upto) {
    if (upto > last_)
        return Error{Code::InvalidArgument, "cannot forget up to position " + describe(upto) +
                                                ", the last is " + describe(last_)};
    return {};
}

}  // namespace swarmq::storage
