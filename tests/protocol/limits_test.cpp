// Bad frames, floods and broken rules: a clear answer, and the daemon goes on.
#include <catch2/catch.hpp>

#include "support/daemon_process.h"
#include "support/raw_client.h"
#include "support/requests.h"
#include "support/temporary_directory.h"
#include "wire/frame.h"

using namespace swarmq;
using test::DaemonProcess;
using test::RawClient;

namespace {

v1::GoAway last_words(RawClient& client) {
    while (true) {
        const auto frame = client.receive();
        if (frame.has_go_away()) return frame.go_away();
    }
}

v1::Envelope add(std::size_t jobs, std::size_t payload_bytes) {
    v1::Envelope request;
    request.mutable_add_jobs()->set_queue("q");
    for (std::size_t i = 0; i < jobs; ++i) {
        v1::NewJob& job = *request.mutable_add_jobs()->add_jobs();
        job.set_name("work");
        job.set_payload(std::string(payload_bytes, 'x'));
    }
    return request;
}

}  // namespace

TEST_CASE("bytes that are no frame end the connection with a reason", "[protocol][R36]") {
    DaemonProcess daemon({"--dev"});
    SECTION("a length beyond the limit") {
        RawClient client(daemon.port());
        client.greet();
        client.send_bytes(std::string("\xff\xff\xff\xff", 4));
        CHECK(last_words(client).reason() == v1::GoAway::REASON_BAD_FRAME);
    }
    SECTION("a large frame before Hello") {
        RawClient client(daemon.port());
        client.send_bytes(std::string("\0\0\x10\x01", 4));
        CHECK(last_words(client).reason() == v1::GoAway::REASON_BAD_FRAME);
    }
    SECTION("garbage of the right length") {
        RawClient client(daemon.port());
        client.greet();
        client.send_bytes(std::string("\0\0\0\x03\xff\xff\xff", 7));
        CHECK(last_words(client).reason() == v1::GoAway::REASON_BAD_FRAME);
        CHECK(client.is_closed_within(std::chrono::seconds(10)));
    }
    SECTION("anything before Hello") {
        RawClient client(daemon.port());
        client.send(add(1, 1));
        CHECK(last_words(client).message().find("Hello") != std::string::npos);
    }
    SECTION("a mebibyte of empty jobs") {
        RawClient client(daemon.port());
        client.greet();
        client.send(add(400'000, 0));
        CHECK(last_words(client).message().find("elements") != std::string::npos);
    }
    RawClient again(daemon.port());
    again.greet();
    CHECK_FALSE(again.call(add(1, 10)).has_status());
}

TEST_CASE("a client of another major protocol is told which one is spoken", "[protocol][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    v1::Envelope hello;
    hello.mutable_hello()->set_protocol_major(9);
    const auto answer = client.call(hello);
    CHECK(answer.status().code() == v1::CODE_UNSUPPORTED_VERSION);
    CHECK(client.is_closed_within(std::chrono::seconds(10)));
}

TEST_CASE("requests over a bound are refused with the bound, and nothing is added", "[protocol][R2][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    const auto too_many = client.call(add(1'001, 1));
    CHECK(too_many.status().code() == v1::CODE_TOO_LARGE);
    CHECK(too_many.status().message().find("1000") != std::string::npos);
    const auto too_large = client.call(add(1, 1024 * 1024 + 1));
    CHECK(too_large.status().code() == v1::CODE_TOO_LARGE);
    v1::Envelope one_bad = add(1'000, 1);
    one_bad.mutable_add_jobs()->mutable_jobs(777)->set_name("no spaces, please");
    const auto refused = client.call(one_bad);
    CHECK(refused.status().code() == v1::CODE_INVALID_ARGUMENT);
    CHECK(refused.status().message().find("jobs[777]") != std::string::npos);
    v1::Envelope metrics;
    metrics.mutable_get_queue_metrics()->set_queue("q");
    CHECK(client.call(metrics).status().code() == v1::CODE_NOT_FOUND);
}

TEST_CASE("a request this broker does not know is refused by its id", "[protocol][R32]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    // Field 130 of the Envelope is nobody's yet.
    client.send_bytes(std::string("\0\0\0\x05\x08\x07\x92\x08\x00", 9));
    CHECK(client.answer_to(7).status().code() == v1::CODE_UNKNOWN_TYPE);
}

TEST_CASE("a client that never reads is dropped, and memory stays bounded", "[protocol][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient slow(daemon.port());
    slow.greet();
    RawClient other(daemon.port());
    other.greet();
    for (int i = 0; i < 20; ++i) other.call(add(1, 1000 * 1000));
    // Five pages of 20 MB each are asked for and never read: the broker must stop reading, not pile up.
    v1::Envelope take;
    take.mutable_take()->add_queues("q");
    take.mutable_take()->set_max_jobs(20);
    slow.send(take);
    CHECK(slow.is_closed_within(std::chrono::seconds(30)));
    // What it held is given to others.
    take.mutable_take()->set_max_jobs(1);
    take.mutable_take()->set_wait_ms(20'000);
    CHECK(other.call(take).take_result().jobs_size() == 1);
}

TEST_CASE("on a low disk adds are refused, completions go on", "[protocol][R36]") {
    test::TemporaryDirectory directory;
    std::string id;
    {
        DaemonProcess daemon({"--data-dir", directory.path(), "--disk-reserve", "0"});
        RawClient client(daemon.port());
        client.greet();
        id = client.call(add(1, 10)).add_jobs_result().jobs(0).id();
    }
    // No disk has a pebibyte to spare.
    DaemonProcess daemon({"--data-dir", directory.path(), "--disk-reserve", "1048576G"});
    RawClient client(daemon.port());
    client.greet();
    const auto refused = client.call(add(1, 10));
    CHECK(refused.status().code() == v1::CODE_DISK_LOW);
    CHECK(refused.status().retriable());
    const auto job = test::take(client, "q").jobs(0);
    CHECK(job.id() == id);
    CHECK(test::complete(client, job, "done") == v1::CODE_UNSPECIFIED);
}
