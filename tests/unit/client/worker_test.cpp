// The worker against a broker that is played by the test.
#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>

#include <swarmq/queue.h>
#include <swarmq/worker.h>

#include "unit/client/worker_peer.h"

using namespace swarmq;
using namespace std::chrono_literals;
using namespace test;

TEST_CASE("a worker asks for as many jobs as it can run, and answers with new credit", "[client][R18]") {
    FakeBroker broker;
    Worker worker(options(broker, 3), [](JobContext& job) -> Outcome { return "done " + job.id(); });
    auto peer = start(worker, broker);
    std::uint64_t granted = 0;
    const auto subscription = take_subscription(peer, granted);
    CHECK(granted == 3);
    peer.send(delivery(subscription, 100, 3));
    int finished = 0;
    while (finished < 3) {
        const auto finish = read_finish(peer);
        for (const auto& item : finish.items()) {
            CHECK(item.complete().result() == "done " + item.id());
            CHECK(item.token() >= 100);
        }
        finished += finish.items_size();
        CHECK(finish.grant().jobs_total() > granted);
        granted = finish.grant().jobs_total();
    }
    CHECK(granted <= 3 + 9 * 3);
    stop_with(peer, worker);
}

TEST_CASE("a worker that was never started makes no connection", "[client][R18]") {
    FakeBroker broker;
    {
        Worker worker(options(broker, 1), [](JobContext&) { return Outcome(); });
    }
    Queue queue("q", Connection(ConnectionOptions{.server = broker.server(), .client_name = "the first"}));
    auto added = queue.add_job_future("n", "p");
    Peer peer = broker.accept();
    CHECK(peer.greet().client_name() == "the first");
    peer.answer_adds(peer.read_request(), "job");
    CHECK(added.get().id == "job-0");
}

TEST_CASE("the lease of a busy handler is renewed, three times in its length", "[client][R21]") {
    FakeBroker broker;
    std::promise<void> release;
    Worker worker(options(broker, 1), [&](JobContext&) -> Outcome {
        release.get_future().wait();
        return {};
    });
    auto peer = start(worker, broker);
    std::uint64_t granted = 0;
    peer.send(delivery(take_subscription(peer, granted), 7, 1));
    const auto started = std::chrono::steady_clock::now();
    for (int beats = 0; beats < 3;) {
        const auto request = peer.read_request();
        if (!request.has_beat()) continue;
        REQUIRE(request.beat().items_size() == 1);
        CHECK(request.beat().items(0).token() == 7);
        peer.answer_empty(request);
        ++beats;
    }
    CHECK(std::chrono::steady_clock::now() - started < 2s);
    release.set_value();
    CHECK(read_finish(peer).items(0).token() == 7);
    stop_with(peer, worker);
}

TEST_CASE("a cancelled job is told to its handler and its answer is not sent", "[client][R24]") {
    FakeBroker broker;
    std::promise<void> begun;
    std::promise<CancelReason> told;
    Worker worker(options(broker, 1), [&](JobContext& job) -> Outcome {
        if (job.token() == 7) {
            begun.set_value();
            job.cancellation().wait_for(10s);
            told.set_value(job.cancellation().reason());
        }
        return {};
    });
    auto peer = start(worker, broker);
    std::uint64_t granted = 0;
    const auto subscription = take_subscription(peer, granted);
    peer.send(delivery(subscription, 7, 1));
    begun.get_future().wait();
    v1::Envelope notice;
    notice.mutable_job_notice()->set_token(7);
    notice.mutable_job_notice()->set_kind(v1::JobNotice::KIND_CANCELLED);
    peer.send(notice);
    CHECK(told.get_future().get() == CancelReason::Cancelled);
    peer.send(delivery(subscription, 8, 1));
    const auto finish = read_finish(peer);
    REQUIRE(finish.items_size() == 1);
    CHECK(finish.items(0).token() == 8);
    stop_with(peer, worker);
}

