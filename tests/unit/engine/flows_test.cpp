// How flows come in, are shown and go, whatever their size.
#include "flow_harness.h"

using namespace swarmq;
using namespace swarmq::engine;
using namespace swarmq::test;

TEST_CASE("a flow is added whole or not at all, and the error names the job",
          "[engine][flow][R13]") {
    Flows flows;
    JobSpec known = job("known");
    known.id = "known";
    flows.EngineHarness::add("c", known);
    const auto check = [&](std::vector<FlowJob> jobs, Code code, const std::string& part) {
        const Error error = flows.refused(std::move(jobs));
        CHECK(error.code == code);
        CHECK_THAT(error.detail, Catch::Contains(part));
    };
    check({}, Code::InvalidArgument, "jobs: 0");
    check({flows.in("p", "p"), flows.in("c", "b d", 0)}, Code::InvalidArgument, "jobs[1]: name");
    check({flows.in("p", "p"), flows.in("", "c", 0)}, Code::InvalidArgument, "jobs[1]: queue");
    check({flows.in("p", "p", 0)}, Code::InvalidArgument, "jobs[0]: parent: 0 is no index below");
    check({flows.in("p", "p", {}, OnChildFailure::Ignore)}, Code::InvalidArgument,
          "jobs[0]: on_child_failure: the job has no parent");
    check({flows.in("p", "p"), {"c", known, 0}}, Code::AlreadyExists, "jobs[1]: id: \"known\"");
    JobSpec twice = job("twice");
    twice.id = "twice";
    check({flows.in("p", "p"), {"c", twice, 0}, {"c", twice, 0}}, Code::AlreadyExists, "jobs[2]");
    std::vector<FlowJob> many(1'001, flows.in("c", "c"));
    check(std::move(many), Code::TooLarge, "1001 in one request");
    QueueSettings full;
    full.waiting_max = 2;
    REQUIRE(flows.engine().set_settings("c", full));
    flows.turn();
    check({flows.in("p", "p"), flows.in("c", "c", 0), flows.in("c", "c", 0)}, Code::QueueFull,
          "queue \"c\"");
    CHECK(flows.count("p", kWaitingChildren) == 0);
    CHECK(flows.refused({flows.in("c", "c")}, HeldJob{{"c", "known"}, LeaseToken{1}}).code ==
          Code::StaleLease);
    CHECK(flows.refused({flows.in("c", "c")}, HeldJob{{"c", "nobody"}, LeaseToken{1}}).code ==
          Code::NotFound);
}

TEST_CASE("a flow has at most 64 levels, and a job at most 10,000 children",
          "[engine][flow][R13][R36]") {
    Flows flows;
    std::vector<FlowJob> chain = {flows.in("q", "level")};
    for (std::uint32_t i = 1; i < 64; ++i) chain.push_back(flows.in("q", "level", i - 1));
    auto deeper = chain;
    deeper.push_back(flows.in("q", "level", 63));
    const Error error = flows.refused(std::move(deeper));
    CHECK(error.code == Code::TooLarge);
    CHECK_THAT(error.detail, Catch::Contains("jobs[64]: it would be on level 65"));
    const auto jobs = flows.add(std::move(chain));
    auto bottom = flows.next("q");
    CHECK(bottom.seq == jobs.back());
    CHECK(flows.refused({flows.in("q", "more")}, flows.held("q", bottom)).code == Code::TooLarge);
    // All the way up, in one turn each.
    for (std::size_t left = jobs.size(); left-- > 0;) {
        CHECK(flows.complete("q", bottom).code == Code::Ok);
        if (left > 0) bottom = flows.next("q");
    }
    CHECK(flows.count("q", JobState::Completed) == 64);

    flows.EngineHarness::add("p", job("p"));
    const auto parent = flows.next("p");
    for (int i = 0; i < 10; ++i)
        flows.add(std::vector<FlowJob>(1'000, flows.in("c", "c")), flows.held("p", parent));
    const Error full = flows.refused({flows.in("c", "c")}, flows.held("p", parent));
    CHECK(full.code == Code::TooLarge);
    CHECK_THAT(full.detail, Catch::Contains("10001 children"));
}

TEST_CASE("what a turn cannot settle the next ones do, over a restart too",
          "[engine][flow][R13][R34]") {
    Flows flows;
    constexpr std::uint32_t kParents = 2'500;
    // Each parent has a child of its own, and all of those end in one turn.
    for (std::uint32_t i = 0; i < kParents; i += 500) {
        std::vector<FlowJob> jobs;
        for (std::uint32_t k = 0; k < 500; ++k) {
            jobs.push_back(flows.in("p", "p"));
            jobs.push_back(flows.in("c", "c", 2 * k));
        }
        flows.add(std::move(jobs));
    }
    for (int i = 0; i < 3; ++i) REQUIRE(flows.engine().drain({"c", false, 0}));
    flows.turn();
    CHECK(flows.count("p", JobState::Waiting) == 1'000);
    CHECK_FALSE(flows.engine().is_quiet());
    if (GENERATE(false, true)) flows.restart();
    flows.turn();
    flows.turn();
    CHECK(flows.count("p", JobState::Waiting) == kParents);
    CHECK(flows.engine().is_quiet());
}

TEST_CASE("a parent that is removed before its end takes the children along that have not ended",
          "[engine][flow][R9][R13]") {
    Flows flows;
    const auto jobs = flows.add({flows.in("a", "top"), flows.in("b", "middle", 0),
                                 flows.in("b", "done", 0), flows.in("c", "bottom", 1)});
    flows.complete("b", flows.next("b"));
    const auto running = flows.next("c");
    flows.remove("a", jobs[0]);
    CHECK(flows.state("b", jobs[1]) == JobState::None);
    CHECK(flows.state("c", jobs[3]) == JobState::None);
    CHECK(flows.state("b", jobs[2]) == JobState::Completed);
    REQUIRE(flows.last().notices.size() == 1);
    CHECK(flows.last().notices.front().token == running.token);
    CHECK(flows.complete("c", running).code == Code::NotFound);
}

TEST_CASE("a cancelled child is one that failed, and a cancelled parent leaves its children alone",
          "[engine][flow][R9][R13]") {
    Flows flows;
    const auto cancel = [&](const char* queue, JobSeq seq) {
        CHECK(flows.engine().cancel_jobs(queue, {flows.id(seq)})->changed == 1);
        flows.turn();
    };
    const auto first = flows.family({OnChildFailure::None, OnChildFailure::None});
    cancel("c", first[1]);
    CHECK(flows.view("p", first[0]).failure_kind == FailureKind::Dependency);
    const auto second = flows.family({OnChildFailure::None});
    cancel("p", second[0]);
    CHECK(flows.view("p", second[0]).failure_kind == FailureKind::Cancelled);
    if (GENERATE(false, true)) flows.restart();
    CHECK(flows.state("c", first[2]) == JobState::Waiting);
    CHECK(flows.state("c", second[1]) == JobState::Waiting);
    flows.retry("p", second[0]);
    CHECK(flows.state("p", second[0]) == JobState::WaitingChildren);
}

TEST_CASE("a large family is removed over several turns, and over a restart",
          "[engine][flow][R13][R34]") {
    Flows flows;
    flows.EngineHarness::add("p", job("p"));
    const auto parent = flows.next("p");
    for (int i = 0; i < 3; ++i)
        flows.add(std::vector<FlowJob>(1'000, flows.in("c", "c")), flows.held("p", parent));
    flows.remove("p", parent.seq);
    CHECK(flows.count("c", JobState::Waiting) == 2'000);
    if (GENERATE(false, true)) flows.restart();
    while (!flows.engine().is_quiet()) flows.turn();
    CHECK(flows.count("c", JobState::Waiting) == 0);
    flows.restart();
    CHECK(flows.engine().is_quiet());
}

TEST_CASE("children of a parent that has ended go on without it", "[engine][flow][R13]") {
    Flows flows;
    const auto jobs = flows.family({OnChildFailure::None, OnChildFailure::None});
    flows.fail("c", flows.next("c"));
    CHECK(flows.state("p", jobs[0]) == JobState::Failed);
    flows.remove("p", jobs[0]);
    if (GENERATE(false, true)) flows.restart();
    CHECK(flows.state("c", jobs[2]) == JobState::Waiting);
    CHECK_FALSE(flows.view("c", jobs[2]).flow.parent);
    CHECK(flows.complete("c", flows.next("c")).code == Code::Ok);
}

TEST_CASE("a flow is the same after a restart in the middle of it", "[engine][flow][R13][R34]") {
    Flows flows;
    const auto jobs = flows.add({flows.in("p", "p"), flows.in("c", "c0", 0), flows.in("c", "c1", 0),
                                 flows.in("c", "c2", 0, OnChildFailure::Ignore)});
    flows.complete("c", flows.next("c"), "one");
    flows.restart();
    CHECK(flows.state("p", jobs[0]) == kWaitingChildren);
    CHECK(flows.counts("p", jobs[0]).pending == 2);
    CHECK(flows.counts("p", jobs[0]).completed == 1);
    CHECK(flows.view("c", jobs[3]).flow.on_child_failure == OnChildFailure::Ignore);
    CHECK(flows.view("c", jobs[3]).flow.parent->id == flows.id(jobs[0]));
    flows.complete("c", flows.next("c"), "two");
    flows.restart();
    flows.fail("c", flows.next("c"), "three");
    flows.restart();
    CHECK(flows.next("p").children_ended == 3);
    CHECK(flows.outcomes(jobs[0]) == Texts{"completed one", "completed two", "failed three"});
}

TEST_CASE("a parent's children are gone with it, and nothing is left", "[engine][flow][R13][R36]") {
    Flows flows;
    JobSpec parent = job("p");
    parent.keep_completed = {0, {}};
    const auto jobs = flows.add({{"p", std::move(parent), {}}, flows.in("c", "c", 0)});
    flows.complete("c", flows.next("c"), std::string(10'000, 'r'));
    flows.complete("p", flows.next("p"));
    CHECK(flows.disk().find(jobs[0]) == nullptr);
    CHECK_FALSE(flows.view("c", jobs[1]).flow.parent);
}

TEST_CASE("the jobs that wait for children are listed in the order of their adding",
          "[engine][flow][R8]") {
    Flows flows;
    for (int i = 0; i < 3; ++i) flows.family({OnChildFailure::None});
    List list{"p", kWaitingChildren, 2, ""};
    const auto page = flows.engine().list_jobs(list);
    REQUIRE(page);
    REQUIRE(page->jobs.size() == 2);
    list.cursor = page->next_cursor;
    const auto rest = flows.engine().list_jobs(list);
    REQUIRE(rest);
    REQUIRE(rest->jobs.size() == 1);
    CHECK(rest->next_cursor.empty());
    CHECK(page->jobs.front().seq < page->jobs.back().seq);
    CHECK(page->jobs.back().seq < rest->jobs.front().seq);
}

TEST_CASE("the tree is shown from the job or from its root, as far as was asked",
          "[engine][flow][R13]") {
    Flows flows;
    const auto jobs = flows.add({flows.in("a", "top"), flows.in("b", "left", 0),
                                 flows.in("b", "right", 0), flows.in("c", "leaf", 1)});
    const auto names = [&](const FlowTree& tree) {
        Texts texts;
        for (const auto& node : tree.nodes)
            texts.push_back(node.name + (node.parent ? std::to_string(*node.parent) : "") +
                            (node.is_cut ? "+" : ""));
        return texts;
    };
    const JobName top{"a", flows.id(jobs[0])};
    const JobName leaf{"c", flows.id(jobs[3])};
    CHECK(names(*flows.engine().get_flow({top})) == Texts{"top", "left0", "right0", "leaf1"});
    CHECK(names(*flows.engine().get_flow({top, 1})) == Texts{"top", "left0+", "right0"});
    CHECK(names(*flows.engine().get_flow({top, 0, 2})) == Texts{"top+", "left0+"});
    CHECK(names(*flows.engine().get_flow({leaf})) == Texts{"leaf"});
    CHECK(flows.engine().get_flow({leaf, 0, 0, true})->nodes.size() == 4);
    CHECK(flows.engine().get_flow({top, 65}).code() == Code::InvalidArgument);
    CHECK(flows.engine().get_flow({{"a", "none"}}).code() == Code::NotFound);
}

TEST_CASE("a queue whose jobs wait for children is obliterated with them", "[engine][flow][R13][R28]") {
    Flows flows;
    flows.family({OnChildFailure::None, OnChildFailure::None});
    const auto gone = flows.engine().obliterate({"p", false, 0});
    REQUIRE(gone);
    CHECK_FALSE(gone->more);
    flows.turn();
    CHECK(flows.count("c", JobState::Waiting) == 0);
    CHECK(flows.engine().queue_view("p").code() == Code::NotFound);
}
