// Workers, obliteration, and the broker's word about itself, frame by frame.
#include "support/programs.h"
#include "support/requests.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace swarmq;
using namespace swarmq::test;

namespace {

v1::ListWorkersResult list_workers(RawClient& client, const std::string& queue = "",
                                   std::uint64_t after = 0, std::uint32_t limit = 0) {
    v1::Envelope request;
    request.mutable_list_workers()->set_queue(queue);
    request.mutable_list_workers()->set_after(after);
    request.mutable_list_workers()->set_limit(limit);
    return client.call(request).list_workers_result();
}

v1::Envelope obliterate(RawClient& client, const std::string& queue, bool force,
                        std::uint32_t limit = 0) {
    v1::Envelope request;
    request.mutable_obliterate_queue()->set_queue(queue);
    request.mutable_obliterate_queue()->set_force(force);
    request.mutable_obliterate_queue()->set_limit(limit);
    return client.call(request);
}

v1::ServerInfo server_info(RawClient& client) {
    v1::Envelope request;
    request.mutable_get_server_info();
    return client.call(request).server_info();
}

void greet_with_labels(RawClient& client) {
    v1::Envelope hello;
    hello.mutable_hello()->set_protocol_major(1);
    hello.mutable_hello()->set_sdk("raw");
    hello.mutable_hello()->set_sdk_version("7");
    hello.mutable_hello()->set_client_name("embedder");
    (*hello.mutable_hello()->mutable_labels())["region"] = "eu";
    REQUIRE(client.call(hello).has_welcome());
}

}  // namespace

