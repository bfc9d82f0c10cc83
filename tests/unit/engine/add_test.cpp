// What adding accepts, refuses and answers.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

JobSpec named(std::string id) {
    JobSpec spec = job();
    spec.id = std::move(id);
    return spec;
}

Code code_of(EngineHarness& harness, JobSpec spec) {
    std::vector<JobSpec> specs;
    specs.push_back(std::move(spec));
    return harness.engine().add_jobs({"q", std::move(specs)}).code();
}

// A spec that `change` was applied to.
template <class Change>
JobSpec with(Change change) {
    JobSpec spec = job();
    change(spec);
    return spec;
}

}  // namespace

TEST_CASE("a batch with one invalid job adds none and names its index", "[engine][R2]") {
    EngineHarness harness;
    std::vector<JobSpec> specs(5, job());
    specs[3].priority = 256;
    const auto refused = harness.engine().add_jobs({"q", std::move(specs)});
    REQUIRE_FALSE(refused);
    CHECK(refused.code() == Code::InvalidArgument);
    CHECK(refused.error().detail.find("jobs[3]") != std::string::npos);
    CHECK(refused.error().detail.find("256") != std::string::npos);
    CHECK(harness.turn().changes.empty());
    CHECK(harness.engine().job_count() == 0);
    CHECK_FALSE(harness.engine().queue_view("q"));
}

TEST_CASE("a batch is one change with all its jobs", "[engine][R2]") {
    EngineHarness harness;
    const auto seqs = harness.add_all("q", std::vector<JobSpec>(100, job()));
    CHECK(seqs.size() == 100);
    CHECK(harness.last().changes.added.size() == 100);
    CHECK(harness.last().changes.statuses.empty());
    for (const auto seq : seqs) CHECK(harness.disk().find(seq) != nullptr);
}

TEST_CASE("a chosen id is added once while it is stored", "[engine][R12]") {
    EngineHarness harness;
    const auto first = harness.add("q", named("invoice-7"));
    CHECK(harness.add("q", named("invoice-7")) == first);
    CHECK(harness.add("other", named("invoice-7")) != first);
    CHECK(harness.count("q", JobState::Waiting) == 1);
    harness.complete("q", harness.take_one(harness.worker(), "q"));
    CHECK(harness.add("q", named("invoice-7")) == first);
    REQUIRE(harness.engine().remove_jobs("q", {"invoice-7"}));
    harness.turn();
    CHECK(harness.add("q", named("invoice-7")) != first);
}

TEST_CASE("a chosen id twice in one batch is one job", "[engine][R12]") {
    EngineHarness harness;
    const auto answer =
        harness.engine().add_jobs({"q", {job(), named("a"), named("b"), named("a"), job()}});
    REQUIRE(answer);
    CHECK(answer->seq_count == 0);
    REQUIRE(answer->items.size() == 5);
    const std::vector<int> outcomes{answer->items[0].outcome, answer->items[1].outcome,
                                    answer->items[2].outcome, answer->items[3].outcome,
                                    answer->items[4].outcome};
    CHECK(outcomes == std::vector<int>{1, 1, 1, 2, 1});
    CHECK(answer->items[3].seq == answer->items[1].seq);
    CHECK(answer->items[3].id == "a");
    harness.turn();
    CHECK(harness.engine().job_count() == 4);
}

TEST_CASE("a chosen id is known after a restart", "[engine][R12][R34]") {
    EngineHarness harness;
    const auto first = harness.add("q", named("invoice-7"));
    harness.restart();
    CHECK(harness.add("q", named("invoice-7")) == first);
    CHECK(harness.view("q", "invoice-7").seq == first);
    CHECK_FALSE(harness.engine().find_job({"q", harness.id(first)}));
}

TEST_CASE("ids that look generated are refused", "[engine][R12]") {
    EngineHarness harness;
    CHECK(code_of(harness, named("j0-1-1")) == Code::InvalidArgument);
    CHECK(code_of(harness, named("j00-9999999-1")) == Code::InvalidArgument);
    CHECK(code_of(harness, named("job-1")) == Code::Ok);
}

TEST_CASE("a made id finds its job in its own queue only", "[engine][R7]") {
    EngineHarness harness;
    const auto seq = harness.add("q");
    harness.add("other");
    CHECK(harness.view("q", seq).seq == seq);
    CHECK_FALSE(harness.engine().find_job({"other", harness.id(seq)}));
    CHECK_FALSE(harness.engine().find_job({"q", "j1" + harness.id(seq).substr(2)}));
}

