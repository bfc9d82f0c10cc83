// The commit thread on a journal whose every call is counted and may fail.
#include "base/asio.h"
#include "base/loop.h"
#include "broker/commit_queue.h"
#include "memory_store.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using namespace swarmq;
using namespace swarmq::broker;
using storage::AppendWaits;

namespace {

constexpr std::chrono::seconds kPatience{30};

class CountingJournal : public storage::Journal {
  public:
    explicit CountingJournal(storage::Store& store) : store_(store) {}

    Result<Epoch> claim() override { return Epoch{1}; }
    Result<storage::Position> append(const storage::Batch& batch,
                                     storage::Position expected) override {
        appended_by.push_back(std::this_thread::get_id());
        if (append_error) return *append_error;
        if (while_appending) while_appending();
        const storage::Position next{1, expected.sequence + 1};
        if (auto applied = store_.apply(batch, next, storage::Sync::No); !applied)
            return applied.error();
        return next;
    }
    storage::AppendWaits waits(const storage::Batch&) const override { return waits_for; }
    Result<> sync() override {
        ++syncs;
        return sync_error ? Result<>{*sync_error} : Result<>{};
    }
    Result<> checkpoint() override {
        ++checkpoints;
        return checkpoint_error ? Result<>{*checkpoint_error} : Result<>{};
    }
    storage::Position last() const override { return store_.applied(); }
    Result<> read(storage::Position after, const BatchVisitor& visit) const override {
        return store_.changes_since(after, visit);
    }
    Result<> truncate(storage::Position) override { return {}; }

    // Set before the queue is made.
    storage::AppendWaits waits_for = AppendWaits::ForMore;
    std::function<void()> while_appending;
    std::optional<Error> append_error;
    std::optional<Error> sync_error;
    std::optional<Error> checkpoint_error;
    std::vector<std::thread::id> appended_by;  // To be read after the turn.
    std::atomic<int> syncs = 0;
    std::atomic<int> checkpoints = 0;

  private:
    storage::Store& store_;
};

class RestingStore : public storage::MemoryStore {
  public:
    Result<> rest() override {
        ++rests;
        return rest_error ? Result<>{*rest_error} : Result<>{};
    }

    std::optional<Error> rest_error;
    std::atomic<int> rests = 0;
};

// A queue with its loop; everything it calls back is kept.
struct Scene {
    void start(std::chrono::milliseconds sync_every = {}, std::chrono::milliseconds rest_after = std::chrono::hours(1)) {
        queue.emplace(
            loop, journal, store, CommitOptions{ShardId{}, sync_every, rest_after},
            [this](std::unique_ptr<Turn> turn) { note(*turn); },
            [this](const Error& error) { failures.push_back(error); });
    }
    std::unique_ptr<Turn> make_turn() {
        auto turn = std::make_unique<Turn>();
        turn->effects.changes.turn = TurnNumber{++turns};
        QueueRecord& changed = turn->effects.changes.queues.emplace_back();
        changed.id = QueueId{1};
        changed.name = "q";
        return turn;
    }
    void note(const Turn& turn) {
        outcomes.push_back(turn.outcome.code());
        turns_done.push_back(turn.effects.changes.turn);
    }
    // True: it is durable already.
    bool submit(std::unique_ptr<Turn> turn) {
        turn = queue->submit(std::move(turn));
        if (turn) note(*turn);
        return turn != nullptr;
    }
    void submit() { submit(make_turn()); }
    std::vector<TurnNumber> turns_made() const {
        std::vector<TurnNumber> made;
        for (std::uint64_t i = 1; i <= turns; ++i) made.push_back(TurnNumber{i});
        return made;
    }
    // Whether the thread that calls this made the turn durable.
    bool commits_itself(std::unique_ptr<Turn> turn) {
        const std::size_t before = outcomes.size();
        const bool is_durable = submit(std::move(turn));
        REQUIRE(becomes_true([&] { return outcomes.size() > before; }));
        CHECK(outcomes.back() == Code::Ok);
        const bool is_own = journal.appended_by.back() == std::this_thread::get_id();
        CHECK(is_durable == is_own);
        return is_own;
    }
    // Runs the loop until it holds, or until patience ends.
    template <class Condition>
    bool becomes_true(Condition holds) {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while (!holds() && std::chrono::steady_clock::now() < deadline)
            context.run_one_for(std::chrono::milliseconds(20));
        return holds();
    }

    asio::io_context context;
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    Loop loop{context};
    RestingStore store;
    CountingJournal journal{store};
    std::vector<Code> outcomes;
    std::vector<TurnNumber> turns_done;
    std::vector<Error> failures;
    std::uint64_t turns = 0;
    std::optional<CommitQueue> queue;
};

const Error kBroken{Code::Unknown, "injected"};

}  // namespace