TEST_CASE("progress is sent while the handler runs", "[client][R20]") {
    FakeBroker broker;
    std::promise<void> seen;
    Worker worker(options(broker, 1), [&](JobContext& job) -> Outcome {
        job.update_progress(25);
        seen.get_future().wait();
        return {};
    });
    auto peer = start(worker, broker);
    std::uint64_t granted = 0;
    peer.send(delivery(take_subscription(peer, granted), 7, 1));
    while (true) {
        const auto request = peer.read_request();
        if (!request.has_beat()) continue;
        peer.answer_empty(request);
        if (!request.beat().items(0).has_progress()) continue;
        CHECK(request.beat().items(0).progress() == "25");
        break;
    }
    seen.set_value();
    read_finish(peer);
    stop_with(peer, worker);
}

TEST_CASE("one beat with notes is on its way at a time, what is said meanwhile collects, and the last lines go with the end",
          "[client][R20]") {
    FakeBroker broker;
    std::promise<void> more;
    std::promise<void> said;
    std::promise<void> end;
    Worker worker(options(broker, 1), [&](JobContext& job) -> Outcome {
        job.log("1");
        more.get_future().wait();
        for (int i = 2; i < 10; ++i) job.log(std::to_string(i));
        job.update_progress(10);
        job.update_progress(20);
        job.save_checkpoint("old");
        job.save_checkpoint("new");
        said.set_value();
        end.get_future().wait();
        job.log("last");
        return {};
    });
    auto peer = start(worker, broker);
    std::uint64_t granted = 0;
    peer.send(delivery(take_subscription(peer, granted), 7, 1));
    const auto read_notes = [&] {
        while (true) {
            const auto request = peer.read_request();
            if (request.has_beat() && request.beat().items(0).log_lines_size() > 0) return request;
            if (request.has_beat()) peer.answer_empty(request);
        }
    };
    const auto first = read_notes();
    CHECK(first.beat().items(0).log_lines(0) == "1");
    more.set_value();
    said.get_future().wait();
    peer.answer_empty(first);
    const auto second = read_notes();
    const auto& item = second.beat().items(0);
    CHECK(item.log_lines_size() == 8);
    CHECK(item.log_lines(7) == "9");
    CHECK(item.progress() == "20");
    CHECK(item.checkpoint() == "new");
    end.set_value();
    const auto finish = read_finish(peer);
    REQUIRE(finish.items(0).log_lines_size() == 1);
    CHECK(finish.items(0).log_lines(0) == "last");
    peer.answer_empty(second);
    stop_with(peer, worker);
}

TEST_CASE("notes that are refused for now are said again, before what is newer", "[client][R20]") {
    FakeBroker broker;
    std::promise<void> more;
    std::promise<void> end;
    Worker worker(options(broker, 1), [&](JobContext& job) -> Outcome {
        job.log("1");
        more.get_future().wait();
        job.log("2");
        end.get_future().wait();
        return {};
    });
    auto peer = start(worker, broker);
    std::uint64_t granted = 0;
    peer.send(delivery(take_subscription(peer, granted), 7, 1));
    bool is_refused = false;
    std::vector<std::string> lines;
    while (lines.size() < 2) {
        const auto request = peer.read_request();
        if (!request.has_beat()) continue;
        const auto& said = request.beat().items(0).log_lines();
        if (!said.empty() && !std::exchange(is_refused, true)) {
            v1::Envelope refusal;
            refusal.set_id(request.id());
            refusal.mutable_status()->set_code(v1::CODE_DRAINING);
            refusal.mutable_status()->set_retriable(true);
            peer.send(refusal);
            more.set_value();
        } else {
            peer.answer_empty(request);
            lines.insert(lines.end(), said.begin(), said.end());
        }
    }
    CHECK(lines == std::vector<std::string>{"1", "2"});
    end.set_value();
    read_finish(peer);
    stop_with(peer, worker);
}

