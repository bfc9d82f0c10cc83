// A short life of a shard on a recorded disk: every kind of command, small files, restarts. It remembers
// what was said when, and what the shard looked like at each position.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "crash/disk_record.h"
#include "crash/sight.h"
#include "crash/traffic.h"
#include "local_journal.h"
#include "memory_store.h"
#include "support/temporary_directory.h"

namespace swarmq::test {

class DrivenShard;
class RecordedDisk;

struct ShortRunOptions {
    std::uint64_t seed = 1;
    int turns = 200;
    storage::Durability durability = storage::Durability::Sync;
    // Counts a turn as acknowledged when its append has answered; else when a sync has.
    bool append_acknowledges = true;
    // The disk fails from here on, and the run ends when it notices.
    std::size_t cut_at = std::numeric_limits<std::size_t>::max();
};

class ShortRun {
  public:
    explicit ShortRun(const ShortRunOptions& options);
    ~ShortRun();

    const DiskRecord& record() const { return record_; }
    std::uint64_t seed() const { return options_.seed; }
    storage::Durability durability() const { return options_.durability; }
    // Why it ended early; empty: it did not.
    const std::string& failure() const { return failure_; }

    // What had been said when the disk had seen `cut` operations.
    struct Said {
        std::uint64_t acknowledged = 0;  // Up to this sequence; 0: nothing.
        std::uint64_t issued = 0;        // The newest that may be on the disk.
        Epoch epoch{};                   // The newest claimed.
    };
    Said said_by(std::size_t cut) const;
    // What the shard looks like when it stands at this sequence.
    const Sight& sight_at(std::uint64_t sequence) const;
    // What its clients know who were told of everything up to `acknowledged`, and asked what is stored up
    // to `sequence`.
    const Traffic& clients_at(std::uint64_t sequence, std::uint64_t acknowledged) const;

  private:
    struct Event {
        std::size_t operations = 0;  // That the disk had seen.
        Said said;
    };

    void live();
    bool boot();
    bool turn();
    bool sync();
    void issue(const storage::Batch& batch, storage::Position position);
    void note(const Said& said);

    ShortRunOptions options_;
    TemporaryDirectory directory_;
    DiskRecord record_;
    std::unique_ptr<RecordedDisk> disk_;
    std::unique_ptr<DrivenShard> shard_;
    Traffic traffic_;
    storage::MemoryStore model_;  // Gets the same batches.
    Said said_;
    std::string failure_;
    std::vector<Event> events_;
    Sight last_;
    std::map<std::uint64_t, Sight> sights_;      // By sequence.
    std::map<std::uint64_t, Traffic> asked_;     // When the batch was appended.
    std::map<std::uint64_t, Traffic> answered_;  // When its turn was heard.
};

}  // namespace swarmq::test