TEST_CASE("a failed sync between turns is told though no turn follows", "[broker][R34]") {
    Scene scene;
    scene.journal.waits_for = GENERATE(AppendWaits::ForMore, AppendWaits::ForItsSync, AppendWaits::ForNothing);
    scene.journal.sync_error = kBroken;
    scene.start(std::chrono::milliseconds(1));
    scene.submit();
    REQUIRE(scene.becomes_true([&] { return !scene.failures.empty(); }));
    CHECK(scene.failures.front().code == Code::Unknown);
    CHECK(scene.failures.front().detail == "a sync failed: injected");
    CHECK(scene.outcomes == std::vector{Code::Ok});

    scene.submit();
    REQUIRE(scene.becomes_true([&] { return scene.outcomes.size() == 2; }));
    CHECK(scene.outcomes.back() == Code::Unknown);
    scene.queue->stop();
    scene.context.poll();
    CHECK(scene.failures.size() == 1);
    CHECK(scene.journal.syncs == 1);
    CHECK(scene.journal.checkpoints == 0);
}

TEST_CASE("what is synced is noted within about a second of the last turn", "[broker][R34]") {
    Scene scene;
    scene.journal.waits_for = GENERATE(AppendWaits::ForMore, AppendWaits::ForItsSync, AppendWaits::ForNothing);
    scene.start(GENERATE(std::chrono::milliseconds(0), std::chrono::milliseconds(5)));
    scene.submit();
    REQUIRE(scene.becomes_true([&] { return scene.outcomes.size() == 1; }));
    const auto since = std::chrono::steady_clock::now();
    CHECK(scene.becomes_true([&] { return scene.journal.checkpoints > 0; }));
    CHECK(std::chrono::steady_clock::now() - since < std::chrono::seconds(10));
    CHECK(scene.failures.empty());
}

TEST_CASE("in a long pause the store rests, and not before", "[broker][R36]") {
    Scene scene;
    const bool is_long = GENERATE(true, false);
    scene.start({}, is_long ? std::chrono::milliseconds(0) : std::chrono::milliseconds(std::chrono::hours(1)));
    scene.submit();
    REQUIRE(scene.becomes_true([&] { return scene.journal.checkpoints >= 2; }));
    CHECK(scene.becomes_true([&] { return !is_long || scene.store.rests > 0; }));
    if (!is_long) CHECK(scene.store.rests == 0);
    CHECK(scene.failures.empty());
}

TEST_CASE("a store does not rest while the disk is low", "[broker][R34]") {
    Scene scene;
    scene.start({}, std::chrono::milliseconds(0));
    scene.queue->let_rest(false);
    scene.submit();
    REQUIRE(scene.becomes_true([&] { return scene.journal.checkpoints >= 2; }));
    CHECK(scene.store.rests == 0);
    scene.queue->let_rest(true);
    CHECK(scene.becomes_true([&] { return scene.store.rests > 0; }));
}

TEST_CASE("a store that cannot rest is a failed store", "[broker][R34]") {
    Scene scene;
    scene.store.rest_error = kBroken;
    scene.start({}, std::chrono::milliseconds(0));
    REQUIRE(scene.becomes_true([&] { return !scene.failures.empty(); }));
    CHECK(scene.failures.front().code == Code::Unknown);
    scene.submit();
    REQUIRE(scene.becomes_true([&] { return scene.outcomes.size() == 1; }));
    CHECK(scene.outcomes.back() == Code::Unknown);
}

TEST_CASE("a failed note of what is synced is a failed store", "[broker][R34]") {
    Scene scene;
    scene.journal.checkpoint_error = kBroken;
    scene.start();
    SECTION("when there is no work") {
        REQUIRE(scene.becomes_true([&] { return !scene.failures.empty(); }));
    }
    SECTION("at the end") {
        scene.queue->stop();
        REQUIRE(scene.becomes_true([&] { return !scene.failures.empty(); }));
    }
    CHECK(scene.failures.front().detail == "a checkpoint failed: injected");
}

TEST_CASE("the end syncs and notes everything that was submitted", "[broker][R33][R34]") {
    Scene scene;
    scene.journal.waits_for = GENERATE(AppendWaits::ForMore, AppendWaits::ForItsSync, AppendWaits::ForNothing);
    scene.start(std::chrono::hours(1));
    for (int i = 0; i < 5; ++i) scene.submit();
    scene.queue->stop();
    scene.context.poll();
    CHECK(scene.outcomes == std::vector(5, Code::Ok));
    CHECK(scene.journal.syncs == 1);
    CHECK(scene.journal.checkpoints == 1);
}

TEST_CASE("after a failed append every turn ends as failed and nothing is synced or noted",
          "[broker][R34]") {
    Scene scene;
    scene.journal.waits_for = GENERATE(AppendWaits::ForMore, AppendWaits::ForItsSync, AppendWaits::ForNothing);
    scene.journal.append_error = Error{Code::NotOwner, "injected"};
    scene.start(std::chrono::milliseconds(1));
    for (int i = 0; i < 3; ++i) scene.submit();
    scene.queue->stop();
    scene.context.poll();
    CHECK(scene.outcomes == std::vector{Code::NotOwner, Code::Unknown, Code::Unknown});
    CHECK(scene.journal.syncs == 0);
    CHECK(scene.journal.checkpoints == 0);
    CHECK(scene.failures.empty());
}

