// The life of a job as frames: added, delivered, finished, kept over a crash.
#include <catch2/catch.hpp>

#include "support/daemon_process.h"
#include "support/raw_client.h"
#include "support/temporary_directory.h"

using namespace swarmq;
using test::DaemonProcess;
using test::RawClient;

namespace {

v1::Envelope add(const std::string& queue, const std::string& payload, int jobs = 1) {
    v1::Envelope request;
    request.mutable_add_jobs()->set_queue(queue);
    for (int i = 0; i < jobs; ++i) {
        v1::NewJob& job = *request.mutable_add_jobs()->add_jobs();
        job.set_name("work");
        job.set_payload(payload + std::to_string(i));
    }
    return request;
}

void subscribe(RawClient& client, const std::string& queue, std::uint64_t credit) {
    v1::Envelope request;
    request.mutable_subscribe()->set_subscription(1);
    request.mutable_subscribe()->add_queues(queue);
    REQUIRE_FALSE(client.call(request).has_status());
    v1::Envelope grant;
    grant.mutable_grant()->set_subscription(1);
    grant.mutable_grant()->set_jobs_total(credit);
    client.send(grant);
}

v1::Envelope completion(const v1::DeliveredJob& job, const std::string& result) {
    v1::Envelope request;
    v1::FinishItem& item = *request.mutable_finish()->add_items();
    item.set_queue(job.queue());
    item.set_id(job.id());
    item.set_token(job.token());
    item.mutable_complete()->set_result(result);
    return request;
}

v1::Job get(RawClient& client, const std::string& queue, const std::string& id) {
    v1::Envelope request;
    request.mutable_get_job()->set_queue(queue);
    request.mutable_get_job()->set_id(id);
    const auto answer = client.call(request);
    INFO(answer.ShortDebugString());
    REQUIRE(answer.has_get_job_result());
    return answer.get_job_result().job();
}

}  // namespace

TEST_CASE("a job is added, delivered, completed, and tells its result", "[protocol][R2][R7][R10]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    const auto added = client.call(add("q", "hello", 3));
    REQUIRE(added.add_jobs_result().jobs_size() == 3);
    subscribe(client, "q", 10);
    const auto push = client.receive_push();
    REQUIRE(push.deliver().jobs_size() == 3);
    const v1::DeliveredJob& job = push.deliver().jobs(1);
    CHECK(job.payload() == "hello1");
    CHECK(job.id() == added.add_jobs_result().jobs(1).id());
    CHECK(job.attempt() == 1);
    CHECK(job.created_ms() > 0);
    CHECK(get(client, "q", job.id()).state() == v1::JOB_STATE_ACTIVE);
    const auto finished = client.call(completion(job, "42"));
    REQUIRE(finished.finish_result().statuses_size() == 1);
    CHECK(finished.finish_result().statuses(0).code() == v1::CODE_UNSPECIFIED);
    const auto seen = get(client, "q", job.id());
    CHECK(seen.state() == v1::JOB_STATE_COMPLETED);
    CHECK(seen.result() == "42");
    CHECK(seen.attempts_made() == 1);
    CHECK(seen.worker() == "raw-client");
    v1::Envelope wait;
    wait.mutable_wait_result()->set_queue("q");
    wait.mutable_wait_result()->set_id(job.id());
    CHECK(client.call(wait).job_result().result() == "42");
}

TEST_CASE("acknowledged jobs and leases outlive kill -9 of the daemon", "[protocol][R34][R35]") {
    test::TemporaryDirectory directory;
    const std::vector<std::string> arguments{"--data-dir", directory.path()};
    std::string first;
    std::string second;
    std::string session;
    std::uint64_t token = 0;
    {
        DaemonProcess daemon(arguments);
        RawClient client(daemon.port());
        session = client.greet("c1").session_id();
        const auto added = client.call(add("q", "payload", 2));
        first = added.add_jobs_result().jobs(0).id();
        second = added.add_jobs_result().jobs(1).id();
        subscribe(client, "q", 1);
        token = client.receive_push().deliver().jobs(0).token();
        daemon.kill();
    }
    DaemonProcess daemon(arguments);
    RawClient client(daemon.port());
    const auto welcome = client.greet("c1", session);
    CHECK(welcome.resumed());
    REQUIRE(welcome.held_leases_size() == 1);
    CHECK(welcome.held_leases(0).token() == token);
    CHECK(welcome.held_leases(0).queue() == "q");
    CHECK(welcome.held_leases(0).id() == first);
    CHECK(get(client, "q", first).state() == v1::JOB_STATE_ACTIVE);
    CHECK(get(client, "q", second).state() == v1::JOB_STATE_WAITING);
    v1::DeliveredJob held;
    held.set_queue("q");
    held.set_id(first);
    held.set_token(token);
    CHECK(client.call(completion(held, "done")).finish_result().statuses(0).code() ==
          v1::CODE_UNSPECIFIED);
    CHECK(get(client, "q", first).result() == "done");
    subscribe(client, "q", 1);
    const auto delivered = client.receive_push().deliver().jobs(0);
    CHECK(delivered.id() == second);
    CHECK(delivered.payload() == "payload1");
    CHECK(delivered.token() > token);
}

TEST_CASE("the daemon ends cleanly on SIGTERM", "[protocol][R33]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    CHECK(daemon.stop() == 0);
}
