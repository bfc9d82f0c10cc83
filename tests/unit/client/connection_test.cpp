// The connection against a broker that closes, splits, answers late or talks nonsense.
#include <catch2/catch.hpp>

#include <chrono>
#include <future>
#include <string>
#include <vector>

#include <swarmq/queue.h>

#include "unit/client/fake_broker.h"

using namespace swarmq;
using namespace std::chrono_literals;
using test::FakeBroker;

namespace {

Code code_of(std::future<AddedJob>& future) {
    try {
        future.get();
    } catch (const SwarmqError& error) {
        return error.code();
    }
    return Code::Ok;
}

Connection quick(const std::string& server) {
    return Connection(ConnectionOptions{.server = server,
                                        .connect_timeout = 200ms,
                                        .unavailable_after = 300ms,
                                        .request_timeout = 600ms,
                                        .reconnect_delay = 5ms,
                                        .reconnect_delay_max = 20ms});
}

}  // namespace

TEST_CASE("an add that lost its connection is sent again under its number and added once", "[client][R17]") {
    FakeBroker broker;
    Queue queue("q", Connection(broker.server()));
    auto added = queue.add_job_future("n", "payload");
    std::string client_id;
    std::uint64_t number = 0;
    {
        auto peer = broker.accept();
        client_id = peer.greet().client_id();
        const auto request = peer.read_request();
        number = request.id();
        REQUIRE(request.add_jobs().jobs(0).payload() == "payload");
    }  // Closed before it answered.
    auto peer = broker.accept();
    const auto hello = peer.greet();
    CHECK(hello.client_id() == client_id);
    CHECK(hello.resume_session() == "session-1");
    const auto again = peer.read_request();
    CHECK(again.id() == number);
    CHECK(again.add_jobs().jobs_size() == 1);
    peer.answer_adds(again, "job");
    CHECK(added.get().id == "job-0");
}

TEST_CASE("a broker that cannot be reached is a typed error within the time for it", "[client][R17]") {
    std::string nobody;
    {
        FakeBroker gone;
        nobody = gone.server();
    }
    Queue queue("q", quick(nobody));
    const auto started = std::chrono::steady_clock::now();
    auto added = queue.add_job_future("n", "p");
    REQUIRE(added.wait_for(5s) == std::future_status::ready);
    CHECK(code_of(added) == Code::Unavailable);
    CHECK(std::chrono::steady_clock::now() - started >= 250ms);
    CHECK_THROWS_AS(quick(nobody).connect(), SwarmqError);
}

TEST_CASE("a broker that accepts and says nothing is unavailable, too", "[client][R17]") {
    FakeBroker silent;
    Queue queue("q", quick(silent.server()));
    auto added = queue.add_job_future("n", "p");
    REQUIRE(added.wait_for(5s) == std::future_status::ready);
    CHECK(code_of(added) == Code::Unavailable);
}

TEST_CASE("an add whose answer never comes is unknown, and its late answer is ignored", "[client][R17]") {
    FakeBroker broker;
    Queue queue("q", quick(broker.server()));
    auto lost = queue.add_job_future("n", "p");
    auto peer = broker.accept();
    peer.greet();
    const auto request = peer.read_request();
    REQUIRE(lost.wait_for(5s) == std::future_status::ready);
    CHECK(code_of(lost) == Code::Unknown);
    peer.answer_adds(request, "late");
    auto next = queue.add_job_future("n", "p");
    peer.answer_adds(peer.read_request(), "next");
    CHECK(next.get().id == "next-0");
}

