// Adds that name a queue for each job.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

Result<Answer> add_to(EngineHarness& harness, std::vector<std::string> queues,
                      std::vector<JobSpec> specs) {
    return harness.engine().add_jobs({"", std::move(specs), std::move(queues)});
}
Result<Answer> add_to(EngineHarness& harness, std::vector<std::string> queues) {
    std::vector<JobSpec> specs(queues.size(), job());
    return add_to(harness, std::move(queues), std::move(specs));
}

void bound(EngineHarness& harness, const std::string& queue, std::uint64_t waiting_max) {
    QueueSettings settings;
    settings.waiting_max = waiting_max;
    REQUIRE(harness.engine().set_settings(queue, settings));
    harness.turn();
}

JobSpec throttled(const std::string& key) {
    JobSpec spec = job();
    spec.deduplication = {key, DedupMode::Throttle, 60'000};
    return spec;
}

}  // namespace

TEST_CASE("a request can name a queue for each job: one change, numbers in its order", "[engine][R2]") {
    EngineHarness harness;
    harness.add("b");
    const auto added = add_to(harness, {"a", "b", "b", "a", "c"});
    REQUIRE(added);
    CHECK(added->seq_count == 5);
    CHECK(harness.turn().changes.added.size() == 5);
    CHECK(harness.count("a", JobState::Waiting) == 2);
    CHECK(harness.count("b", JobState::Waiting) == 3);
    CHECK(harness.count("c", JobState::Waiting) == 1);
    harness.restart();
    CHECK(harness.count("a", JobState::Waiting) == 2);
    const auto worker = harness.worker();
    CHECK(raw(harness.take_one(worker, "a").seq) == raw(added->first_seq));
    CHECK(raw(harness.take_one(worker, "c").seq) == raw(added->first_seq) + 4);
}

TEST_CASE("of a request that names queues each job is refused as by itself, and then none is added",
          "[engine][R2]") {
    EngineHarness harness;
    const auto refusal = [&](std::vector<std::string> queues) {
        const auto refused = add_to(harness, std::move(queues));
        REQUIRE_FALSE(refused);
        CHECK(harness.turn().changes.empty());
        return refused.error();
    };
    CHECK(refusal({"a", "no spaces", "b"}).detail.find("jobs[1]") != std::string::npos);
    CHECK(refusal({"a", ""}).code == Code::InvalidArgument);
    const auto unequal = harness.engine().add_jobs({"", std::vector<JobSpec>(3, job()), {"a", "b"}});
    REQUIRE_FALSE(unequal);
    CHECK(unequal.code() == Code::InvalidArgument);
    CHECK(unequal.error().detail.find("2 for 3 jobs") != std::string::npos);
    const auto both = harness.engine().add_jobs({"q", std::vector<JobSpec>(1, job()), {"a"}});
    CHECK(both.code() == Code::InvalidArgument);
    CHECK(both.error().detail.find("\"q\" beside queues") != std::string::npos);
    CHECK(harness.engine().add_jobs({"", {}, {}}).code() == Code::InvalidArgument);
    std::vector<JobSpec> specs(2, job());
    specs[1].priority = 256;
    CHECK(add_to(harness, {"a", "b"}, specs).error().detail.find("jobs[1]") != std::string::npos);
    CHECK_FALSE(harness.engine().queue_view("a"));
    CHECK(harness.engine().job_count() == 0);
}

TEST_CASE("a full queue refuses a request that has too many jobs for it, wherever they stand in it",
          "[engine][R3]") {
    EngineHarness harness;
    bound(harness, "small", 2);
    const auto refused = add_to(harness, {"small", "wide", "small", "wide", "small"});
    CHECK(refused.code() == Code::QueueFull);
    const std::string& detail = refused.error().detail;
    CHECK(detail.find("jobs[4]") != std::string::npos);
    CHECK(detail.find("none was added") == detail.rfind("none was added"));
    CHECK(refused.error().retry_after_ms > 0);
    CHECK(harness.engine().job_count() == 0);
    CHECK(add_to(harness, {"small", "wide", "small", "wide"}));
    harness.turn();
    CHECK(harness.count("small", JobState::Waiting) == 2);
    CHECK(add_to(harness, {"wide", "small"}).code() == Code::QueueFull);
}

TEST_CASE("ids and keys of a request that names queues are those of each queue", "[engine][R12]") {
    EngineHarness harness;
    JobSpec named = job();
    named.id = "invoice-7";
    const auto added =
        add_to(harness, {"a", "b", "a", "a"}, {named, named, named, throttled("k")});
    REQUIRE(added);
    REQUIRE(added->items.size() == 4);
    CHECK(added->items[0].outcome == 1);
    CHECK(added->items[1].outcome == 1);
    CHECK(added->items[2].outcome == 2);
    CHECK(added->items[2].seq == added->items[0].seq);
    harness.turn();
    const auto again = add_to(harness, {"b", "a"}, {throttled("k"), throttled("k")});
    REQUIRE(again);
    CHECK(again->items[1].outcome == 3);
    CHECK(again->items[1].seq == added->items[3].seq);
    CHECK(harness.turn().changes.added.size() == 1);
}

TEST_CASE("independent jobs of a request are each added or refused as if they had come alone", "[engine][R2]") {
    EngineHarness harness;
    bound(harness, "small", 2);
    std::vector<JobSpec> specs(8, job());
    specs[3].priority = 256;
    specs[6].id = "invoice-7";
    specs[7].id = "invoice-7";
    AddJobs command{"", specs, {"a", "small", "small", "a", "small", "no spaces", "b", "b"}, true};
    const auto added = harness.engine().add_jobs(AddJobs(command));
    REQUIRE(added);
    REQUIRE(added->items.size() == 8);
    std::vector<Code> codes;
    for (const auto& item : added->items) codes.push_back(item.code);
    CHECK(codes == std::vector<Code>{Code::Ok, Code::Ok, Code::Ok, Code::InvalidArgument, Code::QueueFull,
                                     Code::InvalidArgument, Code::Ok, Code::Ok});
    CHECK(added->items[3].detail.find("256") != std::string::npos);
    CHECK(added->items[3].detail.find("none was added") == std::string::npos);
    CHECK(added->items[4].detail.find("none was added") == std::string::npos);
    CHECK(added->items[4].retry_after_ms > 0);
    CHECK(added->items[7].outcome == 2);
    CHECK(added->items[7].seq == added->items[6].seq);
    CHECK(harness.turn().changes.added.size() == 4);
    CHECK(harness.count("a", JobState::Waiting) == 1);
    CHECK(harness.count("small", JobState::Waiting) == 2);
    CHECK_FALSE(harness.engine().queue_view("no spaces"));

    const auto one_queue = harness.engine().add_jobs({"a", std::vector<JobSpec>(3, job()), {}, true});
    REQUIRE(one_queue);
    CHECK(one_queue->seq_count == 3);
    command.jobs.pop_back();
    CHECK(harness.engine().add_jobs(AddJobs(command)).code() == Code::InvalidArgument);
}

TEST_CASE("an independent job whose queue would be one too many is refused, and the others added", "[engine][R36]") {
    EngineHarness harness(2);
    const auto added = harness.engine().add_jobs(
        {"", std::vector<JobSpec>(4, job()), {"a", "b", "c", "a"}, true});
    REQUIRE(added);
    REQUIRE(added->items.size() == 4);
    CHECK(added->items[2].code == Code::MemoryLimit);
    CHECK(added->items[3].code == Code::Ok);
    harness.turn();
    CHECK(harness.engine().job_count() == 3);
}
