// An engine with a clock and a disk of its own, for tests of its rules. Every turn is written to
// the disk and checked against the engine's invariants; restart() throws the memory away and
// rebuilds it.
#pragma once

#include "engine/engine.h"
#include "support/plain_disk.h"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace swarmq::test {

using namespace swarmq::engine;

inline std::shared_ptr<const std::string> bytes(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}

inline JobSpec job(std::string name = "work") {
    JobSpec spec;
    spec.name = std::move(name);
    spec.payload = bytes("{}");
    return spec;
}

class EngineHarness {
  public:
    static constexpr TimeMs kStart = 1'700'000'000'000;

    explicit EngineHarness(std::size_t queues_max = kQueuesMax, const ZoneSource* zones = nullptr,
                           DurationMs clock_step_ms = 0, std::size_t windows_max = kDedupWindowsMax)
        : queues_max_(queues_max),
          zones_(zones),
          clock_step_ms_(clock_step_ms),
          windows_max_(windows_max) {
        boot();
    }

    Engine& engine() { return *engine_; }
    PlainDisk& disk() { return disk_; }
    TimeMs now() const { return now_ms_; }
    // The effects of the last turn.
    const Effects& last() const { return last_; }

    // Ends a turn: gives out, writes, checks.
    const Effects& turn() {
        last_ = engine_->seal();
        if (!last_.changes.empty()) disk_.apply(last_.changes);
        CHECK(disk_.problems() == std::vector<std::string>{});
        CHECK(engine_->broken_invariants() == std::vector<std::string>{});
        return last_;
    }

    // Lets time go on and does what falls due, in one turn.
    const Effects& pass(DurationMs ms) {
        now_ms_ += ms;
        while (engine_->advance(now_ms_)) {
        }
        return turn();
    }

    // A new boot from the disk, after `down_ms` (may be negative: the clock was set back).
    void restart(DurationMs down_ms = 0) {
        now_ms_ += down_ms;
        boot();
        CHECK(engine_->broken_invariants() == std::vector<std::string>{});
    }

    // Adds jobs in a turn of their own and answers their numbers.
    std::vector<JobSeq> add_all(const std::string& queue, std::vector<JobSpec> specs) {
        AddJobs command{queue, std::move(specs)};
        auto answer = engine_->add_jobs(std::move(command));
        REQUIRE(answer);
        turn();
        std::vector<JobSeq> seqs;
        for (std::uint64_t i = 0; i < answer->seq_count; ++i)
            seqs.push_back(JobSeq{raw(answer->first_seq) + i});
        for (const auto& item : answer->items) seqs.push_back(item.seq);
        return seqs;
    }
    JobSeq add(const std::string& queue, JobSpec spec = job()) {
        std::vector<JobSpec> specs;
        specs.push_back(std::move(spec));
        return add_all(queue, std::move(specs)).front();
    }

    SessionKey worker(const std::string& name = "worker") {
        return engine_->open_session(name, "").key;
    }

    // Takes up to `count` jobs that are there now.
    std::vector<Granted> take(SessionKey session, const std::string& queue, std::uint32_t count = 1,
                              DurationMs lease_ms = 0) {
        const std::uint64_t request = ++requests_;
        REQUIRE(engine_->take(session, {{queue}, count, 0, lease_ms, request}));
        turn();
        for (const auto& delivery : last_.deliveries)
            if (delivery.take_request == request) return delivery.jobs;
        pass(0);
        return {};
    }
    Granted take_one(SessionKey session, const std::string& queue, DurationMs lease_ms = 0) {
        auto jobs = take(session, queue, 1, lease_ms);
        REQUIRE(jobs.size() == 1);
        return jobs.front();
    }
    // The names of all waiting jobs in the order in which they are given out; they stay active.
    std::vector<std::string> drain_names(SessionKey session, const std::string& queue) {
        std::vector<std::string> names;
        for (auto jobs = take(session, queue, 100); !jobs.empty(); jobs = take(session, queue, 100))
            for (const auto& granted : jobs) names.push_back(granted.job_class->name);
        return names;
    }

    template <class Outcome>
    ItemAnswer finish(const std::string& queue, const Granted& granted, Outcome outcome) {
        std::vector<FinishItem> items;
        items.push_back({{queue, id(granted)}, granted.token, std::move(outcome)});
        auto answer = engine_->finish(std::move(items));
        REQUIRE(answer);
        turn();
        return answer->items.front();
    }
    ItemAnswer complete(const std::string& queue, const Granted& granted, std::string result = {}) {
        return finish(queue, granted, Complete{bytes(std::move(result)), ""});
    }
    ItemAnswer fail(const std::string& queue, const Granted& granted,
                    std::string reason = "broke") {
        return finish(queue, granted, Fail{std::move(reason), false, {}});
    }
    ItemAnswer beat(const std::string& queue, const Granted& granted,
                    std::optional<std::string> progress = {}) {
        std::vector<BeatItem> items;
        items.push_back({{queue, id(granted)}, granted.token, std::move(progress)});
        auto answer = engine_->beat(std::move(items));
        REQUIRE(answer);
        turn();
        return answer->items.front();
    }

    std::string id(JobSeq seq) const { return engine_->job_id(seq, ""); }
    std::string id(const Granted& granted) const {
        return engine_->job_id(granted.seq, granted.chosen_id);
    }
    // State None when the job is not stored.
    JobView view(const std::string& queue, JobSeq seq) const { return view(queue, id(seq)); }
    JobView view(const std::string& queue, const std::string& job_id) const {
        const auto found = engine_->find_job({queue, job_id});
        return found ? *found : JobView{};
    }
    JobState state(const std::string& queue, JobSeq seq) const { return view(queue, seq).state; }
    std::uint64_t count(const std::string& queue, JobState state) const {
        const auto found = engine_->queue_view(queue);
        return found ? found->by_state[static_cast<std::size_t>(state)] : 0;
    }

  private:
    void boot() {
        EngineOptions options;
        options.epoch = Epoch{++epoch_};
        options.seed = 7;
        options.now_ms = now_ms_;
        options.queues_max = queues_max_;
        options.zones = zones_;
        options.clock_step_ms = clock_step_ms_;
        options.windows_max = windows_max_;
        engine_ = std::make_unique<Engine>(options);
        disk_.recover(engine_->recovery());
        engine_->recovery().finish();
    }

    const std::size_t queues_max_;
    const ZoneSource* const zones_;
    const DurationMs clock_step_ms_;
    const std::size_t windows_max_;
    PlainDisk disk_;
    std::unique_ptr<Engine> engine_;
    Effects last_;
    TimeMs now_ms_ = kStart;
    std::uint32_t epoch_ = 0;
    std::uint64_t requests_ = 0;
};

}  // namespace swarmq::test
