// Logs, checkpoints and the numbers of the last minutes on the wire.
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "support/daemon_process.h"
#include "support/requests.h"
#include "support/temporary_directory.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

v1::BeatItem& beat_item(v1::Envelope& request, const v1::DeliveredJob& job) {
    v1::BeatItem& item = *request.mutable_beat()->add_items();
    item.set_queue(job.queue());
    item.set_id(job.id());
    item.set_token(job.token());
    return item;
}

v1::Code say(RawClient& client, const v1::DeliveredJob& job, const std::vector<std::string>& lines) {
    v1::Envelope request;
    v1::BeatItem& item = beat_item(request, job);
    for (const auto& line : lines) item.add_log_lines(line);
    return client.call(request).beat_result().statuses(0).code();
}

v1::Code save(RawClient& client, const v1::DeliveredJob& job, const std::string& checkpoint) {
    v1::Envelope request;
    beat_item(request, job).set_checkpoint(checkpoint);
    return client.call(request).beat_result().statuses(0).code();
}

v1::Envelope log_of(RawClient& client, const std::string& queue, const std::string& id,
                    std::uint64_t after = 0, std::uint32_t limit = 0) {
    v1::Envelope request;
    request.mutable_get_log()->set_queue(queue);
    request.mutable_get_log()->set_id(id);
    request.mutable_get_log()->set_after(after);
    request.mutable_get_log()->set_limit(limit);
    return client.call(request);
}

v1::Envelope checkpoint_of(RawClient& client, const std::string& queue, const std::string& id) {
    v1::Envelope request;
    request.mutable_get_checkpoint()->set_queue(queue);
    request.mutable_get_checkpoint()->set_id(id);
    return client.call(request);
}

v1::QueueMetrics all_metrics(RawClient& client, const std::string& queue) {
    v1::Envelope request;
    request.mutable_get_queue_metrics()->set_queue(queue);
    request.mutable_get_queue_metrics()->set_by_name(true);
    request.mutable_get_queue_metrics()->set_history_minutes(120);
    return client.call(request).queue_metrics();
}

v1::JobOptions attempts(std::uint32_t count) {
    v1::JobOptions options;
    options.set_attempts(count);
    return options;
}

}  // namespace

TEST_CASE("the log of a job is read in order and in parts, also after kill -9 of the daemon",
          "[protocol][log][R7][R20]") {
    TemporaryDirectory directory;
    std::string id;
    {
        DaemonProcess daemon({"--data-dir", directory.path(), "--disk-reserve", "0"});
        RawClient client(daemon.port());
        client.greet();
        id = add_one(client, "q", "x");
        CHECK(log_of(client, "q", id).get_log_result().total() == 0);
        const auto job = take(client, "q").jobs(0);
        for (int part = 0; part < 3; ++part) {
            std::vector<std::string> lines;
            for (int i = 0; i < 50; ++i) lines.push_back("line " + std::to_string(part * 50 + i + 1));
            REQUIRE(say(client, job, lines) == v1::CODE_UNSPECIFIED);
        }
        v1::Envelope last;
        v1::FinishItem& item = finish_item(last, job);
        item.mutable_complete();
        item.add_log_lines("done");
        CHECK(client.call(last).finish_result().statuses(0).code() == v1::CODE_UNSPECIFIED);
        daemon.kill();
    }
    DaemonProcess daemon({"--data-dir", directory.path(), "--disk-reserve", "0"});
    RawClient client(daemon.port());
    client.greet();
    const auto all = log_of(client, "q", id).get_log_result();
    REQUIRE(all.lines_size() == 100);
    CHECK(all.total() == 151);
    CHECK(all.state() == v1::JOB_STATE_COMPLETED);
    CHECK(all.lines(0).number() == 52);
    CHECK(all.lines(0).text() == "line 52");
    CHECK(all.lines(99).text() == "done");
    CHECK(all.lines(99).time_ms() >= all.lines(0).time_ms());
    CHECK(all.lines(0).time_ms() > 1'600'000'000'000);
    const auto part = log_of(client, "q", id, 100, 2).get_log_result();
    REQUIRE(part.lines_size() == 2);
    CHECK(part.lines(0).number() == 101);
    CHECK(part.lines(1).number() == 102);
    CHECK(log_of(client, "q", id, 151).get_log_result().lines_size() == 0);
    CHECK(get_job(client, "q", id).log_lines() == 151);
    CHECK(log_of(client, "q", id, 0, 101).status().message() == "limit: 101 is not in 1..100");
    CHECK(log_of(client, "q", "j0-9-9").status().code() == v1::CODE_NOT_FOUND);
}

