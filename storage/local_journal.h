// The journal of a single node: appending a batch is applying it to the store, whose log is synced.
// No double write. With a superblock it notices a store that lost what it had made durable.
#pragma once

#include "format.h"
#include "journal.h"
#include "superblock.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace swarmq::storage {

enum class Durability : std::uint8_t {
    Sync,      // An append is on disk when it answers.
    Periodic,  // An append survives the process; `sync` makes it survive a power cut.
    Memory,    // Nothing survives.
};

struct LocalJournalOptions {
    Durability durability = Durability::Sync;
    ShardId shard{};
    std::uint32_t shard_count = 1;
    std::string superblock_path = {};           // Empty: none, for stores in memory.
    TimeMs now_ms = 0;                          // Wall clock: the incarnation of a new store.
    std::function<TimeMs()> monotonic_ms = {};  // Empty: the steady clock.
};

class LocalJournal : public Journal {
  public:
    // Makes a new store's meta row, or checks an old one's: format, shard count, superblock.
    // Nothing is written to an old store. `store` outlives the journal; nothing else writes to it.
    static Result<std::unique_ptr<LocalJournal>> open(Store& store,
                                                      const LocalJournalOptions& options);
    // Checkpoints; a failure of that is not told.
    ~LocalJournal() override;

    Result<Epoch> claim() override;
    Result<Position> append(const Batch& batch, Position expected) override;
    AppendWaits waits(const Batch& batch) const override;
    Result<> sync() override;
    Result<> checkpoint() override;
    Position last() const override { return last_; }
    Result<> read(Position after, const BatchVisitor& visit) const override;
    Result<> truncate(Position upto) override;

    const Meta& meta() const { return meta_; }

  private:
    LocalJournal(Store& store, const LocalJournalOptions& options);

    Result<> open_superblock();
    Result<> make_new_store();
    Result<> check_old_store() const;
    Result<> write(const Batch& batch);
    Result<> note_synced();
    Error stopped() const;

    Store& store_;
    const LocalJournalOptions options_;
    std::optional<Superblock> superblock_;
    Meta meta_;
    Position last_;
    Position synced_;
    TimeMs noted_ms_ = 0;  // Monotonic: when the superblock was written.
    bool is_owner_ = false;
    bool has_failed_ = false;
};

}  // namespace swarmq::storage