TEST_CASE(
    "the list of workers says who they are, what they take and hold, and when they were heard",
    "[protocol][R30]") {
    Broker broker;
    RawClient producer(broker.daemon.port());
    producer.greet();
    RawClient worker(broker.daemon.port());
    greet_with_labels(worker);
    subscribe(worker, "q", 3);
    add_one(producer, "q", "{}");
    while (!worker.receive_push().has_deliver()) {
    }
    const auto all = list_workers(producer);
    REQUIRE(all.workers_size() == 1);
    CHECK(all.next() == 0);
    const v1::WorkerState& seen = all.workers(0);
    CHECK(seen.session() > 0);
    CHECK(seen.client_name() == "embedder");
    CHECK(seen.sdk() == "raw 7");
    CHECK(seen.labels().at("region") == "eu");
    CHECK(seen.address().starts_with("127.0.0.1:"));
    CHECK(seen.queues_size() == 1);
    CHECK(seen.queues(0) == "q");
    CHECK(seen.credit() == 2);
    CHECK(seen.leases() == 1);
    const std::uint64_t now_ms = server_info(producer).now_ms();
    CHECK(seen.connected_ms() <= now_ms);
    CHECK(seen.connected_ms() + 60'000 > now_ms);
    CHECK(seen.last_heard_ms() + 60'000 > now_ms);
    // A sign of life moves it.
    v1::Envelope ping;
    ping.mutable_ping();
    while (list_workers(producer).workers(0).last_heard_ms() <= seen.last_heard_ms())
        worker.call(ping);
    CHECK(list_workers(producer, "q").workers_size() == 1);
    add_one(producer, "other", "{}");
    CHECK(list_workers(producer, "other").workers_size() == 0);
    v1::Envelope nowhere;
    nowhere.mutable_list_workers()->set_queue("nowhere");
    CHECK(producer.call(nowhere).status().code() == v1::CODE_NOT_FOUND);
}

TEST_CASE("a worker that lost its connection is listed without an address while it may come back",
          "[protocol][R30]") {
    Broker broker;
    RawClient producer(broker.daemon.port());
    producer.greet();
    add_one(producer, "q", "{}");
    auto worker = std::make_unique<RawClient>(broker.daemon.port());
    worker->greet();
    REQUIRE(take(*worker, "q").jobs_size() == 1);
    worker->drop();
    v1::WorkerState seen = list_workers(producer).workers(0);
    while (!seen.address().empty()) seen = list_workers(producer).workers(0);
    CHECK(seen.client_name() == "raw-client");
    CHECK(seen.connected_ms() == 0);
    CHECK(seen.last_heard_ms() == 0);
    CHECK(seen.leases() == 1);
    while (list_workers(producer).workers_size() > 0) {
    }
    CHECK(metrics(producer, "q").waiting() == 1);
}

TEST_CASE("workers come in pages", "[protocol][R30]") {
    Broker broker;
    std::vector<std::unique_ptr<RawClient>> workers;
    for (int i = 0; i < 5; ++i) {
        workers.push_back(std::make_unique<RawClient>(broker.daemon.port()));
        workers.back()->greet();
        subscribe(*workers.back(), "q", 1);
    }
    RawClient& client = *workers.front();
    std::vector<std::uint64_t> sessions;
    std::uint64_t after = 0;
    do {
        const auto page = list_workers(client, "", after, 2);
        for (const auto& worker : page.workers()) sessions.push_back(worker.session());
        after = page.next();
    } while (after != 0);
    CHECK(sessions.size() == 5);
    CHECK(std::is_sorted(sessions.begin(), sessions.end()));
}

TEST_CASE("labels that are too long are refused with the greeting", "[protocol][R36]") {
    Broker broker;
    RawClient client(broker.daemon.port());
    v1::Envelope hello;
    hello.mutable_hello()->set_protocol_major(1);
    (*hello.mutable_hello()->mutable_labels())["region"] = std::string(129, 'x');
    CHECK(client.call(hello).status().code() == v1::CODE_TOO_LARGE);
}

TEST_CASE("a queue is obliterated step by step, over a crash in the middle, and its worker is told",
          "[protocol][R28][R34]") {
    const TemporaryDirectory directory;
    const std::vector<std::string> arguments{"--data-dir", directory.file("data"), "--disk-reserve",
                                             "0"};
    auto daemon = std::make_unique<DaemonProcess>(arguments);
    {
        RawClient client(daemon->port());
        client.greet();
        v1::Envelope request = add_request("q");
        for (int i = 0; i < 10; ++i) one_more(request, "{}");
        client.call(request);
        const auto held = take(client, "q");
        CHECK(obliterate(client, "q", false).status().code() == v1::CODE_WRONG_STATE);
        CHECK_FALSE(metrics(client, "q").paused());
        const auto step = obliterate(client, "q", true, 4);
        CHECK(step.bulk_result().changed() == 4);
        CHECK(step.bulk_result().more());
        CHECK(metrics(client, "q").paused());
        daemon->kill();
        static_cast<void>(held);
    }
    daemon = std::make_unique<DaemonProcess>(arguments);
    RawClient client(daemon->port());
    client.greet();
    CHECK(metrics(client, "q").paused());
    CHECK(obliterate(client, "q", true, 4).bulk_result().more());
    const auto last = obliterate(client, "q", true, 4);
    CHECK(last.bulk_result().changed() == 2);
    CHECK_FALSE(last.bulk_result().more());
    CHECK(obliterate(client, "q", true).status().code() == v1::CODE_NOT_FOUND);
    // The name begins anew, and a running job goes with the queue.
    add_one(client, "q", "{}");
    CHECK(metrics(client, "q").added_total() == 1);
    const auto held = take(client, "q");
    REQUIRE(held.jobs_size() == 1);
    CHECK(obliterate(client, "q", true).bulk_result().changed() == 1);
    const auto notice = client.receive_push().job_notice();
    CHECK(notice.kind() == v1::JobNotice::KIND_CANCELLED);
    CHECK(notice.queue() == "q");
    CHECK(notice.id() == held.jobs(0).id());
    CHECK(complete(client, held.jobs(0), "late") == v1::CODE_NOT_FOUND);
}

TEST_CASE("an obliteration sent again under its number is made once", "[protocol][R28]") {
    Broker broker;
    RawClient client(broker.daemon.port());
    client.greet("operator");
    add_one(client, "q", "{}");
    v1::Envelope request;
    request.set_id(100);
    request.mutable_obliterate_queue()->set_queue("q");
    CHECK(client.call(request).bulk_result().changed() == 1);
    add_one(client, "q", "{}");
    request.set_id(100);
    CHECK(client.call(request).bulk_result().changed() == 1);
    CHECK(metrics(client, "q").waiting() == 1);
}

TEST_CASE("the broker tells its clock, its disk, its protocol and what it can do",
          "[protocol][R28][R32]") {
    Broker broker;
    RawClient client(broker.daemon.port());
    client.greet();
    const v1::ServerInfo info = server_info(client);
    CHECK(info.now_ms() > 1'700'000'000'000);
    CHECK(info.disk_bytes() > info.disk_free_bytes());
    CHECK(info.disk_free_bytes() > 0);
    CHECK(info.add_refusal() == "");
    CHECK(info.protocol_major() == 1);
    CHECK_FALSE(info.can_back_up());
    CHECK(info.alerts_size() == 0);
    const DaemonProcess low(
        {"--data-dir", broker.directory.file("low"), "--disk-reserve", "1000000G"});
    RawClient other(low.port());
    other.greet();
    CHECK(server_info(other).add_refusal().find("free") != std::string::npos);
    const DaemonProcess memory({"--ephemeral", "--backup-dir", broker.directory.file("backups")});
    RawClient third(memory.port());
    third.greet();
    CHECK(server_info(third).disk_bytes() == 0);
    CHECK_FALSE(server_info(third).can_back_up());
}
