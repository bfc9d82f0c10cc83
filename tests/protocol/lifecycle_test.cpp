// The life of a job as frames: added, delivered, finished, kept over a crash.
#include <catch2/catch.hpp>

#include "support/daemon_process.h"
#include "support/raw_client.h"
#include "support/requests.h"
#include "support/temporary_directory.h"
#include "wire/frame.h"

using namespace swarmq;
using test::DaemonProcess;
using test::RawClient;
using test::complete;
using test::subscribe;

namespace {

v1::Envelope add(const std::string& queue, const std::string& payload, int jobs) {
    v1::Envelope request = test::add_request(queue);
    for (int i = 0; i < jobs; ++i) test::one_more(request, payload + std::to_string(i));
    return request;
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
    CHECK(test::get_job(client, "q", job.id()).state() == v1::JOB_STATE_ACTIVE);
    CHECK(complete(client, job, "42") == v1::CODE_UNSPECIFIED);
    const auto seen = test::get_job(client, "q", job.id());
    CHECK(seen.state() == v1::JOB_STATE_COMPLETED);
    CHECK(seen.result() == "42");
    CHECK(seen.attempts_made() == 1);
    CHECK(seen.worker() == "raw-client");
    CHECK(client.call(test::wait_request("q", job.id())).job_result().result() == "42");
}

TEST_CASE("acknowledged jobs and leases outlive kill -9 of the daemon", "[protocol][R34][R35]") {
    test::TemporaryDirectory directory;
    const std::vector<std::string> arguments{"--data-dir", directory.path(), "--disk-reserve", "0"};
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
    CHECK(test::get_job(client, "q", first).state() == v1::JOB_STATE_ACTIVE);
    CHECK(test::get_job(client, "q", second).state() == v1::JOB_STATE_WAITING);
    v1::DeliveredJob held;
    held.set_queue("q");
    held.set_id(first);
    held.set_token(token);
    CHECK(complete(client, held, "done") == v1::CODE_UNSPECIFIED);
    CHECK(test::get_job(client, "q", first).result() == "done");
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

TEST_CASE("a session resumed beside its old connection stays alive with its leases", "[protocol][R21]") {
    DaemonProcess daemon({"--dev"});
    RawClient before(daemon.port());
    const std::string session = before.greet("c1").session_id();
    before.call(add("q", "x", 2));
    const auto held = test::take(before, "q").jobs(0);
    RawClient after(daemon.port());
    const auto welcome = after.greet("c1", session);
    CHECK(welcome.resumed());
    REQUIRE(welcome.held_leases_size() == 1);
    CHECK(before.is_closed_within(std::chrono::seconds(10)));
    // Longer than the grace of a lost session, which this is not.
    CHECK(test::take(after, "empty", 1, 1'500).jobs_size() == 0);
    CHECK(complete(after, held, "still mine") == v1::CODE_UNSPECIFIED);
    CHECK(subscribe(after, "q", 1).has_status() == false);
    CHECK(after.receive_push().deliver().jobs_size() == 1);
}

TEST_CASE("a client with many waits that never reads is dropped, and the daemon goes on", "[protocol][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient slow(daemon.port());
    slow.greet();
    RawClient worker(daemon.port());
    worker.greet();
    const std::string id = worker.call(add("q", "x", 1)).add_jobs_result().jobs(0).id();
    for (int i = 0; i < 40; ++i) slow.send(test::wait_request("q", id));
    v1::Envelope ping;
    ping.mutable_ping();
    CHECK(slow.call(ping).has_pong());
    CHECK(complete(worker, test::take(worker, "q").jobs(0), std::string(1000 * 1000, 'r')) ==
          v1::CODE_UNSPECIFIED);
    CHECK(slow.is_closed_within(std::chrono::seconds(30)));
    CHECK(test::get_job(worker, "q", id).state() == v1::JOB_STATE_COMPLETED);
}

TEST_CASE("a refused sign of life comes after the notice that says why", "[protocol][R9][R22][R34]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    client.call(add("q", "hello", 1));
    subscribe(client, "q", 1);
    const auto push = client.receive_push();
    const v1::DeliveredJob& job = push.deliver().jobs(0);
    // Both are in one turn, and what the refusal rests on is durable only with that turn.
    v1::Envelope remove;
    remove.mutable_remove_jobs()->set_queue("q");
    remove.mutable_remove_jobs()->add_ids(job.id());
    const auto removal = client.send(remove);
    v1::Envelope beat;
    v1::BeatItem& item = *beat.mutable_beat()->add_items();
    item.set_queue("q");
    item.set_id(job.id());
    item.set_token(job.token());
    const auto sign_of_life = client.send(beat);
    const auto notice = client.receive();
    REQUIRE(notice.has_job_notice());
    CHECK(notice.job_notice().kind() == v1::JobNotice::KIND_CANCELLED);
    CHECK(client.receive().id() == removal);
    const auto refusal = client.receive();
    CHECK(refusal.id() == sign_of_life);
    CHECK(refusal.beat_result().statuses(0).code() != v1::CODE_UNSPECIFIED);
}

TEST_CASE("a worker gets new jobs for the first of its results before the rest is looked at", "[protocol][R18]") {
    constexpr int kPart = 8;
    const swarmq::test::TemporaryDirectory data;
    DaemonProcess daemon({"--data-dir", data.path(), "--durability", "periodic"});
    RawClient client(daemon.port());
    client.greet();
    client.call(add("q", "hello", 1'000));
    subscribe(client, "q", 2 * kPart);
    std::vector<v1::DeliveredJob> held;
    std::uint64_t total = 2 * kPart;
    const auto collect = [&](const v1::Envelope& frame) {
        for (const auto& job : frame.deliver().jobs()) held.push_back(job);
    };
    // A busy machine may make the daemon hand a turn to its other thread: not every round has to show it.
    bool has_come_first = false;
    for (int round = 0; round < 50 && !has_come_first; ++round) {
        while (held.size() < 2 * kPart) collect(client.receive_push());
        std::string frames;
        for (std::size_t part = 0; part < 2; ++part) {
            v1::Envelope finish;
            finish.set_id(1'000'000 + 2 * static_cast<std::uint64_t>(round) + part);
            for (std::size_t i = 0; i < kPart; ++i)
                test::finish_item(finish, held[part * kPart + i]).mutable_complete();
            finish.mutable_finish()->mutable_grant()->set_subscription(1);
            finish.mutable_finish()->mutable_grant()->set_jobs_total(total += kPart);
            wire::append_frame(finish, frames);
        }
        held.clear();
        client.send_bytes(frames);
        for (int answers = 0; answers < 2;) {
            const auto frame = client.receive();
            if (frame.has_finish_result()) ++answers;
            if (answers == 0 && frame.deliver().jobs_size() == kPart) has_come_first = true;
            collect(frame);
        }
    }
    CHECK(has_come_first);
}
