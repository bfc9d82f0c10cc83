// Flows under everything at once: after each turn the invariants hold, and a restart changes
// nothing.
#include "flow_harness.h"

#include <map>
#include <random>

using namespace swarmq;
using namespace swarmq::engine;
using namespace swarmq::test;

namespace {

const char* const kQueues[] = {"a", "b", "c"};

class Storm {
  public:
    explicit Storm(std::uint64_t seed) : random_(seed) {}

    void step() {
        switch (below(12)) {
            case 0:
            case 1:
                return add_flow();
            case 2:
            case 3:
            case 4:
                return take();
            case 5:
            case 6:
                return end(Complete{bytes("done"), ""});
            case 7:
                return end(Fail{"broke", false, {}});
            case 8:
                return one_in(2) ? end(WaitForChildren{}) : add_children();
            case 9:
                return one_in(3) ? remove() : retry();
            case 10:
                flows_.pass(static_cast<DurationMs>(below(400)));
                return;
            default:
                return one_in(4) ? restart() : end(Release{});
        }
    }

    // Everything that can run is completed, until nothing is left but what has ended.
    void come_to_an_end() {
        for (int quiet = 0; quiet < 3;) {
            held_.clear();
            for (const char* const queue : kQueues)
                for (auto& job : flows_.take(flows_.workers, queue, 1'000))
                    held_.push_back({queue, job});
            quiet = held_.empty() ? quiet + 1 : 0;
            while (!held_.empty()) end(Complete{bytes("done"), ""});
            flows_.pass(40'000);
        }
    }
    std::uint64_t left() const {
        std::uint64_t sum = 0;
        for (const char* const queue : kQueues)
            for (const auto state : {JobState::Waiting, JobState::Delayed, JobState::Active,
                                     JobState::WaitingChildren})
                sum += flows_.count(queue, state);
        return sum;
    }

  private:
    struct Held {
        std::string queue;
        Granted job;
    };

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    bool one_in(std::uint64_t n) { return below(n) == 0; }
    const char* any_queue() { return kQueues[below(3)]; }

    std::vector<FlowJob> random_tree(bool has_parent) {
        std::vector<FlowJob> jobs(1 + below(6));
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            jobs[i].queue = any_queue();
            jobs[i].job = job("work");
            jobs[i].job.priority = static_cast<std::uint32_t>(below(3));
            jobs[i].job.attempts_max = static_cast<std::uint32_t>(1 + below(2));
            jobs[i].job.lifo = one_in(6);
            if (one_in(5)) jobs[i].job.delay_ms = static_cast<DurationMs>(below(300));
            if (one_in(8)) jobs[i].job.ttl_ms = static_cast<DurationMs>(1 + below(300));
            if (one_in(6)) jobs[i].job.keep_completed = {0, {}};
            if (one_in(6)) jobs[i].job.keep_failed = {below(3), {}};
            if (i > 0 && !one_in(6)) jobs[i].parent = static_cast<std::uint32_t>(below(i));
            if (jobs[i].parent || has_parent)
                jobs[i].on_child_failure = static_cast<OnChildFailure>(below(5));
        }
        return jobs;
    }

    void add_flow() { flows_.add(random_tree(false)); }

    void take() {
        const std::string queue = any_queue();
        const DurationMs lease_ms = one_in(4) ? 1'000 : 30'000;
        for (auto& job :
             flows_.take(flows_.workers, queue, static_cast<std::uint32_t>(1 + below(3)), lease_ms))
            held_.push_back({queue, job});
    }

    template <class Outcome>
    void end(Outcome outcome) {
        if (held_.empty()) return;
        std::swap(held_[below(held_.size())], held_.back());
        const Held held = std::move(held_.back());
        held_.pop_back();
        flows_.finish(held.queue, held.job, std::move(outcome));
    }

    void add_children() {
        if (held_.empty()) return;
        const Held& held = held_[below(held_.size())];
        const auto added = flows_.engine().add_flow(
            {random_tree(true), HeldJob{{held.queue, flows_.id(held.job)}, held.job.token}});
        if (!added) CHECK((added.code() == Code::StaleLease || added.code() == Code::NotFound));
        flows_.turn();
    }

    JobSeq any_job() {
        if (flows_.disk().jobs().empty()) return {};
        auto at = flows_.disk().jobs().begin();
        std::advance(at, static_cast<std::ptrdiff_t>(below(flows_.disk().jobs().size())));
        return at->first;
    }
    void remove() {
        const JobSeq seq = any_job();
        for (const char* const queue : kQueues)
            if (flows_.count(queue, JobState::Waiting) > 0 || one_in(2))
                static_cast<void>(flows_.engine().remove_jobs(queue, {flows_.id(seq)}));
        flows_.turn();
    }
    void retry() {
        static_cast<void>(flows_.engine().retry_jobs({any_queue(), {}, true, 1 + below(3)}));
        flows_.turn();
    }

    // What every stored job is, in words that a restart must not change.
    std::map<JobSeq, std::string> sight() {
        std::map<JobSeq, std::string> seen;
        for (const auto& [seq, stored] : flows_.disk().jobs()) {
            for (const char* const queue : kQueues) {
                const JobView view = flows_.view(queue, seq);
                if (view.state == JobState::None) continue;
                const auto children = view.flow.children.value_or(ChildCounts{});
                seen[seq] =
                    std::string(queue) + " " + std::to_string(static_cast<int>(view.state)) + " " +
                    std::to_string(children.pending) + "/" + std::to_string(children.completed) +
                    "/" + std::to_string(children.failed) + "/" + std::to_string(children.removed) +
                    " " + (view.flow.parent ? view.flow.parent->id : "none") + " " +
                    std::to_string(static_cast<int>(view.flow.on_child_failure));
            }
        }
        return seen;
    }
    void restart() {
        while (!flows_.engine().is_quiet()) flows_.turn();
        const auto before = sight();
        flows_.restart();
        CHECK(sight() == before);
    }

    std::mt19937_64 random_;
    Flows flows_;
    std::vector<Held> held_;
};

}  // namespace

TEST_CASE("flows under random jobs, ends, removals, retries and restarts keep their rules",
          "[engine][flow][R13][R34][R35]") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        INFO("seed " << seed);
        Storm storm(seed);
        for (int step = 0; step < 500; ++step) storm.step();
        storm.come_to_an_end();
        CHECK(storm.left() == 0);
    }
}
