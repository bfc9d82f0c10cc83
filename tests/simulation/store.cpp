// The two kinds of disk.
#include "simulation/store.h"

#include "memory_store.h"
#include "records.h"
#include "simulation/violation.h"
#include "support/plain_disk.h"

#include <utility>

namespace swarmq::simulation {
namespace {

class PlainValues final : public Disk {
  public:
    void apply(const Changes& changes) override {
        disk_.apply(changes);
        for (const auto& problem : disk_.problems()) throw Violation(problem);
    }
    void recover(engine::Engine& engine) override {
        disk_.recover(engine.recovery());
        engine.recovery().finish();
    }

  private:
    test::PlainDisk disk_;
};

class Sink final : public storage::RecoverySink {
  public:
    explicit Sink(engine::Recovery& recovery) : recovery_(recovery) {}
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

class Rows final : public Disk {
  public:
    void apply(const Changes& changes) override {
        Changes filled = changes;
        require(storage::complete(store_, ShardId{}, filled).ok(), "a turn was not completed");
        batch_.clear();
        encoder_->encode(filled, batch_);
        ++position_.sequence;
        require(store_.apply(batch_, position_, storage::Sync::Yes).ok(),
                "a batch was not applied");
    }
    void recover(engine::Engine& engine) override {
        encoder_ = std::make_unique<storage::Encoder>(ShardId{});
        Sink sink(engine.recovery());
        const auto recovered = storage::recover(store_, ShardId{}, sink, {});
        require(recovered.ok(), recovered.ok() ? "" : recovered.error().detail);
        engine.recovery().finish();
    }

  private:
    storage::MemoryStore store_;
    std::unique_ptr<storage::Encoder> encoder_;
    storage::Batch batch_;
    storage::Position position_{1, 0};
};

}  // namespace

std::unique_ptr<Disk> make_plain_disk() {
    return std::make_unique<PlainValues>();
}

std::unique_ptr<Disk> make_row_disk() {
    return std::make_unique<Rows>();
}

std::uint64_t Store::sync_one() {
    const Pending& oldest = pending_.front();
    if (!oldest.changes.added.empty()) durable_seq_ = raw(oldest.changes.added.back().seq);
    if (!oldest.changes.empty()) disk_->apply(oldest.changes);
    const std::uint64_t turn = oldest.turn;
    pending_.pop_front();
    return turn;
}

}  // namespace swarmq::simulation
