// The rules of the contract as a client sees them on the wire.
#include <catch2/catch.hpp>

#include <vector>

#include "support/daemon_process.h"
#include "support/requests.h"
#include "support/temporary_directory.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

v1::JobOptions with_priority(std::uint32_t priority, bool lifo = false) {
    v1::JobOptions options;
    options.set_priority(priority);
    options.set_lifo(lifo);
    return options;
}

std::vector<std::string> payloads(const v1::TakeResult& taken) {
    std::vector<std::string> all;
    for (const auto& job : taken.jobs()) all.push_back(job.payload());
    return all;
}

using Order = std::vector<std::string>;

}  // namespace

TEST_CASE("lower priorities run first, equal ones in order, lifo at the head", "[protocol][R3]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    add_one(client, "q", "low", with_priority(3));
    add_one(client, "q", "normal 1");
    add_one(client, "q", "normal 2");
    add_one(client, "q", "urgent", with_priority(0));
    add_one(client, "q", "normal head", with_priority(2, true));
    add_one(client, "q", "last", with_priority(255));
    CHECK(payloads(take(client, "q", 10)) ==
          Order{"urgent", "normal head", "normal 1", "normal 2", "low", "last"});
}

TEST_CASE("a delayed job waits for its time, a promoted one does not", "[protocol][R4]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    v1::JobOptions options;
    options.set_delay_ms(300);
    const auto begun = std::chrono::steady_clock::now();
    add_one(client, "q", "soon", options);
    options.set_delay_ms(3'600'000);
    const std::string later = add_one(client, "q", "later", options);
    CHECK(metrics(client, "q").delayed() == 2);
    CHECK(payloads(take(client, "q", 10)).empty());
    CHECK(payloads(take(client, "q", 1, 20'000)) == Order{"soon"});
    CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds(300));
    CHECK(get_job(client, "q", later).state() == v1::JOB_STATE_DELAYED);
    v1::Envelope promote;
    promote.mutable_promote_jobs()->set_queue("q");
    promote.mutable_promote_jobs()->add_ids(later);
    CHECK(client.call(promote).bulk_result().changed() == 1);
    CHECK(payloads(take(client, "q", 1)) == Order{"later"});
}

TEST_CASE("a job fails after its attempts, with a backoff between them", "[protocol][R5][R7]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    v1::JobOptions options;
    options.set_attempts(3);
    options.mutable_backoff()->set_type(v1::Backoff::TYPE_EXPONENTIAL);
    options.mutable_backoff()->set_delay_ms(20);
    options.mutable_on_failure()->set_queue("dead");
    options.mutable_on_failure()->set_name("bury");
    const std::string id = add_one(client, "q", "fragile", options);
    for (std::uint32_t attempt = 1; attempt <= 3; ++attempt) {
        const auto taken = take(client, "q", 1, 20'000);
        REQUIRE(taken.jobs_size() == 1);
        CHECK(taken.jobs(0).attempt() == attempt);
        CHECK(fail(client, taken.jobs(0), "no " + std::to_string(attempt)) == v1::CODE_UNSPECIFIED);
    }
    const auto job = get_job(client, "q", id);
    CHECK(job.state() == v1::JOB_STATE_FAILED);
    CHECK(job.failed_reason() == "no 3");
    CHECK(job.attempts_made() == 3);
    REQUIRE(job.attempts_size() == 3);
    CHECK(job.attempts(0).error() == "no 1");
    CHECK(job.attempts(1).started_ms() - job.attempts(0).ended_ms() >= 20);
    CHECK(job.attempts(2).started_ms() - job.attempts(1).ended_ms() >= 40);
    CHECK(job.attempts(2).worker() == "raw-client");
    const auto buried = take(client, "dead", 1);
    REQUIRE(buried.jobs_size() == 1);
    CHECK(buried.jobs(0).name() == "bury");
    CHECK(buried.jobs(0).payload() == "fragile");
}

TEST_CASE("counters are what a listing finds, and totals outlive removal", "[protocol][R8]") {
    test::DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    const auto listed = [&](v1::JobState state) {
        v1::Envelope request;
        request.mutable_list_jobs()->set_queue("q");
        request.mutable_list_jobs()->set_state(state);
        return client.call(request).list_jobs_result().jobs_size();
    };
    for (int i = 0; i < 9; ++i) add_one(client, "q", "x", with_priority(i % 2 ? 1 : 2));
    v1::JobOptions delayed;
    delayed.set_delay_ms(60'000);
    add_one(client, "q", "x", delayed);
    const auto taken = take(client, "q", 5);
    complete(client, taken.jobs(0), "1");
    complete(client, taken.jobs(1), "2");
    fail(client, taken.jobs(2), "3");
    const auto seen = metrics(client, "q");
    CHECK(seen.waiting() == 4);
    CHECK(listed(v1::JOB_STATE_WAITING) == 4);
    CHECK(seen.active() == 2);
    CHECK(listed(v1::JOB_STATE_ACTIVE) == 2);
    CHECK(seen.completed() == 2);
    CHECK(listed(v1::JOB_STATE_COMPLETED) == 2);
    CHECK(seen.failed() == 1);
    CHECK(listed(v1::JOB_STATE_FAILED) == 1);
    CHECK(seen.delayed() == 1);
    CHECK(listed(v1::JOB_STATE_DELAYED) == 1);
    CHECK(listed(v1::JOB_STATE_UNSPECIFIED) == 10);
    REQUIRE(seen.waiting_by_priority_size() == 1);
    CHECK(seen.waiting_by_priority(0).priority() == 2);
    CHECK(seen.added_total() == 10);
    v1::Envelope clean;
    clean.mutable_clean_queue()->set_queue("q");
    CHECK(client.call(clean).bulk_result().changed() == 2);
    CHECK(metrics(client, "q").completed() == 0);
    CHECK(metrics(client, "q").completed_total() == 2);
}

TEST_CASE("removing a running job tells its worker and refuses its completion", "[protocol][R9][R22]") {
    DaemonProcess daemon({"--dev"});
    RawClient worker(daemon.port());
    worker.greet();
    RawClient other(daemon.port());
    other.greet();
    const std::string id = add_one(other, "q", "x");
    subscribe(worker, "q", 1);
    const auto job = worker.receive_push().deliver().jobs(0);
    CHECK(remove(other, "q", id) == v1::CODE_UNSPECIFIED);
    const auto notice = worker.receive_push().job_notice();
    CHECK(notice.kind() == v1::JobNotice::KIND_CANCELLED);
    CHECK(notice.token() == job.token());
    CHECK(complete(worker, job, "too late") == v1::CODE_NOT_FOUND);
    CHECK(get(other, "q", id).status().code() == v1::CODE_NOT_FOUND);
    CHECK(remove(other, "q", id) == v1::CODE_NOT_FOUND);
}

TEST_CASE("waits end with the job, with its removal, with time, or at once", "[protocol][R10]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    const std::string id = add_one(client, "q", "x");
    const auto first = client.send(wait_request("q", id));
    const auto second = client.send(wait_request("q", id));
    CHECK(client.call(wait_request("q", id, 1)).job_result().outcome() == v1::JobResult::OUTCOME_TIMED_OUT);
    complete(client, take(client, "q").jobs(0), "done");
    for (const auto wait : {first, second}) {
        const auto result = client.answer_to(wait).job_result();
        CHECK(result.outcome() == v1::JobResult::OUTCOME_COMPLETED);
        CHECK(result.result() == "done");
    }
    v1::JobOptions gone;
    gone.mutable_remove_on_complete()->set_remove(true);
    const std::string brief = add_one(client, "q", "y", gone);
    complete(client, take(client, "q").jobs(0), "and gone");
    CHECK(get(client, "q", brief).status().code() == v1::CODE_NOT_FOUND);
    CHECK(client.call(wait_request("q", brief)).job_result().result() == "and gone");
    const std::string removed = add_one(client, "q", "z");
    const auto third = client.send(wait_request("q", removed));
    remove(client, "q", removed);
    CHECK(client.answer_to(third).job_result().outcome() == v1::JobResult::OUTCOME_REMOVED);
    CHECK(client.call(wait_request("q", "j0-1-99999")).status().code() == v1::CODE_NOT_FOUND);
}

TEST_CASE("an add can wait for the results of all its jobs", "[protocol][R10]") {
    DaemonProcess daemon({"--dev"});
    RawClient producer(daemon.port());
    producer.greet();
    RawClient worker(daemon.port());
    worker.greet();
    v1::Envelope request = add_request("q");
    for (const char* payload : {"a", "b", "c"}) one_more(request, payload);
    request.mutable_add_jobs()->set_wait_ms(20'000);
    const auto id = producer.send(request);
    for (int done = 0; done < 3;) {
        const auto taken = take(worker, "q", 3, 20'000);
        for (const auto& job : taken.jobs()) complete(worker, job, "<" + job.payload() + ">");
        done += taken.jobs_size();
    }
    const auto answer = producer.answer_to(id).add_jobs_result();
    REQUIRE(answer.results_size() == 3);
    CHECK(answer.results(1).result() == "<b>");
    CHECK(answer.results(1).id() == answer.jobs(1).id());
}

TEST_CASE("an attempt that runs too long is ended and counted, a job that starts too late expires",
          "[protocol][R16]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    v1::JobOptions options;
    options.set_timeout_ms(100);
    const std::string slow = add_one(client, "q", "slow", options);
    subscribe(client, "q", 1);
    const auto job = client.receive_push().deliver().jobs(0);
    const auto notice = client.receive_push().job_notice();
    CHECK(notice.kind() == v1::JobNotice::KIND_TIMED_OUT);
    CHECK(complete(client, job, "late") == v1::CODE_STALE_LEASE);
    CHECK(get_job(client, "q", slow).failure_kind() == v1::FAILURE_KIND_TIMEOUT);
    v1::JobOptions brief;
    brief.set_ttl_ms(50);
    const std::string expired = add_one(client, "q", "brief", brief);
    const auto result = client.call(wait_request("q", expired)).job_result();
    CHECK(result.failure_kind() == v1::FAILURE_KIND_EXPIRED);
}

TEST_CASE("release and delay use up no attempt, unrecoverable ends all of them", "[protocol][R19][R23]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    v1::JobOptions options;
    options.set_attempts(5);
    add_one(client, "q", "first", options);
    add_one(client, "q", "second");
    const auto first = take(client, "q").jobs(0);
    v1::Envelope release;
    finish_item(release, first).mutable_release();
    client.call(release);
    const auto again = take(client, "q").jobs(0);
    CHECK(again.payload() == "first");
    CHECK(again.attempt() == 1);
    CHECK(again.token() > first.token());
    v1::Envelope delay;
    finish_item(delay, again).mutable_delay()->set_delay_ms(20);
    client.call(delay);
    CHECK(take(client, "q").jobs(0).payload() == "second");
    const auto third = take(client, "q", 1, 20'000).jobs(0);
    CHECK(third.attempt() == 1);
    CHECK(fail(client, third, "hopeless", true) == v1::CODE_UNSPECIFIED);
    CHECK(get_job(client, "q", third.id()).state() == v1::JOB_STATE_FAILED);
}

TEST_CASE("progress is seen at once, and beats keep a lease", "[protocol][R20][R21]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    const std::string id = add_one(client, "q", "x");
    const auto job = take(client, "q", 1, 0, 1'000).jobs(0);
    v1::Envelope beat;
    v1::BeatItem& item = *beat.mutable_beat()->add_items();
    item.set_queue("q");
    item.set_id(id);
    item.set_token(job.token());
    item.set_progress("25");
    CHECK(client.call(beat).beat_result().statuses(0).code() == v1::CODE_UNSPECIFIED);
    CHECK(get_job(client, "q", id).progress() == "25");
    item.set_token(job.token() + 1);
    CHECK(client.call(beat).beat_result().statuses(0).code() == v1::CODE_STALE_LEASE);
}

TEST_CASE("the jobs of a worker that is gone return to the head, in their order", "[protocol][R3][R21]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    for (const char* payload : {"1", "2", "3", "4", "5"}) add_one(client, "q", payload);
    {
        RawClient doomed(daemon.port());
        doomed.greet();
        CHECK(take(doomed, "q", 3).jobs_size() == 3);
        doomed.drop();
    }
    CHECK(payloads(take(client, "q", 1)) == Order{"4"});
    CHECK(payloads(take(client, "empty", 1, 1'500)).empty());  // Longer than the grace.
    const auto back = take(client, "q", 4, 20'000);
    CHECK(payloads(back) == Order{"1", "2", "3", "5"});
    CHECK(back.jobs(0).stalls() == 1);
    CHECK(back.jobs(0).attempt() == 1);
}

TEST_CASE("a paused queue takes jobs and gives none out", "[protocol][R15]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    v1::Envelope pause;
    pause.mutable_pause_queue()->set_queue("q");
    CHECK_FALSE(client.call(pause).has_status());
    add_one(client, "q", "x");
    CHECK(take(client, "q").jobs_size() == 0);
    CHECK(metrics(client, "q").paused());
    v1::Envelope resume;
    resume.mutable_resume_queue()->set_queue("q");
    client.call(resume);
    CHECK(take(client, "q").jobs_size() == 1);
}

TEST_CASE("a request sent again on another connection gets its first answer", "[protocol][R12][R17]") {
    DaemonProcess daemon({"--dev"});
    v1::Envelope request = add_request("q");
    one_more(request, "once");
    request.set_id(50);
    std::string first;
    {
        RawClient client(daemon.port());
        client.greet("me");
        first = client.call(request).add_jobs_result().jobs(0).id();
    }
    RawClient client(daemon.port());
    client.greet("me");
    CHECK(client.call(request).add_jobs_result().jobs(0).id() == first);
    CHECK(metrics(client, "q").added_total() == 1);
    RawClient other(daemon.port());
    other.greet("other");
    CHECK(other.call(request).add_jobs_result().jobs(0).id() != first);
}

TEST_CASE("a queue's defaults fill in what a producer leaves open, and outlive a restart",
          "[protocol][R5][R34]") {
    TemporaryDirectory directory;
    const std::vector<std::string> arguments{"--data-dir", directory.path(), "--disk-reserve", "0"};
    {
        DaemonProcess daemon(arguments);
        RawClient client(daemon.port());
        client.greet();
        v1::Envelope set;
        set.mutable_set_queue_settings()->set_queue("q");
        v1::QueueSettings& settings = *set.mutable_set_queue_settings()->mutable_settings();
        settings.set_waiting_max(3);
        settings.add_defaults()->mutable_options()->set_attempts(7);
        v1::JobDefaults& own = *settings.add_defaults();
        own.set_name("work");
        own.mutable_options()->set_timeout_ms(5'000);
        own.mutable_options()->mutable_backoff()->set_type(v1::Backoff::TYPE_FIXED);
        own.mutable_options()->mutable_backoff()->set_delay_ms(10);
        CHECK_FALSE(client.call(set).has_status());
        settings.mutable_defaults(0)->mutable_options()->set_attempts(0);
        CHECK(client.call(set).status().code() == v1::CODE_INVALID_ARGUMENT);
    }
    DaemonProcess daemon(arguments);
    RawClient client(daemon.port());
    client.greet();
    const auto open = get_job(client, "q", add_one(client, "q", "x")).options();
    CHECK(open.attempts() == 7);
    CHECK(open.timeout_ms() == 5'000);
    CHECK(open.backoff().delay_ms() == 10);
    v1::JobOptions chosen;
    chosen.set_attempts(1);
    chosen.set_timeout_ms(0);
    const auto own = get_job(client, "q", add_one(client, "q", "x", chosen)).options();
    CHECK(own.attempts() == 1);
    CHECK(own.timeout_ms() == 0);
    add_one(client, "q", "x");
    v1::Envelope one_too_many = add_request("q");
    one_more(one_too_many, "x");
    const auto refused = client.call(one_too_many);
    CHECK(refused.status().code() == v1::CODE_QUEUE_FULL);
    CHECK(refused.status().retriable());
    v1::Envelope get_settings;
    get_settings.mutable_get_queue_settings()->set_queue("q");
    CHECK(client.call(get_settings).queue_settings().waiting_max() == 3);
}

TEST_CASE("a timeout waits for the start of its job where the subscription says so", "[protocol][R16][R18]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    v1::Envelope request;
    request.mutable_subscribe()->set_subscription(1);
    request.mutable_subscribe()->add_queues("q");
    request.mutable_subscribe()->set_timeouts_start_when_told(true);
    client.call(request);
    allow(client, 1, 1);
    v1::JobOptions options;
    options.set_timeout_ms(100);
    const std::string id = add_one(client, "q", "held ahead", options);
    const auto delivered = client.receive_push();
    REQUIRE(delivered.deliver().jobs_size() == 1);
    // Three times its timeout pass in this wait.
    CHECK(client.call(wait_request("q", id, 300)).job_result().outcome() == v1::JobResult::OUTCOME_TIMED_OUT);
    CHECK(get_job(client, "q", id).state() == v1::JOB_STATE_ACTIVE);
    v1::Envelope beat;
    v1::BeatItem& item = *beat.mutable_beat()->add_items();
    item.set_queue("q");
    item.set_id(id);
    item.set_token(delivered.deliver().jobs(0).token());
    item.set_started(true);
    CHECK(client.call(beat).beat_result().statuses(0).code() == v1::CODE_UNSPECIFIED);
    const auto notice = client.receive_push();
    CHECK(notice.job_notice().kind() == v1::JobNotice::KIND_TIMED_OUT);
    CHECK(get_job(client, "q", id).failure_kind() == v1::FAILURE_KIND_TIMEOUT);
}
