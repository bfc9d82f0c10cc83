// Handlers without a broker, the way users test theirs.
#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <thread>

#include <swarmq/testing.h>

using namespace swarmq;
using namespace std::chrono_literals;
using testing::FakeBatch;
using testing::FakeJob;

TEST_CASE("a handler is a plain function of a job", "[client][R25]") {
    const Handler upper = [](JobContext& job) -> Outcome {
        job.update_progress(25);
        job.update_progress(R"({"page":2})");
        return "done " + job.payload();
    };
    FakeJob job("print", "text");
    const auto outcome = job.run(upper);
    CHECK(outcome.kind() == Outcome::Kind::Complete);
    CHECK(outcome.result() == "done text");
    CHECK(job.progress() == std::vector<std::string>{"25", R"({"page":2})"});
}

TEST_CASE("an outcome may be returned or thrown", "[client][R19][R25]") {
    const auto kind_of = [](const Handler& handler) { return FakeJob("n", "").run(handler).kind(); };
    CHECK(kind_of([](JobContext&) { return Outcome::delay(5s); }) == Outcome::Kind::Delay);
    CHECK(kind_of([](JobContext&) -> Outcome { throw DelayJob(5s); }) == Outcome::Kind::Delay);
    CHECK(kind_of([](JobContext&) -> Outcome { throw RetryIn(5s, "busy"); }) == Outcome::Kind::RetryIn);
    CHECK(kind_of([](JobContext&) -> Outcome { throw UnrecoverableFailure("bad"); }) ==
          Outcome::Kind::Unrecoverable);
    CHECK(kind_of([](JobContext&) -> Outcome { throw 7; }) == Outcome::Kind::Fail);
    const auto failed = FakeJob("n", "").run(
        [](JobContext&) -> Outcome { throw std::runtime_error("no network"); });
    CHECK(failed.kind() == Outcome::Kind::Fail);
    CHECK(failed.reason() == "no network");
}

TEST_CASE("a handler may keep its finisher and end from another thread", "[client][R18][R25]") {
    FakeJob job("n", "");
    std::thread later;
    const auto outcome = job.run([&](JobContext& context) -> Outcome {
        later = std::thread([finisher = context.finish_later()]() mutable {
            finisher.finish(Outcome::complete("later"));
        });
        return Outcome::fail("ignored");
    });
    later.join();
    CHECK(outcome.result() == "later");
    const auto dropped = FakeJob("n", "").run([](JobContext& context) -> Outcome {
        context.finish_later();
        return "ignored";
    });
    CHECK(dropped.kind() == Outcome::Kind::Fail);
}

TEST_CASE("a cancelled fake job wakes its handler", "[client][R24][R25]") {
    FakeJob job("n", "");
    std::thread canceller([&job] { job.cancel(CancelReason::TimedOut); });
    const auto outcome = job.run([](JobContext& context) -> Outcome {
        const bool is_cancelled = context.cancellation().wait_for(10s);
        return is_cancelled && context.is_cancelled() ? "cancelled" : "not told";
    });
    canceller.join();
    CHECK(outcome.result() == "cancelled");
    CHECK(job.context().cancellation().reason() == CancelReason::TimedOut);
}

TEST_CASE("too long a progress is refused in the handler", "[client][R20]") {
    FakeJob job("n", "");
    CHECK_THROWS_AS(job.context().update_progress(std::string(kProgressBytesMax + 1, 'x')), SwarmqError);
}

TEST_CASE("a fake job has the lines that were logged, and the checkpoint that was saved", "[client][R20][R25]") {
    FakeJob job("import", "{}");
    job.job().checkpoint = "row 10";
    const auto outcome = job.run([](JobContext& context) -> Outcome {
        context.log("from " + context.checkpoint().value_or("the start"));
        context.log("two\r\nlines\n");
        context.save_checkpoint("row 20");
        context.save_checkpoint("row 30");
        return {};
    });
    CHECK(outcome.kind() == Outcome::Kind::Complete);
    CHECK(job.log() == std::vector<std::string>{"from row 10", "two", "lines"});
    CHECK(job.saved_checkpoint() == "row 30");
    CHECK_FALSE(FakeJob("import", "{}").saved_checkpoint().has_value());
}

