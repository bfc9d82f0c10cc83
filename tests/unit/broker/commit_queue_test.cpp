// The commit thread on a journal whose every call is counted and may fail.
#include "base/asio.h"
#include "base/loop.h"
#include "broker/commit_queue.h"
#include "memory_store.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

using namespace swarmq;
using namespace swarmq::broker;

namespace {

constexpr std::chrono::seconds kPatience{30};

class CountingJournal : public storage::Journal {
  public:
    explicit CountingJournal(storage::Store& store) : store_(store) {}

    Result<Epoch> claim() override { return Epoch{1}; }
    Result<storage::Position> append(const storage::Batch& batch,
                                     storage::Position expected) override {
        if (append_error) return *append_error;
        const storage::Position next{1, expected.sequence + 1};
        if (auto applied = store_.apply(batch, next, storage::Sync::No); !applied)
            return applied.error();
        return next;
    }
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

    std::optional<Error> append_error;  // Set before the queue is made.
    std::optional<Error> sync_error;
    std::optional<Error> checkpoint_error;
    std::atomic<int> syncs = 0;
    std::atomic<int> checkpoints = 0;

  private:
    storage::Store& store_;
};

// A queue with its loop; everything it calls back is kept.
struct Scene {
    void start(std::chrono::milliseconds sync_every = {}) {
        queue.emplace(
            loop, journal, store, CommitQueueOptions{ShardId{}, sync_every},
            [this](std::unique_ptr<Turn> turn) { outcomes.push_back(turn->outcome.code()); },
            [this](const Error& error) { failures.push_back(error); });
    }
    void submit() {
        auto turn = std::make_unique<Turn>();
        turn->effects.changes.turn = TurnNumber{++turns};
        QueueRecord& changed = turn->effects.changes.queues.emplace_back();
        changed.id = QueueId{1};
        changed.name = "q";
        queue->submit(std::move(turn));
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
    storage::MemoryStore store;
    CountingJournal journal{store};
    std::vector<Code> outcomes;
    std::vector<Error> failures;
    std::uint64_t turns = 0;
    std::optional<CommitQueue> queue;
};

const Error kBroken{Code::Unknown, "injected"};

}  // namespace

TEST_CASE("a failed sync between turns is told though no turn follows", "[broker][R34]") {
    Scene scene;
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
    scene.start(GENERATE(std::chrono::milliseconds(0), std::chrono::milliseconds(5)));
    scene.submit();
    REQUIRE(scene.becomes_true([&] { return scene.outcomes.size() == 1; }));
    const auto since = std::chrono::steady_clock::now();
    CHECK(scene.becomes_true([&] { return scene.journal.checkpoints > 0; }));
    CHECK(std::chrono::steady_clock::now() - since < std::chrono::seconds(10));
    CHECK(scene.failures.empty());
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
