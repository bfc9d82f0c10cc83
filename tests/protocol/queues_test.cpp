// Queues on the wire: their pages, how many there may be, and how many subscriptions take from them.
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "support/daemon_process.h"
#include "support/requests.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

v1::Envelope list(RawClient& client, const std::string& after, std::uint32_t limit) {
    v1::Envelope request;
    request.mutable_list_queues()->set_after(after);
    request.mutable_list_queues()->set_limit(limit);
    return client.call(request);
}

v1::Envelope open_subscription(RawClient& client, std::uint32_t number) {
    v1::Envelope request;
    request.mutable_subscribe()->set_subscription(number);
    request.mutable_subscribe()->add_queues("q");
    return client.call(request);
}

// An add of a thousand jobs whose dead letters all go to queues of their own.
v1::Envelope thousand_queues(int first) {
    v1::Envelope request = add_request("q");
    for (int i = first; i < first + 1'000; ++i)
        one_more(request, "").mutable_on_failure()->set_queue("d" + std::to_string(i));
    return request;
}

}  // namespace

TEST_CASE("queues come in pages, in the order of their names", "[protocol][R8]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    for (const char* queue : {"c", "a", "e", "b", "d"}) add_one(client, queue, "x");
    std::vector<std::string> names;
    std::string after;
    int pages = 0;
    do {
        const auto page = list(client, after, 2).list_queues_result();
        CHECK(page.queues_size() <= 2);
        for (const auto& queue : page.queues()) {
            names.push_back(queue.queue());
            CHECK(queue.waiting() == 1);
        }
        after = page.next();
        ++pages;
    } while (!after.empty());
    CHECK(names == std::vector<std::string>{"a", "b", "c", "d", "e"});
    CHECK(pages == 3);
    CHECK(list(client, "cc", 1).list_queues_result().queues(0).queue() == "d");
    CHECK(list(client, "", 1'001).status().code() == v1::CODE_INVALID_ARGUMENT);
    for (int i = 0; i < 100; ++i) add_one(client, "n" + std::to_string(i), "x");
    CHECK(list(client, "", 0).list_queues_result().queues_size() == 100);
}

TEST_CASE("a broker keeps 100,000 queues and refuses one more", "[protocol][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    for (int first = 0; first < 99'000; first += 1'000)
        REQUIRE_FALSE(client.call(thousand_queues(first)).has_status());
    // With "q" itself these would be one too many.
    const auto refused = client.call(thousand_queues(99'000));
    CHECK(refused.status().code() == v1::CODE_MEMORY_LIMIT);
    CHECK(refused.status().message().find("at most 100000") != std::string::npos);
    CHECK(refused.status().retriable());
    v1::Envelope fits = thousand_queues(99'000);
    fits.mutable_add_jobs()->mutable_jobs()->RemoveLast();
    CHECK_FALSE(client.call(fits).has_status());
    v1::Envelope other = add_request("other");
    one_more(other, "x");
    CHECK(client.call(other).status().code() == v1::CODE_MEMORY_LIMIT);
    v1::Envelope subscribe;
    subscribe.mutable_subscribe()->add_queues("other");
    CHECK(client.call(subscribe).status().code() == v1::CODE_MEMORY_LIMIT);
    CHECK_FALSE(add_one(client, "d7", "x").empty());
    v1::Envelope info;
    info.mutable_get_server_info();
    CHECK(client.call(info).server_info().queues() == 100'000);
    CHECK(list(client, "d99", 1'000).list_queues_result().queues_size() == 1'000);
}

TEST_CASE("a connection opens 1,024 subscriptions and no more", "[protocol][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    for (std::uint32_t number = 1; number <= 1'024; ++number)
        REQUIRE_FALSE(open_subscription(client, number).has_status());
    const auto refused = open_subscription(client, 1'025);
    CHECK(refused.status().code() == v1::CODE_TOO_MANY_INFLIGHT);
    CHECK(refused.status().message().find("at most 1024") != std::string::npos);
    v1::Envelope quiet;
    quiet.mutable_quiet()->set_subscription(3);
    CHECK_FALSE(client.call(quiet).has_status());
    CHECK_FALSE(open_subscription(client, 1'025).has_status());
    RawClient other(daemon.port());
    other.greet();
    CHECK_FALSE(open_subscription(other, 1).has_status());
}