TEST_CASE("a log line is cut where a character ends, and of many lines the newest count", "[client][R20][R25]") {
    FakeJob job("n", "p");
    job.context().log(std::string(4'095, 'x') + "\u00e9 and more");
    CHECK(job.log().back() == std::string(4'095, 'x'));
    std::string many;
    for (int i = 0; i < 150; ++i) many += "line " + std::to_string(i) + "\n";
    job.context().log(many);
    REQUIRE(job.log().size() == 101);
    CHECK(job.log()[1] == "line 50");
    CHECK(job.log()[100] == "line 149");
    CHECK_THROWS_AS(job.context().save_checkpoint(std::string(1024 * 1024 + 1, 'c')), SwarmqError);
}

TEST_CASE("a batch handler answers each job of its batch", "[client][R18][R25]") {
    const BatchHandler embed = [](JobBatch& batch) {
        std::vector<Outcome> outcomes;
        for (JobContext& job : batch) {
            job.update_progress(50);
            outcomes.push_back(job.payload().empty() ? Outcome::fail("nothing to embed")
                                                     : Outcome::complete("<" + job.payload() + ">"));
        }
        return outcomes;
    };
    FakeBatch batch({"cat", "", "dog"});
    const auto outcomes = batch.run(embed);
    REQUIRE(outcomes.size() == 3);
    CHECK(outcomes[0].result() == "<cat>");
    CHECK(outcomes[1].kind() == Outcome::Kind::Fail);
    CHECK(outcomes[2].result() == "<dog>");
    CHECK(batch[2].progress() == std::vector<std::string>{"50"});
}

TEST_CASE("what a batch handler throws, or forgets to answer, is the outcome of every job",
          "[client][R18][R25]") {
    FakeBatch batch({"a", "b"});
    for (const auto& outcome : batch.run([](JobBatch&) -> std::vector<Outcome> { throw RetryIn(5s, "busy"); })) {
        CHECK(outcome.kind() == Outcome::Kind::RetryIn);
        CHECK(outcome.wait() == 5s);
    }
    const auto short_by_one = batch.run([](JobBatch&) { return std::vector<Outcome>{"only one"}; });
    REQUIRE(short_by_one.size() == 2);
    for (const auto& outcome : short_by_one) {
        CHECK(outcome.kind() == Outcome::Kind::Fail);
        CHECK(outcome.reason() ==
              "the batch handler answered 1 outcomes for 2 jobs; it must answer one for each");
    }
}

TEST_CASE("a job of a batch may be finished later, the others at once", "[client][R18][R25]") {
    FakeBatch batch({"now", "later"});
    std::thread finishing;
    const auto outcomes = batch.run([&](JobBatch& jobs) {
        finishing = std::thread([finisher = jobs[1].finish_later()]() mutable { finisher.finish("came later"); });
        return std::vector<Outcome>{"at once", "ignored"};
    });
    finishing.join();
    CHECK(outcomes[0].result() == "at once");
    CHECK(outcomes[1].result() == "came later");
}

TEST_CASE("a handler of a flow is tested without a broker: its children, what it adds, what follows",
          "[client][flow][R13][R25]") {
    const Handler handler = [](JobContext& job) -> Outcome {
        if (job.children_ended() == 0) {
            job.add_child({.queue = "pages", .name = "read", .payload = "1"});
            job.add_children({{.queue = "pages", .name = "read", .payload = "2"}});
            throw WaitForChildren();
        }
        std::string all;
        for (const auto& child : job.children()) all += child.is_completed() ? child.result : child.failed_reason;
        return Outcome::complete(all).then("print", {"print", all});
    };
    FakeJob first("book", "");
    CHECK(first.run(handler).kind() == Outcome::Kind::WaitForChildren);
    REQUIRE(first.added_children().size() == 2);
    CHECK(first.added_children()[1].payload == "2");

    FakeJob second("book", "");
    ChildOutcome failed{.id = "b", .kind = ChildOutcome::Kind::Failed, .failed_reason = "torn"};
    second.set_children({{.id = "a", .result = "read "}, failed});
    const auto outcome = second.run(handler);
    CHECK(outcome.result() == "read torn");
    REQUIRE(outcome.follow_ups().size() == 1);
    CHECK(outcome.follow_ups()[0].queue == "print");
    CHECK(outcome.follow_ups()[0].job.payload == "read torn");
}
