// Jobs of all kinds.
#include "simulation/draws.h"

#include <memory>

namespace swarmq::simulation {
namespace {

const std::shared_ptr<const std::string> kPayload = std::make_shared<const std::string>("{}");

Keep draw_keep(Dice& dice) {
    switch (dice.below(6)) {
        case 0:
            return {0, {}};
        case 1:
            return {1, {}};
        case 2:
            return {3 + dice.below(8), 2'000};
        case 3:
            return {{}, dice.between(1, 900)};
        default:
            return {5, {}};
    }
}

Backoff draw_backoff(Dice& dice) {
    switch (dice.below(4)) {
        case 0:
            return {BackoffType::Fixed, dice.between(1, 400), 0, 0};
        case 1:
            return {BackoffType::Exponential, dice.between(1, 200), 0, 0};
        case 2:
            return {BackoffType::Exponential, 100, 350, 0.25 * static_cast<double>(dice.below(4))};
        default:
            return {};
    }
}

Rules draw_rules(Dice& dice) {
    Rules rules;
    rules.attempts_max = static_cast<std::uint32_t>(1 + dice.below(4));
    rules.backoff = draw_backoff(dice);
    if (dice.one_in(4)) rules.timeout_ms = dice.between(5, 600);
    if (dice.one_in(4)) rules.ttl_ms = dice.between(5, 600);
    rules.max_stalled = static_cast<std::uint32_t>(dice.below(4));
    rules.keep_completed = draw_keep(dice);
    rules.keep_failed = draw_keep(dice);
    if (dice.one_in(4)) rules.on_failure = static_cast<QueueNumber>(dice.below(4));
    return rules;
}

// What its producer did not choose is as the API leaves it.
Rules chosen_only(const Rules& drawn, std::uint32_t chosen) {
    Rules rules;
    if (chosen & engine::kAttempts) rules.attempts_max = drawn.attempts_max;
    if (chosen & engine::kBackoff) rules.backoff = drawn.backoff;
    if (chosen & engine::kTimeout) rules.timeout_ms = drawn.timeout_ms;
    if (chosen & engine::kTtl) rules.ttl_ms = drawn.ttl_ms;
    if (chosen & engine::kMaxStalled) rules.max_stalled = drawn.max_stalled;
    if (chosen & engine::kKeepCompleted) rules.keep_completed = drawn.keep_completed;
    if (chosen & engine::kKeepFailed) rules.keep_failed = drawn.keep_failed;
    if (chosen & engine::kOnFailure) rules.on_failure = drawn.on_failure;
    return rules;
}

void apply(const Rules& rules, engine::JobSpec& spec) {
    spec.attempts_max = rules.attempts_max;
    spec.backoff = rules.backoff;
    spec.timeout_ms = rules.timeout_ms;
    spec.ttl_ms = rules.ttl_ms;
    spec.max_stalled = rules.max_stalled;
    spec.keep_completed = rules.keep_completed;
    spec.keep_failed = rules.keep_failed;
    if (rules.on_failure != kNoQueue) spec.on_failure_queue = queue_text(rules.on_failure);
}

}  // namespace

Added draw_job(Dice& dice, QueueNumber queue, engine::JobSpec& spec) {
    Added job;
    job.queue = queue;
    job.name = dice.one_in(3) ? "other" : "work";
    job.key = dice.one_in(2) ? static_cast<KeyNumber>(dice.below(kKeys)) : 0;
    job.chosen_fields = static_cast<std::uint32_t>(dice.one_in(3) ? dice.next() : 511) & 511;
    if (job.chosen_fields & engine::kPriority)
        job.priority = static_cast<std::uint8_t>(dice.one_in(9) ? dice.below(256) : dice.below(4));
    job.lifo = dice.one_in(6);
    job.rules = chosen_only(draw_rules(dice), job.chosen_fields);
    spec.name = job.name;
    spec.key = key_name(job.key);
    spec.chosen = job.chosen_fields;
    spec.payload = kPayload;
    spec.priority = job.priority;
    spec.lifo = job.lifo;
    apply(job.rules, spec);
    return job;
}

}  // namespace swarmq::simulation
