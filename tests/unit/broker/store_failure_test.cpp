// A broker whose journal fails once: nothing of that turn is let out, and a broker that starts anew on the
// same store gives each numbered request one outcome.
#include "base/asio.h"
#include "base/loop.h"
#include "broker/broker.h"
#include "engine/recovery.h"
#include "faulty_journal.h"
#include "local_journal.h"
#include "memory_store.h"

#include <catch2/catch.hpp>

#include <memory>
#include <vector>

using namespace swarmq;
using namespace swarmq::broker;
using storage::JournalFault;

namespace {

class CountingPort : public Port {
  public:
    void deliver(const engine::Delivery& delivery,
                 const std::vector<storage::DeliverableJob>& contents) override {
        delivered += delivery.jobs.size();
        for (const auto& content : contents) payloads.push_back(*content.payload);
    }
    void notify(const engine::Notice&) override {}
    void push_events(const EventBatch&) override {}
    bool has_room() const override { return true; }
    void turn_is_durable(TurnNumber) override { ++durable_turns; }
    void flush() override {}
    void taken_over() override {}
    void store_failed() override { has_failed = true; }

    std::size_t delivered = 0;
    std::vector<std::string> payloads;
    int durable_turns = 0;
    bool has_failed = false;
};

class EngineSink : public storage::RecoverySink {
  public:
    explicit EngineSink(engine::Recovery& recovery) : recovery_(recovery) {}
    void recover_queue(QueueRecord&& queue) override { recovery_.queue(std::move(queue)); }
    void recover_controls(QueueControls&& controls) override { recovery_.controls(std::move(controls)); }
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

// One boot on a store that outlives it.
struct Boot {
    explicit Boot(storage::MemoryStore& the_store) : store(the_store) {
        auto opened = storage::LocalJournal::open(
            store, {.durability = storage::Durability::Memory, .now_ms = clock.now_ms()});
        if (!opened.ok()) FAIL(opened.error().detail);
        local = std::move(opened).value();
        journal = std::make_unique<storage::FaultyJournal>(*local, storage::FaultyJournalOptions{});
        const auto epoch = journal->claim();
        REQUIRE(epoch.ok());
        rules = std::make_unique<engine::Engine>(
            engine::EngineOptions{.epoch = *epoch, .now_ms = clock.now_ms()});
        EngineSink sink(rules->recovery());
        REQUIRE(storage::recover(store, ShardId{}, sink, {}).ok());
        rules->recovery().finish();
        BrokerOptions options;
        options.on_failure = [this](const Error& error) { failures.push_back(error); };
        broker = std::make_unique<Broker>(loop, clock, *rules, *journal, store, std::move(options));
        broker->start();
        port = std::make_shared<CountingPort>();
        session = rules->open_session("worker", "").key;
        broker->attach(session, port);
    }

    // Adds one job as the client's numbered request, asks for it, and waits for the turn's end.
    Result<Answer> add(std::uint64_t number) {
        auto answer = broker->change({"client", number, 0}, [&] {
            engine::AddJobs command{"q", {}};
            command.jobs.emplace_back().name = "work";
            command.jobs.back().payload = std::make_shared<const std::string>("payload");
            return rules->add_jobs(std::move(command));
        });
        REQUIRE(rules->take(session, {{"q"}, 1, 0, 0, number}));
        broker->hold(port, 1);
        const int turns_before = port->durable_turns;
        while (port->durable_turns == turns_before && !port->has_failed)
            REQUIRE(context.run_one_for(std::chrono::seconds(30)) == 1);
        return answer;
    }

    Clock clock;
    storage::MemoryStore& store;
    asio::io_context context;
    Loop loop{context};
    std::unique_ptr<storage::LocalJournal> local;
    std::unique_ptr<storage::FaultyJournal> journal;
    std::unique_ptr<engine::Engine> rules;
    std::vector<Error> failures;
    std::shared_ptr<CountingPort> port;
    engine::SessionKey session{};
    std::unique_ptr<Broker> broker;
};

}  // namespace

TEST_CASE("a turn whose append failed lets nothing out, and a resend after the restart has one outcome",
          "[broker][R12][R34][R35]") {
    const auto [fault, code, is_kept] = GENERATE(table<JournalFault, Code, bool>({
        {JournalFault::UnknownKept, Code::Unknown, true},
        {JournalFault::UnknownLost, Code::Unknown, false},
        {JournalFault::Fenced, Code::NotOwner, false},
        {JournalFault::Full, Code::DiskLow, false},
    }));
    storage::MemoryStore store;
    Result<Answer> first_answer = Answer{};
    {
        Boot boot(store);
        REQUIRE(boot.add(1).ok());
        CHECK(boot.port->delivered == 1);
        CHECK(boot.port->payloads == std::vector<std::string>{"payload"});
        boot.journal->schedule(fault);
        first_answer = boot.add(2);
        CHECK(boot.port->has_failed);
        CHECK(boot.port->delivered == 1);
        CHECK(boot.port->durable_turns == 1);
        REQUIRE(boot.failures.size() == 1);
        CHECK(boot.failures.front().code == code);
        CHECK(boot.broker->has_failed());
        boot.broker->hold(boot.port, 1);  // No later turn is let out either.
        boot.context.run_for(std::chrono::milliseconds(50));
        CHECK(boot.port->durable_turns == 1);
    }
    Boot boot(store);
    CHECK(boot.rules->job_count() == (is_kept ? 2 : 1));
    const auto second_answer = boot.add(2);
    REQUIRE(second_answer.ok());
    CHECK(boot.rules->job_count() == 2);
    CHECK((*second_answer == *first_answer) == is_kept);
    CHECK(boot.rules->queue_view("q")->record.added_total == 2);
    CHECK(boot.rules->broken_invariants() == std::vector<std::string>{});
    CHECK(boot.failures.empty());
}