TEST_CASE("lines that are sent again under their number are written once", "[protocol][log][R12][R20]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    const auto welcome = client.greet("worker-1");
    const auto id = add_one(client, "q", "x");
    const auto job = take(client, "q", 1, 0, 60'000).jobs(0);
    v1::Envelope request;
    request.set_id(100);
    beat_item(request, job).add_log_lines("once");
    CHECK(client.call(request).beat_result().statuses(0).code() == v1::CODE_UNSPECIFIED);
    client.drop();
    RawClient again(daemon.port());
    REQUIRE(again.greet("worker-1", welcome.session_id()).resumed());
    CHECK(again.call(request).beat_result().statuses(0).code() == v1::CODE_UNSPECIFIED);
    CHECK(log_of(again, "q", id).get_log_result().total() == 1);
}

TEST_CASE("a later attempt is delivered with the checkpoint, also after a restart and a lost lease",
          "[protocol][checkpoint][R20][R34]") {
    TemporaryDirectory directory;
    const std::string large(300'000, 'c');
    std::string id;
    {
        DaemonProcess daemon({"--data-dir", directory.path(), "--disk-reserve", "0"});
        RawClient client(daemon.port());
        client.greet();
        id = add_one(client, "q", "payload", attempts(5));
        auto job = take(client, "q").jobs(0);
        CHECK_FALSE(job.has_checkpoint());
        REQUIRE(save(client, job, "small") == v1::CODE_UNSPECIFIED);
        CHECK(checkpoint_of(client, "q", id).checkpoint().data() == "small");
        fail(client, job, "broke");
        job = take(client, "q").jobs(0);
        CHECK(job.checkpoint() == "small");
        CHECK(job.payload() == "payload");
        REQUIRE(save(client, job, large) == v1::CODE_UNSPECIFIED);
        fail(client, job, "broke");
        daemon.kill();
    }
    DaemonProcess daemon({"--data-dir", directory.path(), "--disk-reserve", "0"});
    RawClient client(daemon.port());
    client.greet();
    CHECK(get_job(client, "q", id).checkpoint_bytes() == large.size());
    auto job = take(client, "q").jobs(0);
    CHECK(job.checkpoint() == large);
    REQUIRE(save(client, job, "") == v1::CODE_UNSPECIFIED);
    fail(client, job, "broke");
    subscribe(client, "q", 1);
    job = client.receive_push().deliver().jobs(0);
    CHECK(job.has_checkpoint());
    CHECK(job.checkpoint().empty());
    CHECK(complete(client, job, "done") == v1::CODE_UNSPECIFIED);
    const auto gone = checkpoint_of(client, "q", id);
    CHECK_FALSE(gone.has_status());
    CHECK_FALSE(gone.checkpoint().has_data());
    CHECK(checkpoint_of(client, "q", "j0-9-9").status().code() == v1::CODE_NOT_FOUND);
}

TEST_CASE("jobs with the largest payload, checkpoint and result fit through one connection",
          "[protocol][checkpoint][R20][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    const std::string megabyte(1024 * 1024, 'm');
    for (int i = 0; i < 6; ++i) {
        add_one(client, "q", megabyte, attempts(2));
        const auto job = take(client, "q").jobs(0);
        REQUIRE(save(client, job, megabyte) == v1::CODE_UNSPECIFIED);
        v1::Envelope later;
        finish_item(later, job).mutable_delay()->set_delay_ms(600'000);
        client.call(later);
    }
    v1::Envelope promote;
    promote.mutable_promote_jobs()->set_queue("q");
    promote.mutable_promote_jobs()->set_all(true);
    REQUIRE(client.call(promote).bulk_result().changed() == 6);
    subscribe(client, "q", 6);
    for (int i = 0; i < 6; ++i) {
        const auto push = client.receive_push();
        REQUIRE(push.deliver().jobs_size() == 1);
        CHECK((push.deliver().jobs(0).checkpoint() == megabyte));
        CHECK((push.deliver().jobs(0).payload() == megabyte));
    }
}

TEST_CASE("lines, checkpoints and progress of a lease that is no more are refused",
          "[protocol][log][checkpoint][R20][R22]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    const auto id = add_one(client, "q", "x");
    const auto job = take(client, "q").jobs(0);
    v1::Envelope release;
    finish_item(release, job).mutable_release();
    client.call(release);
    CHECK(say(client, job, {"late"}) == v1::CODE_STALE_LEASE);
    CHECK(save(client, job, "late") == v1::CODE_STALE_LEASE);
    CHECK(log_of(client, "q", id).get_log_result().total() == 0);
    const auto held = take(client, "q").jobs(0);
    CHECK_FALSE(held.has_checkpoint());
    CHECK(say(client, held, {std::string(4'097, 'x')}) == v1::CODE_TOO_LARGE);
    CHECK(save(client, held, std::string(1024 * 1024 + 1, 'x')) == v1::CODE_TOO_LARGE);
    remove(client, "q", id);
    CHECK(say(client, held, {"late"}) == v1::CODE_NOT_FOUND);
}

TEST_CASE("metrics tell of the last minutes, per name and per minute, and begin anew with a boot",
          "[protocol][history][R8]") {
    TemporaryDirectory directory;
    {
        DaemonProcess daemon({"--data-dir", directory.path(), "--disk-reserve", "0"});
        RawClient client(daemon.port());
        client.greet();
        add_one(client, "q", "x");
        CHECK(all_metrics(client, "q").oldest_waiting_age_ms() > 0);
        complete(client, take(client, "q").jobs(0), "");
        add_one(client, "q", "x");
        fail(client, take(client, "q").jobs(0), "broke");
        const auto told = all_metrics(client, "q");
        CHECK(told.since_ms() > 1'600'000'000'000);
        CHECK(told.oldest_waiting_age_ms() == 0);
        CHECK(told.recent().added() == 2);
        CHECK(told.recent().completed() == 1);
        CHECK(told.recent().failed() == 1);
        CHECK(told.recent().failure_rate() == 0.5);
        CHECK(told.recent().added_per_second() > 0);
        CHECK(told.recent().time_in_queue().count() == 2);
        CHECK(told.recent().processing_time().count() == 2);
        CHECK(told.recent().processing_time().p99_ms() <= told.recent().processing_time().max_ms());
        REQUIRE(told.by_name_size() == 1);
        CHECK(told.by_name(0).name() == "work");
        CHECK(told.by_name(0).completed_total() == 1);
        REQUIRE(told.history_size() >= 1);
        std::uint64_t added = 0;
        for (const auto& minute : told.history()) added += minute.added();
        CHECK(added == 2);
        CHECK(metrics(client, "q").by_name_size() == 0);
        CHECK(metrics(client, "q").history_size() == 0);
        v1::Envelope list;
        list.mutable_list_queues();
        const auto listed = client.call(list).list_queues_result().queues(0);
        CHECK(listed.recent().completed() == 1);
        CHECK_FALSE(listed.recent().has_time_in_queue());
        v1::Envelope too_many;
        too_many.mutable_get_queue_metrics()->set_queue("q");
        too_many.mutable_get_queue_metrics()->set_history_minutes(121);
        CHECK(client.call(too_many).status().message() == "history_minutes: 121 is not in 0..120");
        daemon.stop();
    }
    DaemonProcess daemon({"--data-dir", directory.path(), "--disk-reserve", "0"});
    RawClient client(daemon.port());
    client.greet();
    const auto told = all_metrics(client, "q");
    CHECK(told.since_ms() == 0);
    CHECK_FALSE(told.has_recent());
    CHECK(told.added_total() == 2);
    CHECK(told.failed_total() == 1);
}
