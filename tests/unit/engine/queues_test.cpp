// How many queues there may be, which of them stay, and how they are listed.
#include "support/engine_harness.h"

#include "engine/memory.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

JobSpec with_dead_letter(const std::string& queue) {
    JobSpec spec = job();
    spec.on_failure_queue = queue;
    return spec;
}

Result<Answer> add_to(EngineHarness& harness, const std::string& queue, JobSpec spec = job()) {
    std::vector<JobSpec> specs;
    specs.push_back(std::move(spec));
    return harness.engine().add_jobs({queue, std::move(specs)});
}

QueueSettings with_target(const std::string& queue) {
    QueueSettings settings;
    settings.defaults[""].on_failure_queue = queue;
    return settings;
}

std::vector<std::string> names(const QueuePage& page) {
    std::vector<std::string> all;
    for (const auto& queue : page.queues) all.push_back(queue.record.name);
    return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("one queue too many is refused whatever would make it, and nothing is made",
          "[engine][R36]") {
    EngineHarness harness(2);
    auto& engine = harness.engine();
    const auto worker = harness.worker();
    harness.add("a");
    harness.add("b");
    CHECK(add_to(harness, "c").code() == Code::MemoryLimit);
    CHECK(add_to(harness, "a", with_dead_letter("c")).code() == Code::MemoryLimit);
    CHECK(engine.subscribe(worker, {1, {"a", "c"}, 0}).code() == Code::MemoryLimit);
    CHECK(engine.take(worker, {{"c"}, 1, 0, 0, 7}).code() == Code::MemoryLimit);
    CHECK(engine.pause({"c", ""}).code() == Code::MemoryLimit);
    CHECK(engine.set_settings("c", {}).code() == Code::MemoryLimit);
    CHECK(engine.set_settings("a", with_target("c")).code() == Code::MemoryLimit);
    CHECK(add_to(harness, "c").error().detail.find("at most 2") != std::string::npos);
    CHECK(engine.is_quiet());
    CHECK(engine.queue_count() == 2);
    CHECK(harness.count("a", JobState::Waiting) == 1);
    CHECK(add_to(harness, "a", with_dead_letter("b")));
    CHECK(engine.subscribe(worker, {1, {"a", "b"}, 0}));
    CHECK(engine.set_settings("a", with_target("b")));
}

TEST_CASE("of a request that needs several queues all are made or none", "[engine][R2][R36]") {
    EngineHarness harness(3);
    std::vector<JobSpec> specs{with_dead_letter("d1"), with_dead_letter("d2"),
                               with_dead_letter("d3")};
    auto three = specs;
    CHECK(harness.engine().add_jobs({"q", std::move(three)}).code() == Code::MemoryLimit);
    CHECK(harness.engine().queue_count() == 0);
    specs.pop_back();
    CHECK(harness.engine().add_jobs({"q", std::move(specs)}));
    harness.turn();
    CHECK(harness.engine().queue_count() == 3);
}

TEST_CASE("queues over a bound that was lowered are all recovered", "[engine][R34][R36]") {
    EngineHarness many;
    for (const char* name : {"a", "b", "c"}) many.add(name);
    EngineOptions options;
    options.epoch = Epoch{9};
    options.now_ms = many.now();
    options.queues_max = 1;
    Engine few(options);
    many.disk().recover(few.recovery());
    few.recovery().finish();
    CHECK(few.queue_count() == 3);
    CHECK(few.pause({"d", ""}).code() == Code::MemoryLimit);
    CHECK(few.pause({"a", ""}));
}

TEST_CASE("a dead letter has its queue though no further one could be made", "[engine][R5][R36]") {
    EngineHarness harness(3);
    JobSpec spec = with_dead_letter("dead");
    spec.keep_failed = {0, {}};
    harness.add("q", spec);
    CHECK(harness.count("dead", JobState::Waiting) == 0);
    harness.add("other");
    for (int day = 0; day < 3; ++day) harness.pass(kDayMs);
    harness.restart();
    for (int day = 0; day < 3; ++day) harness.pass(kDayMs);
    harness.add("dead");
    CHECK(add_to(harness, "more").code() == Code::MemoryLimit);
    harness.fail("q", harness.take_one(harness.worker(), "q"));
    CHECK(harness.count("dead", JobState::Waiting) == 2);
    CHECK(harness.count("q", JobState::Failed) == 0);
}

TEST_CASE("settings that send dead letters on keep the queue they name", "[engine][R5][R36]") {
    EngineHarness harness(3);
    REQUIRE(harness.engine().set_settings("q", with_target("dead")));
    REQUIRE(harness.engine().set_settings("dead", with_target("last")));
    harness.turn();
    harness.restart();
    for (int day = 0; day < 3; ++day) harness.pass(kDayMs);
    CHECK(harness.engine().queue_count() == 3);
    harness.add("q");
    const auto worker = harness.worker();
    harness.fail("q", harness.take_one(worker, "q"));
    harness.fail("dead", harness.take_one(worker, "dead"));
    CHECK(harness.count("last", JobState::Waiting) == 1);
}

TEST_CASE("the queue of dead letters is forgotten when nothing names it any more", "[engine][R36]") {
    EngineHarness harness;
    const auto seq = harness.add("q", with_dead_letter("dead"));
    REQUIRE(harness.engine().set_settings("q", with_target("also-dead")));
    harness.turn();
    for (int day = 0; day < 3; ++day) harness.pass(kDayMs);
    CHECK(harness.engine().queue_count() == 3);
    REQUIRE(harness.engine().remove_jobs("q", {harness.id(seq)}));
    REQUIRE(harness.engine().set_settings("q", {}));
    harness.turn();
    for (int day = 0; day < 3; ++day) harness.pass(kDayMs);
    CHECK(harness.engine().queue_count() == 0);
    CHECK(harness.disk().queues().empty());
}

TEST_CASE("defaults that say nothing are no settings", "[engine][R5][R36]") {
    EngineHarness harness;
    QueueSettings nothing;
    nothing.defaults["work"] = {};
    REQUIRE(harness.engine().set_settings("q", nothing));
    CHECK(harness.engine().queue_view("q")->controls.settings == nullptr);
}

TEST_CASE("the place of a forgotten queue is used again", "[engine][R36]") {
    Memory memory(ShardId{}, Epoch{1}, 1);
    for (int round = 0; round < 100; ++round) {
        const QueueIndex first = memory.find_or_create_queue("a" + std::to_string(round)).index;
        const QueueIndex second = memory.find_or_create_queue("b" + std::to_string(round)).index;
        CHECK(first != second);
        memory.forget_queue(first);
        memory.forget_queue(second);
    }
    CHECK(memory.queues.size() == 3);
    CHECK(memory.queue_names.size() == 0);
}

TEST_CASE("a queue in a forgotten one's place begins with nothing", "[engine][R36]") {
    EngineHarness harness(1);
    const auto worker = harness.worker();
    JobSpec spec = job();
    spec.keep_completed = {0, {}};
    harness.add("old", spec);
    harness.complete("old", harness.take_one(worker, "old"));
    for (int day = 0; day < 3; ++day) harness.pass(kDayMs);
    CHECK_FALSE(harness.engine().queue_view("old"));
    const auto seq = harness.add("new");
    CHECK(harness.engine().queue_view("new")->record.added_total == 1);
    CHECK(harness.engine().queue_view("new")->workers == 0);
    harness.restart();
    CHECK(harness.state("new", seq) == JobState::Waiting);
    CHECK(harness.take_one(harness.worker(), "new").seq == seq);
}

TEST_CASE("a session opens so many subscriptions and no more", "[engine][R36]") {
    EngineHarness harness;
    auto& engine = harness.engine();
    const auto worker = harness.worker();
    for (std::uint32_t i = 1; i <= kSubscriptionsPerSessionMax; ++i)
        REQUIRE(engine.subscribe(worker, {i, {"q"}, 0}));
    const auto refused = engine.subscribe(worker, {5'000, {"q"}, 0});
    CHECK(refused.code() == Code::TooManyInflight);
    CHECK(refused.error().detail.find("1024") != std::string::npos);
    CHECK(engine.queue_view("q")->workers == kSubscriptionsPerSessionMax);
    CHECK(engine.take(worker, {{"q"}, 1, 1'000, 0, 1}));
    CHECK(engine.subscribe(harness.worker(), {1, {"q"}, 0}));
    REQUIRE(engine.quiet(worker, 7));
    CHECK(engine.subscribe(worker, {5'000, {"q"}, 0}));
}

TEST_CASE("queues are listed by name in pages that go on wherever they ended", "[engine][R8]") {
    EngineHarness harness;
    for (const char* name : {"b", "d", "a", "c"}) harness.add(name);
    auto& engine = harness.engine();
    const auto first = engine.list_queues({"", 3});
    REQUIRE(first);
    CHECK(names(*first) == Names{"a", "b", "c"});
    CHECK(first->next == "c");
    const auto last = engine.list_queues({first->next, 3});
    CHECK(names(*last) == Names{"d"});
    CHECK(last->next.empty());
    CHECK(names(*engine.list_queues({"bb", 1})) == Names{"c"});
    CHECK(engine.list_queues({"d", 0})->queues.empty());
    CHECK(engine.list_queues({"", 1'001}).code() == Code::InvalidArgument);
    CHECK(engine.list_queues({"no name", 1}).code() == Code::InvalidArgument);
    for (int i = 0; i < 200; ++i) harness.add("n" + std::to_string(i));
    CHECK(engine.list_queues({"", 0})->queues.size() == 100);
}

TEST_CASE("a page of queues with jobs of many priorities ends early", "[engine][R8][R36]") {
    EngineHarness harness;
    std::vector<JobSpec> specs(256, job());
    for (std::uint32_t i = 0; i < 256; ++i) specs[i].priority = i;
    for (int i = 0; i < 50; ++i) harness.add_all("q" + std::to_string(i), specs);
    std::size_t listed = 0;
    std::string after;
    std::size_t pages = 0;
    do {
        const auto page = harness.engine().list_queues({after, 1'000});
        REQUIRE(page);
        CHECK(page->queues.size() <= 40);
        listed += page->queues.size();
        after = page->next;
        ++pages;
    } while (!after.empty());
    CHECK(listed == 50);
    CHECK(pages == 2);
}
