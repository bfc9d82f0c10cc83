// Flows as tests of the engine's rules write them.
#pragma once

#include "support/engine_harness.h"

namespace swarmq::test {

inline constexpr JobState kWaitingChildren = JobState::WaitingChildren;

// Flows of jobs that are named after their place: "p" is the first, "c0" its first child.
struct Flows : EngineHarness {
    using EngineHarness::EngineHarness;
    SessionKey workers = worker();

    void restart(DurationMs down_ms = 0) {
        EngineHarness::restart(down_ms);
        workers = worker();
    }

    FlowJob in(const std::string& queue, std::string name, std::optional<std::uint32_t> parent = {},
               OnChildFailure policy = OnChildFailure::None) {
        return {queue, job(std::move(name)), parent, policy};
    }

    std::vector<JobSeq> add(std::vector<FlowJob> jobs, std::optional<HeldJob> parent = {}) {
        auto answer = engine().add_flow({std::move(jobs), std::move(parent)});
        if (!answer) FAIL(answer.error().detail);
        turn();
        std::vector<JobSeq> seqs;
        for (std::uint64_t i = 0; i < answer->seq_count; ++i)
            seqs.push_back(JobSeq{raw(answer->first_seq) + i});
        for (const auto& item : answer->items) seqs.push_back(item.seq);
        return seqs;
    }
    // A parent in queue p with children of these policies in queue c.
    std::vector<JobSeq> family(const std::vector<OnChildFailure>& children) {
        std::vector<FlowJob> jobs = {in("p", "p")};
        for (const auto policy : children) jobs.push_back(in("c", "c", 0, policy));
        return add(std::move(jobs));
    }
    Error refused(std::vector<FlowJob> jobs, std::optional<HeldJob> parent = {}) {
        const auto answer = engine().add_flow({std::move(jobs), std::move(parent)});
        if (answer) FAIL("the flow was added");
        CHECK(engine().is_quiet());
        return answer.error();
    }

    Granted next(const std::string& queue) { return take_one(workers, queue); }
    HeldJob held(const std::string& queue, const Granted& granted) {
        return {{queue, id(granted)}, granted.token};
    }
    ChildCounts counts(const std::string& queue, JobSeq seq) {
        return view(queue, seq).flow.children.value_or(ChildCounts{});
    }
    // The stored outcomes of a job's children: "completed result", "failed reason".
    std::vector<std::string> outcomes(JobSeq seq) {
        std::vector<std::string> texts;
        const auto* const stored = disk().find(seq);
        if (stored == nullptr) return texts;
        for (const auto& [index, child] : stored->children)
            texts.push_back(child.kind == ChildKind::Completed ? "completed " + *child.result
                            : child.kind == ChildKind::Failed  ? "failed " + child.failed_reason
                                                               : "removed " + child.failed_reason);
        return texts;
    }
    std::string reason(JobSeq seq) { return disk().find(seq)->outcome.failed_reason; }
    ItemAnswer remove(const std::string& queue, JobSeq seq) {
        const auto answer = engine().remove_jobs(queue, {id(seq)});
        REQUIRE(answer);
        turn();
        return answer->items.front();
    }
    ItemAnswer retry(const std::string& queue, JobSeq seq) {
        const auto answer = engine().retry_jobs({queue, {id(seq)}, false, 0});
        REQUIRE(answer);
        turn();
        return answer->items.front();
    }
};

using Texts = std::vector<std::string>;

}  // namespace swarmq::test
