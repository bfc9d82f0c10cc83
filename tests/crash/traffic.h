// What producers, workers and operators ask of a shard, drawn from a seed; they know only what they were
// told.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"

namespace swarmq::test {

struct HeldJob {
    engine::JobName name;
    LeaseToken token{};
};

class Traffic {
  public:
    explicit Traffic(std::uint64_t seed) : random_(seed) {}

    // Begins with a boot of the shard. Leases that were told of go on.
    void connect(engine::Engine& engine);
    // Issues the commands of a turn.
    void issue(engine::Engine& engine);
    // The turn is durable: its deliveries arrive.
    void hear(const engine::Engine& engine, const engine::Effects& effects);
    // In milliseconds, until the next turn.
    DurationMs draw_pause();

    const std::vector<HeldJob>& held() const { return held_; }
    // The answers to numbered requests that were not let go, by client and number.
    using Answers = std::map<std::pair<std::string, std::uint64_t>, Answer>;
    const Answers& answers() const { return answers_; }

  private:
    bool one_in(std::uint64_t n) { return random_() % n == 0; }
    std::uint64_t below(std::uint64_t n) { return random_() % n; }
    std::string draw_queue();
    engine::JobSpec draw_job();
    engine::UpsertScheduler draw_scheduler(const std::string& queue);
    Keep draw_keep();
    std::string draw_bytes();

    void add(engine::Engine& engine);
    void take(engine::Engine& engine);
    void finish(engine::Engine& engine);
    void beat(engine::Engine& engine);
    void operate(engine::Engine& engine);

    std::mt19937_64 random_;
    engine::SessionKey session_{};
    std::string session_id_;
    std::uint64_t requests_ = 0;
    std::uint64_t numbers_ = 0;
    std::vector<HeldJob> held_;
    Answers answers_;
};

}  // namespace swarmq::test
