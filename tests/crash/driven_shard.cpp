// What the daemon does with its store and engine, without its threads.
#include "crash/driven_shard.h"

#include "engine/recovery.h"
#include "format.h"
#include "rocks_store_env.h"

#include <rocksdb/env.h>

#include <utility>

namespace swarmq::test {
namespace {

// Small enough that a short run fills it many times.
constexpr std::size_t kWindowBytes = 64u << 10;
constexpr std::size_t kCacheBytes = 1u << 20;

class EngineSink : public storage::RecoverySink {
  public:
    explicit EngineSink(engine::Recovery& recovery) : recovery_(recovery) {}
    void recover_queue(QueueRecord&& queue) override { recovery_.queue(std::move(queue)); }
    void recover_controls(QueueControls&& controls) override {
        recovery_.controls(std::move(controls));
    }
    void recover_scheduler(SchedulerRecord&& record) override {
        recovery_.scheduler(std::move(record));
    }
    void recover_dedup_key(DedupRecord&& key) override { recovery_.dedup_key(std::move(key)); }
    void recover_job(JobRecord&& job) override { recovery_.job(job); }
    void recover_status(TurnNumber turn, JobStatus&& status) override {
        recovery_.status(turn, status);
    }
    void recover_condemned(JobSeq seq) override { recovery_.condemned(seq); }
    void recover_answers(AnswersRecord&& answers) override {
        recovery_.answers(std::move(answers));
    }

  private:
    engine::Recovery& recovery_;
};

}  // namespace

Result<std::unique_ptr<DrivenShard>> DrivenShard::open(ShardOptions options) {
    std::unique_ptr<DrivenShard> shard(new DrivenShard(std::move(options)));
    shard->now_ms_ = shard->options_.now_ms;
    if (auto opened = shard->open_store(); !opened) return opened.error();
    auto epoch = shard->journal_->claim();
    if (!epoch) return epoch.error();
    shard->epoch_ = *epoch;
    if (auto recovered = shard->recover(); !recovered) return recovered.error();
    return shard;
}

Result<> DrivenShard::open_store() {
    const storage::ShardPaths paths = storage::shard_paths(options_.data_dir, ShardId{});
    auto store = storage::open_rocks_store(
        {.directory = paths.store,
         .log_syncs_late = options_.durability == storage::Durability::Periodic,
         .cache_bytes = kCacheBytes,
         .window_bytes = kWindowBytes},
        options_.env ? options_.env : rocksdb::Env::Default());
    if (!store) return store.error();
    store_ = std::move(store).value();
    found_ = store_->applied();
    if (options_.now_at) now_ms_ = options_.now_at(found_.sequence);
    auto journal =
        storage::LocalJournal::open(*store_, {.durability = options_.durability,
                                              .superblock_path = paths.superblock,
                                              .now_ms = now_ms_,
                                              .monotonic_ms = [this] { return now_ms_; }});
    if (!journal) return journal.error();
    journal_ = std::move(journal).value();
    door_ = journal_.get();
    return {};
}

Result<> DrivenShard::recover() {
    engine_ = std::make_unique<engine::Engine>(
        engine::EngineOptions{.epoch = epoch_, .seed = raw(epoch_), .now_ms = now_ms_});
    EngineSink sink(engine_->recovery());
    if (auto recovered = storage::recover(*store_, ShardId{}, sink, {}); !recovered)
        return recovered;
    engine_->recovery().finish();
    return {};
}

void DrivenShard::pass(DurationMs ms) {
    now_ms_ += ms;
    while (engine_->advance(now_ms_)) {
    }
}

Result<engine::Effects> DrivenShard::turn() {
    engine::Effects effects = engine_->seal();
    if (effects.changes.empty()) return effects;
    if (auto completed = storage::complete(*store_, ShardId{}, effects.changes); !completed)
        return completed.error();
    batch_.clear();
    encoder_.encode(effects.changes, batch_);
    const storage::Position last = door_->last();
    if (options_.before_append)
        options_.before_append(batch_, {last.incarnation, last.sequence + 1});
    auto appended = door_->append(batch_, last);
    if (!appended) return appended.error();
    return effects;
}

}  // namespace swarmq::test