TEST_CASE("every bound on a job is held and said", "[engine][R36]") {
    EngineHarness harness;
    using S = JobSpec;
    const std::vector<std::pair<JobSpec, Code>> wrong{
        {with([](S& s) { s.name = ""; }), Code::InvalidArgument},
        {with([](S& s) { s.name = std::string(129, 'a'); }), Code::InvalidArgument},
        {with([](S& s) { s.name = "no spaces"; }), Code::InvalidArgument},
        {with([](S& s) { s.payload = bytes(std::string(kPayloadBytesMax + 1, 'x')); }),
         Code::TooLarge},
        {with([](S& s) { s.attempts_max = 0; }), Code::InvalidArgument},
        {with([](S& s) { s.attempts_max = kAttemptsMax + 1; }), Code::InvalidArgument},
        {with([](S& s) { s.max_stalled = kStallsMax + 1; }), Code::InvalidArgument},
        {with([](S& s) { s.delay_ms = -1; }), Code::InvalidArgument},
        {with([](S& s) { s.delay_ms = s.run_at_ms = 5; }), Code::InvalidArgument},
        {with([](S& s) { s.timeout_ms = -1; }), Code::InvalidArgument},
        {with([](S& s) { s.ttl_ms = kDurationMaxMs + 1; }), Code::InvalidArgument},
        {with([](S& s) { s.backoff.jitter = 1.01; }), Code::InvalidArgument},
        {with([](S& s) { s.backoff.jitter = std::nan(""); }), Code::InvalidArgument},
        {with([](S& s) { s.backoff.delay_ms = -1; }), Code::InvalidArgument},
        {with([](S& s) { s.on_failure_queue = "a b"; }), Code::InvalidArgument},
        {with([](S& s) { s.keep_completed.age_ms = -1; }), Code::InvalidArgument},
        {with([](S& s) { s.tags.assign(kTagsMax + 1, "t"); }), Code::InvalidArgument},
        {with([](S& s) {
             s.headers.assign(kHeadersMax + 1, {"k", "v"});
         }),
         Code::InvalidArgument},
        {with([](S& s) {
             s.headers = {{"k", std::string(kHeaderBytesMax, 'v')}};
         }),
         Code::TooLarge},
    };
    for (std::size_t i = 0; i < wrong.size(); ++i) {
        INFO("case " << i);
        CHECK(code_of(harness, wrong[i].first) == wrong[i].second);
    }
    CHECK(harness.engine().add_jobs({"q", {}}).code() == Code::InvalidArgument);
    CHECK(harness.engine().add_jobs({"q", std::vector<JobSpec>(1'001, job())}).code() ==
          Code::TooLarge);
    CHECK(harness.engine().add_jobs({"", {job()}}).code() == Code::InvalidArgument);
    CHECK(harness.engine().job_count() == 0);
}

TEST_CASE("jobs that share name and options share one class", "[engine][R36]") {
    EngineHarness harness;
    JobSpec other = job();
    other.attempts_max = 2;
    harness.add_all("q", {job(), job(), other, job()});
    harness.add("p");
    const auto worker = harness.worker();
    auto held = harness.take(worker, "q", 10);
    REQUIRE(held.size() == 4);
    CHECK(held[0].job_class == held[1].job_class);
    CHECK(held[0].job_class == held[3].job_class);
    CHECK(held[0].job_class != held[2].job_class);
    CHECK(harness.take_one(worker, "p").job_class != held[0].job_class);
}

TEST_CASE("classes are counted and let go with their last job", "[engine][R36]") {
    ClassTable classes;
    JobClass wanted;
    wanted.name = "a";
    const auto first = classes.acquire(JobClass(wanted), 1);
    CHECK(classes.acquire(JobClass(wanted), 1) == first);
    wanted.name = "b";
    const auto second = classes.acquire(JobClass(wanted), 1);
    CHECK(second != first);
    classes.release(first);
    CHECK(classes.size() == 2);
    classes.release(first);
    CHECK(classes.size() == 1);
    CHECK(classes.acquire(std::make_shared<const JobClass>(wanted), 1) == second);
}