TEST_CASE("what ended while the connection was lost is sent on the next one; lost leases are told",
          "[client][R17][R21]") {
    FakeBroker broker;
    std::promise<void> go_on;
    std::promise<CancelReason> told;
    Worker worker(options(broker, 2), [&](JobContext& job) -> Outcome {
        if (job.token() == 7) {
            go_on.get_future().wait();
            return "kept";
        }
        job.cancellation().wait_for(10s);
        told.set_value(job.cancellation().reason());
        return "lost";
    });
    worker.start();
    std::uint64_t granted = 0;
    std::uint32_t first = 0;
    {
        auto peer = broker.accept();
        peer.greet();
        first = take_subscription(peer, granted);
        peer.send(delivery(first, 7, 2));
        // A beat for both says that they have arrived.
        while (true) {
            const auto request = peer.read_request();
            if (request.has_beat() && request.beat().items_size() == 2) break;
        }
    }
    auto peer = broker.accept();
    go_on.set_value();
    const auto hello = peer.greet([](v1::Welcome& welcome) {
        welcome.set_resumed(true);
        welcome.add_held_leases()->set_token(7);
        auto& unknown = *welcome.add_held_leases();  // Delivered into the lost connection.
        unknown.set_token(9);
        unknown.set_queue("q");
        unknown.set_id("job-9");
    });
    CHECK(hello.resume_session() == "session-1");
    CHECK(told.get_future().get() == CancelReason::LeaseLost);
    const auto released = read_finish(peer);
    REQUIRE(released.items_size() == 1);
    CHECK(released.items(0).id() == "job-9");
    CHECK(released.items(0).has_release());
    const auto finish = read_finish(peer);
    REQUIRE(finish.items_size() == 1);
    CHECK(finish.items(0).complete().result() == "kept");
    stop_with(peer, worker);
}

TEST_CASE("stopping hands back what no handler began, and cancels what outlasts the grace time",
          "[client][R23]") {
    FakeBroker broker;
    std::promise<void> begun;
    Worker worker(options(broker, 1), [&](JobContext& job) -> Outcome {
        begun.set_value();
        job.cancellation().wait_for(10s);
        return "too late";
    });
    auto peer = start(worker, broker);
    std::uint64_t granted = 0;
    const auto subscription = take_subscription(peer, granted);
    peer.send(delivery(subscription, 7, 2));
    begun.get_future().wait();
    auto stopped = std::async(std::launch::async, [&] { return worker.stop(50ms); });
    std::vector<std::uint64_t> released;
    while (released.size() < 2) {
        const auto finish = read_finish(peer);
        for (const auto& item : finish.items()) {
            CHECK(item.has_release());
            released.push_back(item.token());
        }
    }
    CHECK(released == std::vector<std::uint64_t>{8, 7});
    CHECK_FALSE(stopped.get());
}

TEST_CASE("a stale answer is a problem that the worker's owner hears of", "[client][R22]") {
    FakeBroker broker;
    std::promise<WorkerProblem> problem;
    auto with_problem = options(broker, 1);
    with_problem.on_problem = [&](const WorkerProblem& heard) { problem.set_value(heard); };
    Worker worker(with_problem, [](JobContext&) { return Outcome(); });
    auto peer = start(worker, broker);
    std::uint64_t granted = 0;
    peer.send(delivery(take_subscription(peer, granted), 7, 1));
    while (true) {
        const auto request = peer.read_request();
        if (!request.has_finish()) continue;
        v1::Envelope answer;
        answer.set_id(request.id());
        answer.mutable_finish_result()->add_statuses()->set_code(v1::CODE_STALE_LEASE);
        peer.send(answer);
        break;
    }
    const auto heard = problem.get_future().get();
    CHECK(heard.job_id == "job-7");
    CHECK(heard.error.code == Code::StaleLease);
    stop_with(peer, worker);
}