TEST_CASE("a small turn that waits for no disk is committed by whoever submits it", "[broker][R34]") {
    Scene scene;
    scene.journal.waits_for = AppendWaits::ForNothing;
    scene.start(GENERATE(std::chrono::milliseconds(0), std::chrono::milliseconds(5)));
    for (int i = 0; i < 3; ++i) CHECK(scene.commits_itself(scene.make_turn()));
}

TEST_CASE("a turn whose append may wait for a disk is committed by a thread of its own",
          "[broker][R34]") {
    Scene scene;
    scene.start();
    CHECK_FALSE(scene.commits_itself(scene.make_turn()));
}

TEST_CASE("a turn that reads or is large is committed by a thread of its own", "[broker][R34]") {
    Scene scene;
    scene.journal.waits_for = AppendWaits::ForNothing;
    scene.start();
    auto turn = scene.make_turn();
    Changes& changes = turn->effects.changes;
    SECTION("payloads are to be read") { turn->missing.push_back(JobSeq{1}); }
    SECTION("checkpoints are to be read") { turn->with_checkpoint.push_back({JobSeq{1}, 0}); }
    SECTION("a part of a stored job changes") {
        changes.patches.push_back({JobSeq{1}, nullptr, false, {}});
    }
    SECTION("it is large") {
        for (std::uint64_t i = 1; i <= 1'000; ++i) changes.statuses.emplace_back().seq = JobSeq{i};
    }
    CHECK_FALSE(scene.commits_itself(std::move(turn)));
    CHECK(scene.commits_itself(scene.make_turn()));
}

TEST_CASE("turns that come while the thread commits wait behind it, in their order", "[broker][R34]") {
    Scene scene;
    scene.journal.waits_for = AppendWaits::ForNothing;
    std::promise<void> gate;
    scene.journal.while_appending = [opened = gate.get_future().share()] { opened.wait(); };
    scene.start();
    auto first = scene.make_turn();
    first->missing.push_back(JobSeq{1});
    CHECK_FALSE(scene.submit(std::move(first)));
    for (int i = 0; i < 10; ++i) CHECK_FALSE(scene.submit(scene.make_turn()));
    gate.set_value();
    REQUIRE(scene.becomes_true([&] { return scene.outcomes.size() == 11; }));
    CHECK(scene.outcomes == std::vector(11, Code::Ok));
    CHECK(scene.turns_done == scene.turns_made());
    CHECK(scene.store.applied().sequence == 11);
}

TEST_CASE("after an append that waited all the same the thread commits for a while", "[broker][R34]") {
    Scene scene;
    scene.journal.waits_for = AppendWaits::ForNothing;
    scene.journal.while_appending = [&] {
        asio::steady_timer(scene.context, std::chrono::milliseconds(20)).wait();
    };
    scene.start();
    CHECK(scene.commits_itself(scene.make_turn()));
    CHECK_FALSE(scene.commits_itself(scene.make_turn()));
}

TEST_CASE("a small turn that waits only for its sync is committed by whoever submits it", "[broker][R34]") {
    Scene scene;
    scene.journal.waits_for = AppendWaits::ForItsSync;
    scene.start();
    auto turn = scene.make_turn();
    const auto add_jobs = [&](std::uint64_t count) {
        for (std::uint64_t i = 1; i <= count; ++i) {
            JobRecord& job = turn->effects.changes.added.emplace_back();
            job.seq = JobSeq{i};
            job.job_class = std::make_shared<JobClass>();
            job.payload = std::make_shared<std::string>("x");
        }
    };
    SECTION("it adds one job") {
        add_jobs(1);
        CHECK(scene.commits_itself(std::move(turn)));
    }
    SECTION("it adds many, and more will come") {
        add_jobs(100);
        CHECK_FALSE(scene.commits_itself(std::move(turn)));
    }
    SECTION("it ends many, whose workers wait") {
        for (std::uint64_t i = 1; i <= 100; ++i) turn->effects.changes.statuses.emplace_back().seq = JobSeq{i};
        CHECK(scene.commits_itself(std::move(turn)));
    }
}

TEST_CASE("while the loop's thread waits for a disk another one runs the loop", "[broker][R34]") {
    Scene scene;
    scene.journal.waits_for = AppendWaits::ForItsSync;
    const auto own = std::this_thread::get_id();
    std::thread::id posted_by = own;
    // The disk answers when the loop has done something else.
    std::promise<void> disk;
    scene.journal.while_appending = [&] {
        scene.loop.post([&] {
            posted_by = std::this_thread::get_id();
            disk.set_value();
        });
        disk.get_future().wait_for(kPatience);
    };
    scene.start();
    // As in a daemon, from inside of what the loop runs.
    scene.loop.post([&] { CHECK(scene.submit(scene.make_turn())); });
    REQUIRE(scene.becomes_true([&] { return scene.outcomes.size() == 1; }));
    CHECK(scene.outcomes == std::vector{Code::Ok});
    CHECK(scene.journal.appended_by.back() == own);
    CHECK(posted_by != own);

    bool is_own_again = false;
    scene.loop.post([&] { is_own_again = std::this_thread::get_id() == own; });
    CHECK(scene.becomes_true([&] { return is_own_again; }));
}
