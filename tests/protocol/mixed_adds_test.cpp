// Adds that name a queue for each job, and those that are accepted each by itself.
#include <catch2/catch.hpp>

#include <string>

#include "support/daemon_process.h"
#include "support/requests.h"
#include "support/temporary_directory.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

v1::Envelope bound(const std::string& queue, std::uint32_t waiting_max) {
    v1::Envelope request;
    request.mutable_set_queue_settings()->set_queue(queue);
    request.mutable_set_queue_settings()->mutable_settings()->set_waiting_max(waiting_max);
    return request;
}

}  // namespace

TEST_CASE("an add can name a queue for each job, and wait for the results of all", "[protocol][R2][R10]") {
    DaemonProcess daemon({"--dev"});
    RawClient producer(daemon.port());
    CHECK(producer.greet().limits().queues_per_add_max() == 1'000);
    RawClient worker(daemon.port());
    worker.greet();
    v1::Envelope request = add_request("");
    for (const char* queue : {"east", "west", "east"}) {
        one_more(request, queue);
        request.mutable_add_jobs()->add_queues(queue);
    }
    request.mutable_add_jobs()->set_wait_ms(20'000);
    const auto id = producer.send(request);
    for (const char* queue : {"west", "east", "east"}) {
        const auto taken = take(worker, queue, 1, 20'000);
        REQUIRE(taken.jobs_size() == 1);
        CHECK(taken.jobs(0).payload() == queue);
        complete(worker, taken.jobs(0), std::string("<") + queue + ">");
    }
    const auto answer = producer.answer_to(id).add_jobs_result();
    REQUIRE(answer.results_size() == 3);
    CHECK(answer.results(0).result() == "<east>");
    CHECK(answer.results(1).result() == "<west>");

    request.mutable_add_jobs()->mutable_queues()->RemoveLast();
    const auto refused = producer.call(request);
    CHECK(refused.status().code() == v1::CODE_INVALID_ARGUMENT);
    CHECK(refused.status().message().find("2 for 3 jobs") != std::string::npos);

    request.mutable_add_jobs()->add_queues("no spaces");
    request.mutable_add_jobs()->set_independent(true);
    CHECK(producer.call(request).status().message().find("not with wait_ms") != std::string::npos);
    request.mutable_add_jobs()->set_wait_ms(0);
    const auto each = producer.call(request).add_jobs_result();
    REQUIRE(each.jobs_size() == 3);
    CHECK(each.jobs(0).outcome() == v1::AddedJob::OUTCOME_ADDED);
    CHECK_FALSE(each.jobs(1).has_status());
    CHECK(each.jobs(2).id().empty());
    CHECK(each.jobs(2).status().code() == v1::CODE_INVALID_ARGUMENT);
    CHECK(each.jobs(2).status().message().find("no spaces") != std::string::npos);
}

TEST_CASE("independent adds that are sent again get the same answer, job by job", "[protocol][R2][R17]") {
    TemporaryDirectory directory;
    v1::Envelope request = add_request("");
    for (const char* queue : {"wide", "small", "small", "wide"}) {
        one_more(request, queue);
        request.mutable_add_jobs()->add_queues(queue);
    }
    request.mutable_add_jobs()->set_independent(true);
    request.set_id(50);
    std::string first;
    {
        DaemonProcess daemon({"--data-dir", directory.path()});
        RawClient client(daemon.port());
        client.greet("me");
        REQUIRE_FALSE(client.call(bound("small", 1)).has_status());
        const auto added = client.call(request).add_jobs_result();
        REQUIRE(added.jobs_size() == 4);
        CHECK_FALSE(added.jobs(1).has_status());
        CHECK(added.jobs(2).status().code() == v1::CODE_QUEUE_FULL);
        CHECK(added.jobs(2).status().retriable());
        CHECK(added.jobs(2).status().retry_after_ms() > 0);
        first = added.SerializeAsString();
        RawClient again(daemon.port());
        again.greet("me");
        CHECK(again.call(request).add_jobs_result().SerializeAsString() == first);
    }
    DaemonProcess daemon({"--data-dir", directory.path()});
    RawClient client(daemon.port());
    client.greet("me");
    CHECK(client.call(request).add_jobs_result().SerializeAsString() == first);
    CHECK(metrics(client, "wide").added_total() == 2);

    // The same number with other jobs: what is remembered of it goes for them.
    request.mutable_add_jobs()->clear_independent();
    request.mutable_add_jobs()->set_wait_ms(1);
    const auto waited = client.call(request).add_jobs_result();
    REQUIRE(waited.results_size() == 4);
    CHECK(waited.results(0).outcome() == v1::JobResult::OUTCOME_TIMED_OUT);
    CHECK(waited.results(2).outcome() == v1::JobResult::OUTCOME_REMOVED);
    request.mutable_add_jobs()->mutable_queues()->RemoveLast();
    request.mutable_add_jobs()->mutable_queues()->RemoveLast();
    const auto refused = client.call(request);
    CHECK(refused.status().code() == v1::CODE_INVALID_ARGUMENT);
    CHECK(refused.status().message().find("2 for 4 jobs") != std::string::npos);
}

TEST_CASE("what was refused altogether is not remembered", "[protocol][R2][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet("me");
    REQUIRE_FALSE(client.call(bound("q", 1)).has_status());
    const std::string in_the_way = add_one(client, "q", "first");
    v1::Envelope request = add_request("q");
    one_more(request, "second");
    request.mutable_add_jobs()->set_independent(true);
    request.set_id(50);
    CHECK(client.call(request).add_jobs_result().jobs(0).status().code() == v1::CODE_QUEUE_FULL);
    CHECK(take(client, "q").jobs(0).id() == in_the_way);
    RawClient again(daemon.port());
    again.greet("me");
    CHECK(again.call(request).add_jobs_result().jobs(0).outcome() == v1::AddedJob::OUTCOME_ADDED);
}