TEST_CASE("frames that arrive in pieces, or many at once, are all read", "[client][R1]") {
    FakeBroker broker;
    Queue queue("q", Connection(broker.server()));
    auto first = queue.add_job_future("a", "p");
    auto peer = broker.accept();
    peer.greet();
    const auto request = peer.read_request();
    v1::Envelope answer;
    answer.set_id(request.id());
    for (int i = 0; i < request.add_jobs().jobs_size(); ++i) {
        answer.mutable_add_jobs_result()->add_jobs()->set_id("split");
    }
    for (const char byte : test::frame_of(answer)) peer.send_bytes(std::string(1, byte));
    CHECK(first.get().id == "split");

    auto job = queue.get_job_future("x");
    auto metrics = std::promise<std::uint64_t>();
    queue.get_metrics_async([&](Result<QueueMetrics> got) { metrics.set_value(got->waiting); });
    v1::Envelope got_job;
    got_job.set_id(peer.read_request().id());
    got_job.mutable_get_job_result()->mutable_job()->set_payload(std::string(900'000, 'x'));
    v1::Envelope got_metrics;
    got_metrics.set_id(peer.read_request().id());
    got_metrics.mutable_queue_metrics()->set_waiting(7);
    peer.send_bytes(test::frame_of(got_metrics) + test::frame_of(got_job));
    CHECK(metrics.get_future().get() == 7);
    CHECK(job.get().payload.size() == 900'000);
}

TEST_CASE("a bad frame ends that connection only", "[client][R17]") {
    const std::string too_large = "\xff\xff\xff\xff";
    const std::string nonsense = std::string("\0\0\0\3", 4) + "\xff\xff\xff";
    const auto bad = GENERATE_COPY(too_large, nonsense);
    FakeBroker broker;
    Queue queue("q", Connection(broker.server()));
    auto added = queue.add_job_future("n", "p");
    {
        auto peer = broker.accept();
        peer.greet();
        peer.read_request();
        peer.send_bytes(bad);
        CHECK(peer.is_closed_by_client());
    }
    auto peer = broker.accept();
    peer.greet();
    peer.answer_adds(peer.read_request(), "again");
    CHECK(added.get().id == "again-0");
}

TEST_CASE("a refused handshake is told to those who wait", "[client][R17]") {
    FakeBroker broker;
    Queue queue("q", Connection(broker.server()));
    auto added = queue.add_job_future("n", "p");
    auto peer = broker.accept();
    peer.refuse(peer.read(), v1::CODE_UNSUPPORTED_VERSION, "protocol 1 is too old");
    CHECK(code_of(added) == Code::UnsupportedVersion);
}

TEST_CASE("closing a connection says goodbye and ends what is unanswered", "[client][R1]") {
    FakeBroker broker;
    Connection connection(broker.server());
    Queue queue("q", connection);
    auto sent = queue.add_job_future("n", "p");
    auto peer = broker.accept();
    peer.greet();
    peer.read_request();
    connection.close();
    CHECK(code_of(sent) == Code::Unknown);
    const auto goodbye = peer.read();
    CHECK(goodbye.go_away().reason() == v1::GoAway::REASON_CLIENT_DONE);
    auto late = queue.add_job_future("n", "p");
    CHECK(code_of(late) == Code::Unavailable);
}

TEST_CASE("a callback may make blocking calls and drop the last handle", "[client][R1]") {
    FakeBroker broker;
    std::promise<std::string> done;
    {
        auto queue = std::make_shared<Queue>("q", Connection(broker.server()));
        Queue& borrowed = *queue;
        borrowed.add_job_async("a", "p", {}, [&done, queue](const Result<AddedJob>& added) mutable {
            const auto job = queue->get_job(added->id);
            queue.reset();
            done.set_value(job.name);
        });
    }
    auto peer = broker.accept();
    peer.greet();
    peer.answer_adds(peer.read_request(), "job");
    const auto request = peer.read_request();
    CHECK(request.get_job().id() == "job-0");
    v1::Envelope answer;
    answer.set_id(request.id());
    answer.mutable_get_job_result()->mutable_job()->set_name("a");
    peer.send(answer);
    CHECK(done.get_future().get() == "a");
}

TEST_CASE("add-and-wait is one request, and goes on by id when its answer has no result", "[client][R10]") {
    FakeBroker broker;
    Queue queue("q", Connection(broker.server()));
    std::promise<std::string> ended;
    const auto take = [&ended](const Result<JobResult>& result) {
        ended.set_value(result.ok() ? result->result : result.error().message);
    };
    queue.add_and_wait_async("n", "p", {}, 5s, take);
    auto peer = broker.accept();
    peer.greet();
    const auto request = peer.read_request();
    CHECK(request.add_jobs().wait_ms() == 5'000);
    v1::Envelope answer;
    answer.set_id(request.id());
    answer.mutable_add_jobs_result()->add_jobs()->set_id("j");
    auto& result = *answer.mutable_add_jobs_result()->add_results();
    result.set_outcome(v1::JobResult::OUTCOME_COMPLETED);
    result.set_result("42");
    peer.send(answer);
    CHECK(ended.get_future().get() == "42");

    ended = {};
    queue.add_and_wait_async("n", "p", {}, 5s, take);
    peer.answer_adds(peer.read_request(), "again");
    const auto wait = peer.read_request();
    CHECK(wait.wait_result().id() == "again-0");
    CHECK(wait.wait_result().timeout_ms() <= 5'000);
    v1::Envelope end;
    end.set_id(wait.id());
    end.mutable_job_result()->set_outcome(v1::JobResult::OUTCOME_REMOVED);
    peer.send(end);
    CHECK(ended.get_future().get() == "job 'again-0' was removed before it ended");
}

TEST_CASE("adds that wait for the broker's window leave with its answers, and none is forgotten",
          "[client][R2][R17]") {
    FakeBroker broker;
    const Connection connection = quick(broker.server());
    std::vector<std::future<AddedJob>> added;
    const auto add_to_queues = [&](int count) {
        for (int i = 0; i < count; ++i)
            added.push_back(Queue("q" + std::to_string(added.size()), connection).add_job_future("n", "p"));
    };
    add_to_queues(1);
    auto peer = broker.accept();
    peer.greet([](v1::Welcome& welcome) { welcome.mutable_limits()->set_requests_in_flight_max(4); });
    peer.answer_adds(peer.read_request(), "first");
    added[0].wait();

    // Two may be on their way; the others come while the window is full.
    add_to_queues(2);
    std::vector<v1::Envelope> unanswered{peer.read_request(), peer.read_request()};
    add_to_queues(20);
    for (std::size_t at = 0; at < unanswered.size(); ++at) {
        peer.answer_adds(unanswered[at], "job");
        if (unanswered.size() < 22) unanswered.push_back(peer.read_request());
    }
    for (auto& one : added) CHECK(one.get().id.size() > 0);
    added.clear();

    add_to_queues(2);
    peer.read_request();
    peer.read_request();
    add_to_queues(20);
    const bool is_closed = GENERATE(true, false);
    if (is_closed) {
        Connection(connection).close();
    } else {
        peer.close();  // And nobody listens any more.
    }
    for (std::size_t i = 0; i < added.size(); ++i) {
        REQUIRE(added[i].wait_for(5s) == std::future_status::ready);
        const Code code = code_of(added[i]);
        CHECK((code == Code::Unavailable || (i < 2 && code == Code::Unknown)));
    }
}
