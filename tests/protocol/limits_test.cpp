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

TEST_CASE("a Take has as many large jobs as fit into its frame", "[protocol][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    for (int i = 0; i < 10; ++i) client.call(add(1, 1000 * 1000));
    const auto taken = test::take(client, "q", 10);
    CHECK(taken.jobs_size() >= 1);
    CHECK(taken.ByteSizeLong() <= wire::kFrameBytesMax);
    CHECK(test::metrics(client, "q").waiting() == 10u - static_cast<unsigned>(taken.jobs_size()));
}

TEST_CASE("large jobs come in frames within the limit to a client that reads", "[protocol][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    constexpr int kJobs = 30;
    for (int i = 0; i < kJobs; ++i) client.call(add(1, 1000 * 1000));
    test::subscribe(client, "q", kJobs);
    int delivered = 0;
    while (delivered < kJobs) {
        const auto push = client.receive_push();
        REQUIRE(push.has_deliver());
        CHECK(push.ByteSizeLong() <= wire::kFrameBytesMax);
        delivered += push.deliver().jobs_size();
    }
    CHECK(delivered == kJobs);
}

TEST_CASE("a worker that does not read gets no more than fits, others get the rest", "[protocol][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient slow(daemon.port());
    slow.greet();
    RawClient other(daemon.port());
    other.greet();
    constexpr int kJobs = 40;
    for (int i = 0; i < kJobs; ++i) other.call(add(1, 1000 * 1000));
    test::subscribe(slow, "q", 1'000);
    int taken = 0;
    while (true) {
        const auto got = test::take(other, "q", 10, 500);
        if (got.jobs_size() == 0) break;
        taken += got.jobs_size();
    }
    // The kernel's buffers hold a few megabytes, the broker's outbox a few more.
    CHECK(taken > kJobs / 3);
    CHECK(test::metrics(other, "q").active() == kJobs);
}

TEST_CASE("a client that asks for much and reads late gets all of it", "[protocol][R7][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    constexpr int kJobs = 12;
    std::vector<std::string> ids;
    for (int i = 0; i < kJobs; ++i)
        ids.push_back(client.call(add(1, 1000 * 1000)).add_jobs_result().jobs(0).id());
    const auto taken = test::take(client, "q");
    CHECK(test::complete(client, taken.jobs(0), std::string(1000 * 1000, 'r')) == v1::CODE_UNSPECIFIED);
    // Twelve megabytes of looks and twelve of results are asked for before anything is read.
    for (std::uint64_t i = 0; i < 2 * kJobs; ++i) {
        v1::Envelope request;
        request.set_id(1'000 + i);
        if (i % 2 == 0) {
            request.mutable_get_job()->set_queue("q");
            request.mutable_get_job()->set_id(ids[i / 2]);
        } else {
            request.mutable_wait_result()->set_queue("q");
            request.mutable_wait_result()->set_id(taken.jobs(0).id());
        }
        client.send(request);
    }
    for (std::uint64_t i = 0; i < 2 * kJobs; ++i) {
        const auto answer = client.answer_to(1'000 + i);
        if (i % 2 == 0)
            CHECK(answer.get_job_result().job().payload().size() == 1000 * 1000);
        else
            CHECK(answer.job_result().result().size() == 1000 * 1000);
    }
}

TEST_CASE("a page of large jobs is short and has a cursor", "[protocol][R7][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    constexpr int kJobs = 7;
    for (int i = 0; i < kJobs; ++i) client.call(add(1, 1000 * 1000));
    v1::Envelope list;
    list.mutable_list_jobs()->set_queue("q");
    list.mutable_list_jobs()->set_with_payload(true);
    list.mutable_list_jobs()->set_state(GENERATE(v1::JOB_STATE_WAITING, v1::JOB_STATE_UNSPECIFIED));
    int jobs = 0;
    int pages = 0;
    do {
        const auto answer = client.call(list);
        REQUIRE(answer.list_jobs_result().jobs_size() >= 1);
        jobs += answer.list_jobs_result().jobs_size();
        list.mutable_list_jobs()->set_cursor(answer.list_jobs_result().next_cursor());
        REQUIRE(++pages <= kJobs);
    } while (!list.list_jobs().cursor().empty());
    CHECK(jobs == kJobs);
    CHECK(pages > 1);
}

TEST_CASE("results that are too large together are cut, and can be asked for", "[protocol][R10][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient producer(daemon.port());
    producer.greet();
    RawClient worker(daemon.port());
    worker.greet();
    constexpr int kJobs = 4;
    v1::Envelope request = add(kJobs, 10);
    request.mutable_add_jobs()->set_wait_ms(60'000);
    request.set_id(500);
    producer.send(request);
    for (int i = 0; i < kJobs; ++i) {
        const auto taken = test::take(worker, "q", 1, 10'000);
        REQUIRE(taken.jobs_size() == 1);
        test::complete(worker, taken.jobs(0), std::string(600 * 1000, 'r'));
    }
    const auto answer = producer.answer_to(500).add_jobs_result();
    REQUIRE(answer.results_size() == kJobs);
    int cut = 0;
    for (const auto& result : answer.results()) {
        CHECK(result.outcome() == v1::JobResult::OUTCOME_COMPLETED);
        CHECK(result.result().size() == (result.is_cut() ? 0u : 600'000u));
        if (!result.is_cut()) continue;
        ++cut;
        v1::Envelope wait;
        wait.mutable_wait_result()->set_queue("q");
        wait.mutable_wait_result()->set_id(result.id());
        CHECK(producer.call(wait).job_result().result().size() == 600'000u);
    }
    CHECK(cut == kJobs - 1);
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
