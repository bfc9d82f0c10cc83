// A shard driven turn by turn in one thread: the engine's changes go through the encoder and a journal into
// RocksDB, and what a turn says is handed out when its append has answered.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/engine.h"
#include "local_journal.h"
#include "records.h"
#include "rocks_store.h"

namespace rocksdb {
class Env;
}

namespace swarmq::test {

struct ShardOptions {
    std::string data_dir;
    rocksdb::Env* env = nullptr;  // Null: the real one.
    storage::Durability durability = storage::Durability::Sync;
    TimeMs now_ms = 0;
    // What time it is, for a shard that stands at this sequence; empty: now_ms.
    std::function<TimeMs(std::uint64_t sequence)> now_at = {};
    // Called with each batch before it is appended, and the position it will have.
    std::function<void(const storage::Batch&, storage::Position)> before_append = {};
};

class DrivenShard {
  public:
    // Opens, claims and recovers.
    static Result<std::unique_ptr<DrivenShard>> open(ShardOptions options);

    // The position that was found, before the claim.
    storage::Position found() const { return found_; }
    Epoch epoch() const { return epoch_; }
    engine::Engine& engine() { return *engine_; }
    storage::RocksStore& store() { return *store_; }
    storage::Journal& journal() { return *door_; }
    TimeMs now_ms() const { return now_ms_; }

    // Appends go through this from now on; it outlives the shard's turns.
    void go_through(storage::Journal& door) { door_ = &door; }
    void pass(DurationMs ms);
    // Seals the turn, makes it durable, and answers what it says.
    Result<engine::Effects> turn();

  private:
    explicit DrivenShard(ShardOptions options) : options_(std::move(options)) {}
    Result<> open_store();
    Result<> recover();

    ShardOptions options_;
    TimeMs now_ms_ = 0;
    storage::Position found_;
    Epoch epoch_{};
    std::unique_ptr<storage::RocksStore> store_;
    std::unique_ptr<storage::LocalJournal> journal_;
    storage::Journal* door_ = nullptr;
    std::unique_ptr<engine::Engine> engine_;
    storage::Encoder encoder_{ShardId{}};
    storage::Batch batch_;
};

}  // namespace swarmq::test
