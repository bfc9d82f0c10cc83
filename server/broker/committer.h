// Makes turns durable: encodes, appends, reads what deliveries lack, syncs.
// Not thread-safe; no loop, no callbacks.
#pragma once

#include <chrono>
#include <cstdint>

#include "broker/turn.h"
#include "journal.h"
#include "records.h"
#include "store.h"

namespace swarmq::broker {

struct CommitOptions {
    ShardId shard{};
    // How often a journal that does not sync every append is synced; 0: never (it syncs, or need not).
    std::chrono::milliseconds sync_every{0};
    // A pause of so long lets the store give back memory.
    std::chrono::milliseconds rest_after{10'000};
};

class Committer {
  public:
    Committer(storage::Journal& journal, storage::Store& store, CommitOptions options);

    // The turn's outcome and what was read for it are in the turn. After the first failure every turn ends as
    // Unknown.
    void commit(Turn& turn);
    // The same if nothing of it has to wait for a disk, but for its sync when it is small; false: it is still to be committed.
    bool commit_at_once(Turn& turn);

    // Something was appended that is to be synced.
    bool is_unsynced() const { return is_unsynced_; }
    std::chrono::steady_clock::time_point sync_due() const { return synced_at_ + options_.sync_every; }
    // Of these two the first failure is told, once.
    Result<> sync();
    // Lets the journal note what is synced.
    Result<> checkpoint();
    // For a pause: the same, and when it has been long the store may give back memory.
    Result<> rest();

  private:
    bool may_go_at_once(const Turn& turn, storage::AppendWaits waits) const;
    void encode(const Turn& turn);
    Result<> commit_changes(Turn& turn);
    Result<> append(Turn& turn);
    Result<> read_missing(Turn& turn);
    Result<> read_checkpoints(Turn& turn);
    Result<> told_once(Result<> done, const char* what);

    storage::Journal& journal_;
    storage::Store& store_;
    const CommitOptions options_;
    storage::Encoder encoder_;
    storage::Batch batch_;
    bool is_encoded_ = false;  // The batch is that of the turn that comes next.
    storage::Position position_;
    bool has_failed_ = false;
    bool is_unsynced_ = false;  // Only with options_.sync_every.
    std::chrono::microseconds encode_took_{0};
    std::chrono::steady_clock::time_point synced_at_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point committed_at_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point at_once_from_;  // After an append that waited all the same.
};

}  // namespace swarmq::broker
