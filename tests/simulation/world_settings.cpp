// What people set: pauses and holds of queues and keys, defaults, bounds, limits and weights.
#include "simulation/violation.h"
#include "simulation/world.h"

#include <utility>

namespace swarmq::simulation {
namespace {

Limits draw_limits(Dice& dice) {
    Limits limits;
    if (dice.one_in(2)) limits.concurrency = 1 + dice.below(4);
    // Of different lengths; the longest is told apart only to a 256th.
    for (const DurationMs longest_ms : {40, 400, 3'000})
        if (dice.one_in(4)) {
            const DurationMs per_ms = dice.between(longest_ms / 4, longest_ms);
            limits.rates.push_back(
                {1 + dice.below(4 + static_cast<std::uint64_t>(per_ms) / 60), per_ms});
        }
    return limits;
}

JobDefaults draw_defaults(Dice& dice) {
    JobDefaults defaults;
    if (dice.one_in(3)) defaults.priority = static_cast<std::uint32_t>(dice.below(4));
    if (dice.one_in(3)) defaults.attempts_max = static_cast<std::uint32_t>(1 + dice.below(3));
    if (dice.one_in(3)) defaults.backoff = Backoff{BackoffType::Fixed, dice.between(1, 200), 0, 0};
    if (dice.one_in(4)) defaults.timeout_ms = dice.between(20, 500);
    if (dice.one_in(4)) defaults.ttl_ms = dice.between(20, 500);
    if (dice.one_in(3)) defaults.max_stalled = static_cast<std::uint32_t>(dice.below(3));
    if (dice.one_in(3)) defaults.keep_completed = Keep{dice.below(4), {}};
    if (dice.one_in(3)) defaults.keep_failed = Keep{4, dice.between(1, 900)};
    if (dice.one_in(4))
        defaults.on_failure_queue = queue_text(static_cast<QueueNumber>(dice.below(4)));
    return defaults;
}

SettingsModel draw_settings(Dice& dice) {
    SettingsModel settings;
    if (dice.one_in(3)) return settings;
    for (const char* const name : {"", "work", "other"})
        if (dice.one_in(3)) settings.defaults[name] = draw_defaults(dice);
    if (dice.one_in(3)) settings.waiting_max = 10 + dice.below(90);
    if (dice.one_in(3)) settings.limits[0] = draw_limits(dice);
    const Limits of_keys = dice.one_in(2) ? draw_limits(dice) : Limits{};
    for (KeyNumber key = 1; key < kKeys; ++key) {
        settings.limits[key] = of_keys;
        if (dice.one_in(3)) settings.weights[key] = static_cast<std::uint32_t>(1 + dice.below(4));
    }
    // One key has limits of its own.
    if (dice.one_in(3)) settings.limits[1] = draw_limits(dice);
    return settings;
}

QueueSettings as_asked(const SettingsModel& settings) {
    QueueSettings asked;
    asked.defaults = settings.defaults;
    asked.waiting_max = settings.waiting_max;
    asked.limits = settings.limits[0];
    asked.key_limits = settings.limits[2];
    for (KeyNumber key = 1; key < kKeys; ++key) {
        KeySettings own;
        own.weight = settings.weights[key];
        if (settings.limits[key] != settings.limits[2]) own.limits = settings.limits[key];
        if (own != KeySettings{}) asked.keys[key_name(key)] = own;
    }
    return asked;
}

}  // namespace

void World::change_settings() {
    seal();  // Dead letters got their defaults before.
    const auto queue = static_cast<QueueNumber>(dice_.below(kQueues));
    auto settings = std::make_shared<const SettingsModel>(draw_settings(dice_));
    const auto answer = engine_->set_settings(queue_name(queue), as_asked(*settings));
    require(answer.ok(), "settings were refused: ", answer.ok() ? "" : answer.error().detail);
    reference_.set_settings(queue, std::move(settings));
}

void World::change_hold() {
    const auto queue = static_cast<QueueNumber>(dice_.below(kQueues));
    const auto key = static_cast<KeyNumber>(dice_.one_in(2) ? dice_.below(kKeys) : 0);
    const engine::HoldTarget target{queue_name(queue), key_name(key)};
    const HoldModel before = reference_.controls(queue).holds[key];
    const auto choice = dice_.below(6);
    if (choice == 0) {
        const DurationMs length_ms = dice_.between(1, 300);
        const auto done = engine_->hold(target, length_ms);
        const bool changes = reference_.hold(queue, key, length_ms);
        require(done.ok() && done->changed == changes, "a hold was refused, or miscounted");
    } else if (choice < 3 && !before.is_paused) {
        const auto done = engine_->pause(target);
        const bool changes = reference_.pause(queue, key);
        require(done.ok() && done->changed == changes, "a pause was refused, or miscounted");
    } else {
        const bool is_held = before.is_paused || before.until_ms > now_ms_;
        if (!is_held && before.until_ms != 0) return;  // Whether that is a change is open.
        const auto done = engine_->resume(target);
        require(done.ok() && done->changed == is_held, "a resume was refused, or miscounted");
        reference_.resume(queue, key);
    }
}

}  // namespace swarmq::simulation
