// Gates open and close by what they count and by time.
#include "engine/rate_limit.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "engine/events.h"
#include "engine/limits.h"
#include "engine/new_queues.h"
#include "engine/validate.h"

namespace swarmq::engine {
namespace {

// Only an event opens it: a lease that ends, someone who resumes it.
constexpr TimeMs kUntilTold = std::numeric_limits<TimeMs>::max();
const Limits kNoLimits;

const Limits& limits_of(const QueueState& queue) {
    return queue.controls.settings ? queue.controls.settings->limits : kNoLimits;
}

const KeySettings* settings_of(const QueueState& queue, const std::string& key) {
    if (!queue.controls.settings) return nullptr;
    const auto own = queue.controls.settings->keys.find(key);
    return own == queue.controls.settings->keys.end() ? nullptr : &own->second;
}

const Limits& limits_of(const QueueState& queue, const std::string& key) {
    if (!queue.controls.settings) return kNoLimits;
    const KeySettings* const own = settings_of(queue, key);
    return own && own->limits ? *own->limits : queue.controls.settings->key_limits;
}

// Windows that stay keep what they have seen; new ones take over what the longest has.
void fit_windows(Gate& gate, const Limits& limits) {
    const auto by_length = [](const RateWindow& a, const RateWindow& b) {
        return a.rate().per_ms < b.rate().per_ms;
    };
    const auto longest = std::max_element(gate.windows.begin(), gate.windows.end(), by_length);
    std::vector<RateWindow> fitted;
    for (const Rate& rate : limits.rates) {
        const auto known = std::find_if(gate.windows.begin(), gate.windows.end(), [&](const auto& window) {
            return window.rate().per_ms == rate.per_ms;
        });
        fitted.push_back(known == gate.windows.end() ? RateWindow(rate) : *known);
        fitted.back().set_jobs(rate.jobs);
        if (known == gate.windows.end() && longest != gate.windows.end())
            fitted.back().take_over(*longest);
    }
    gate.windows = std::move(fitted);
}

// When the next job may begin: now or before, later, or kUntilTold.
TimeMs opens_at(Gate& gate, std::uint64_t active, const Hold* hold, const Limits& limits,
                TimeMs now_ms) {
    if (hold && hold->is_paused) return kUntilTold;
    if (limits.concurrency > 0 && active >= limits.concurrency) return kUntilTold;
    TimeMs at_ms = hold ? hold->until_ms : 0;
    for (RateWindow& window : gate.windows) at_ms = std::max(at_ms, window.free_at(now_ms));
    return at_ms;
}

void look_again_at(Memory& memory, Gate& gate, TimeMs when_ms, TimerKind kind, std::uint32_t owner) {
    if (gate.timer != kNone && memory.timeline.when(gate.timer) == when_ms) return;
    memory.timeline.cancel(gate.timer);
    if (when_ms > memory.now_ms && when_ms != kUntilTold)
        gate.timer = memory.timeline.set(when_ms, kind, owner);
}

const Hold* hold_of(const QueueState& queue, const std::string& key) {
    const auto found = queue.controls.key_holds.find(key);
    return found == queue.controls.key_holds.end() ? nullptr : &found->second;
}

// Answers what opens_at does.
TimeMs update_key(Memory& memory, KeyIndex key) {
    KeyState& state = memory.classes.keys()[key];
    QueueState& queue = memory.queue(state.queue);
    const TimeMs at_ms = opens_at(state.gate, state.gate.active, hold_of(queue, *state.name),
                                  limits_of(queue, *state.name), memory.now_ms);
    look_again_at(memory, state.gate, at_ms, TimerKind::KeyGate, key);
    const bool is_closed = at_ms > memory.now_ms;
    if (std::exchange(state.is_closed, is_closed) == is_closed) return at_ms;
    queue.ready.set_closed(key, is_closed);
    if (!is_closed) memory.want_dispatch(queue);
    return at_ms;
}

void prepare_key(Memory& memory, KeyIndex key) {
    KeyState& state = memory.classes.keys()[key];
    QueueState& queue = memory.queue(state.queue);
    const KeySettings* const own = settings_of(queue, *state.name);
    const std::uint32_t weight = own ? own->weight : 1;
    if (std::exchange(state.weight, weight) != weight) queue.ready.set_weight(key, weight);
    fit_windows(state.gate, limits_of(queue, *state.name));
    state.is_prepared = true;
    update_key(memory, key);
}

TimeMs past_counts_until(const Gate& gate) {
    TimeMs until_ms = 0;
    for (const RateWindow& window : gate.windows) until_ms = std::max(until_ms, window.empty_at());
    return until_ms;
}

void forget_key_if_unused(Memory& memory, KeyIndex key) {
    KeyState& state = memory.classes.keys()[key];
    if (state.classes > 0) return;
    KeyTable& keys = memory.classes.keys();
    const TimeMs until_ms = past_counts_until(state.gate);
    if (until_ms <= memory.now_ms) {
        memory.timeline.cancel(state.gate.timer);
        keys.erase(key);
        return;
    }
    keys.set_idle(key, until_ms);
    // Before it is forgotten it may open: people see that.
    const TimeMs opens_ms = update_key(memory, key);
    const TimeMs next_ms = opens_ms > memory.now_ms ? std::min(opens_ms, until_ms) : until_ms;
    look_again_at(memory, state.gate, next_ms, TimerKind::KeyGate, key);
    if (keys.idle_count() <= kIdleKeysMax) return;
    // The one whose past soonest stops to count loses the least.
    const KeyIndex first = keys.first_idle();
    memory.timeline.cancel(keys[first].gate.timer);
    keys.erase(first);
}

// After a change by people, which may have moved the timer of a key that no job has.
void look_at_key(Memory& memory, KeyIndex key) {
    update_key(memory, key);
    // One that lost its last job in this turn is looked at with the others at its end.
    if (!memory.classes.keys()[key].is_unused) forget_key_if_unused(memory, key);
}

Result<> check_limits(const std::string& what, const Limits& limits) {
    if (limits.concurrency > kConcurrencyMax)
        return Error{Code::InvalidArgument,
                     what + ".concurrency: " + std::to_string(limits.concurrency) +
                         " is not in 0.." + std::to_string(kConcurrencyMax)};
    if (limits.rates.size() > kRatesMax)
        return Error{Code::InvalidArgument, what + ".rates: " + std::to_string(limits.rates.size()) +
                                                " windows, at most " + std::to_string(kRatesMax)};
    for (std::size_t i = 0; i < limits.rates.size(); ++i) {
        const Rate& rate = limits.rates[i];
        const std::string which = what + ".rates[" + std::to_string(i) + "]";
        if (rate.jobs < 1 || rate.jobs > kRateJobsMax)
            return Error{Code::InvalidArgument, which + ".jobs: " + std::to_string(rate.jobs) +
                                                    " is not in 1.." + std::to_string(kRateJobsMax)};
        if (rate.per_ms < 1 || rate.per_ms > kRateWindowMaxMs)
            return Error{Code::InvalidArgument, which + ".per_ms: " + std::to_string(rate.per_ms) +
                                                    " is not in 1.." +
                                                    std::to_string(kRateWindowMaxMs)};
        for (std::size_t other = 0; other < i; ++other)
            if (limits.rates[other].per_ms == rate.per_ms)
                return Error{Code::InvalidArgument,
                             which + ".per_ms: " + std::to_string(rate.per_ms) +
                                 " is given twice; give each window one rate"};
    }
    return {};
}

Result<> check_target(const HoldTarget& target) {
    if (auto checked = check_name("queue", target.queue); !checked) return checked;
    return target.key.empty() ? Result<>{} : check_name("key", target.key);
}

// The queue, made when it is new.
Result<QueueIndex> find_target(Memory& memory, const HoldTarget& target) {
    if (auto checked = check_target(target); !checked) return checked.error();
    NewQueues used(memory);
    used.use(target.queue);
    if (auto checked = used.check(); !checked) return checked.error();
    return memory.find_or_create_queue(target.queue).index;
}

void drop_ended_holds(std::map<std::string, Hold>& holds, TimeMs now_ms) {
    std::erase_if(holds, [&](const auto& entry) {
        return !entry.second.is_paused && entry.second.until_ms <= now_ms;
    });
}

// Sets what holds the target; false: too many keys are held.
bool set_hold(Memory& memory, QueueState& queue, const std::string& key, const Hold& hold) {
    memory.note_controls(queue);
    if (key.empty()) {
        queue.controls.hold = hold;
        memory.want_dispatch(queue);
        return true;
    }
    auto& holds = queue.controls.key_holds;
    drop_ended_holds(holds, memory.now_ms);
    if (hold == Hold{})
        holds.erase(key);
    else if (holds.size() < kHeldKeysMax || holds.contains(key))
        holds[key] = hold;
    else
        return false;
    if (const KeyIndex known = memory.classes.keys().find(queue.index, key); known != kNone)
        look_at_key(memory, known);
    return true;
}

Hold hold_now(const QueueState& queue, const std::string& key) {
    if (key.empty()) return queue.controls.hold;
    const Hold* const found = hold_of(queue, key);
    return found ? *found : Hold{};
}

// As set_hold, and tells those who watch.
bool apply_hold(Memory& memory, QueueState& queue, const std::string& key, const Hold& hold) {
    const Hold before = hold_now(queue, key);
    if (!set_hold(memory, queue, key, hold)) return false;
    EventNote note{EventKind::Held, 0, hold.length_ms, FailureKind::None, key};
    if (hold == Hold{}) note.kind = EventKind::Resumed;
    if (hold.is_paused && !before.is_paused) note.kind = EventKind::Paused;
    if (note.kind != EventKind::Held) note.delay_ms = 0;
    note_event(memory, queue, note);
    return true;
}

Answer changed_one() {
    Answer answer;
    answer.changed = 1;
    return answer;
}

Result<Answer> change_hold(Memory& memory, const HoldTarget& target, const Hold& hold,
                           QueueState& queue) {
    if (hold == hold_now(queue, target.key)) return Answer{};
    if (apply_hold(memory, queue, target.key, hold)) return changed_one();
    return Error{Code::TooLarge, "queue \"" + target.queue + "\" holds " +
                                     std::to_string(kHeldKeysMax) +
                                     " keys back already, which is the most; resume some, or pause "
                                     "the queue"};
}

}  // namespace

Result<> check_limits(const QueueSettings& settings) {
    if (auto checked = check_limits("limits", settings.limits); !checked) return checked;
    if (auto checked = check_limits("key_limits", settings.key_limits); !checked) return checked;
    if (settings.keys.size() > kKeySettingsMax)
        return Error{Code::TooLarge, "keys: " + std::to_string(settings.keys.size()) +
                                         " have settings, at most " + std::to_string(kKeySettingsMax)};
    for (const auto& [key, own] : settings.keys) {
        if (auto checked = check_name("keys.key", key); !checked) return checked;
        if (own.weight < 1 || own.weight > kWeightMax)
            return Error{Code::InvalidArgument, "keys[\"" + key + "\"].weight: " +
                                                    std::to_string(own.weight) + " is not in 1.." +
                                                    std::to_string(kWeightMax)};
        if (!own.limits) continue;
        if (auto checked = check_limits("keys[\"" + key + "\"].limits", *own.limits); !checked)
            return checked;
    }
    return {};
}

void apply_limits(Memory& memory, QueueState& queue) {
    fit_windows(queue.gate, limits_of(queue));
    memory.want_dispatch(queue);
    std::vector<KeyIndex> keys;
    memory.classes.keys().each_of(queue.index, "", [&](KeyIndex key) {
        keys.push_back(key);
        return true;
    });
    for (const KeyIndex key : keys) {
        prepare_key(memory, key);
        look_at_key(memory, key);
    }
}

bool is_open(Memory& memory, QueueState& queue) {
    const Hold& hold = queue.controls.hold;
    if (!hold.is_paused && hold.until_ms == 0 && !queue.controls.settings) return true;
    const std::uint64_t active = queue.by_state[static_cast<std::size_t>(JobState::Active)];
    const TimeMs at_ms = opens_at(queue.gate, active, &hold, limits_of(queue), memory.now_ms);
    if (at_ms <= memory.now_ms) return true;
    look_again_at(memory, queue.gate, at_ms, TimerKind::QueueGate, queue.index);
    return false;
}

const KeyState& note_waiting(Memory& memory, KeyIndex key) {
    KeyState& state = memory.classes.keys()[key];
    if (!state.is_prepared) prepare_key(memory, key);
    ++state.waiting;
    return state;
}

void note_begin(Memory& memory, QueueState& queue, KeyIndex key) {
    for (RateWindow& window : queue.gate.windows) window.note(memory.now_ms);
    if (key == kNone) return;
    for (RateWindow& window : memory.classes.keys()[key].gate.windows) window.note(memory.now_ms);
    update_key(memory, key);
}

void note_slot_free(Memory& memory, QueueState& queue, KeyIndex key) {
    if (limits_of(queue).concurrency > 0) memory.want_dispatch(queue);
    if (key == kNone) return;
    --memory.classes.keys()[key].gate.active;
    if (memory.classes.keys()[key].is_closed) update_key(memory, key);
}

Result<Answer> pause(Memory& memory, const HoldTarget& target) {
    const auto found = find_target(memory, target);
    if (!found) return found.error();
    QueueState& queue = memory.queue(*found);
    Hold hold = hold_now(queue, target.key);
    hold.is_paused = true;
    return change_hold(memory, target, hold, queue);
}

Result<Answer> hold(Memory& memory, const HoldTarget& target, DurationMs length_ms) {
    if (length_ms < 1 || length_ms > kHoldMaxMs)
        return Error{Code::InvalidArgument, "for_ms: " + std::to_string(length_ms) + " is not in 1.." +
                                                std::to_string(kHoldMaxMs)};
    const auto found = find_target(memory, target);
    if (!found) return found.error();
    QueueState& queue = memory.queue(*found);
    Hold hold = hold_now(queue, target.key);
    if (hold.until_ms >= memory.now_ms + length_ms) return Answer{};
    hold.until_ms = memory.now_ms + length_ms;
    hold.length_ms = length_ms;
    return change_hold(memory, target, hold, queue);
}

Result<Answer> resume(Memory& memory, const HoldTarget& target) {
    if (auto checked = check_target(target); !checked) return checked.error();
    QueueState* const queue = memory.find_queue(target.queue);
    // A queue that is made by its first use is not held: there is nothing to make it for.
    return queue == nullptr ? Answer{} : change_hold(memory, target, {}, *queue);
}

bool hold_from_handler(Memory& memory, QueueState& queue, const std::string& key,
                       DurationMs queue_ms, DurationMs key_ms) {
    const auto lengthen = [&](const std::string& whose, DurationMs length_ms) {
        Hold hold = hold_now(queue, whose);
        if (length_ms == 0 || hold.until_ms >= memory.now_ms + length_ms) return true;
        hold.until_ms = memory.now_ms + length_ms;
        hold.length_ms = length_ms;
        return apply_hold(memory, queue, whose, hold);
    };
    lengthen("", queue_ms);
    return key.empty() || lengthen(key, key_ms);
}

void look_at_queue_again(Memory& memory, QueueIndex index) {
    QueueState& queue = memory.queue(index);
    queue.gate.timer = kNone;
    Hold& hold = queue.controls.hold;
    if (hold.until_ms != 0 && hold.until_ms <= memory.now_ms) {
        hold.until_ms = hold.length_ms = 0;
        memory.note_controls(queue);
    }
    memory.want_dispatch(queue);
}

void look_at_key_again(Memory& memory, KeyIndex key) {
    memory.classes.keys()[key].gate.timer = kNone;
    look_at_key(memory, key);
}

void forget_unused_keys(Memory& memory) {
    for (const KeyIndex key : std::exchange(memory.classes.keys().unused(), {})) {
        memory.classes.keys()[key].is_unused = false;
        forget_key_if_unused(memory, key);
    }
}

void forget_keys_of(Memory& memory, QueueIndex queue) {
    forget_unused_keys(memory);
    std::vector<KeyIndex> keys;
    memory.classes.keys().each_of(queue, "", [&](KeyIndex key) {
        keys.push_back(key);
        return true;
    });
    for (const KeyIndex key : keys) {
        memory.timeline.cancel(memory.classes.keys()[key].gate.timer);
        memory.classes.keys().erase(key);
    }
}

void recover_rates(Memory& memory) {
    std::vector<std::tuple<TimeMs, QueueIndex, KeyIndex>> starts;
    memory.jobs.each_from(JobSeq{}, [&](Slot slot) {
        const JobDetail* const detail = memory.jobs.detail_if_any(slot);
        if (detail == nullptr || detail->started_ms == 0) return true;
        if (detail->started_ms + kRateWindowMaxMs <= memory.now_ms) return true;
        const std::uint32_t job_class = memory.jobs[slot].job_class;
        if (memory.queue(memory.classes.queue(job_class)).controls.settings)
            starts.emplace_back(std::min(detail->started_ms, memory.now_ms),
                                memory.classes.queue(job_class), memory.classes.key(job_class));
        return true;
    });
    std::sort(starts.begin(), starts.end());
    for (const auto& [when_ms, queue, key] : starts) {
        for (RateWindow& window : memory.queue(queue).gate.windows) window.note(when_ms);
        if (key == kNone) continue;
        KeyState& state = memory.classes.keys()[key];
        if (!state.is_prepared) prepare_key(memory, key);
        for (RateWindow& window : state.gate.windows) window.note(when_ms);
    }
    // All of them: leases that are older than every window close a key too.
    for (QueueIndex index = 1; index < memory.queues.size(); ++index) {
        if (!memory.queues[index] || !memory.queue(index).controls.settings) continue;
        memory.classes.keys().each_of(index, "", [&](KeyIndex key) {
            prepare_key(memory, key);
            return true;
        });
    }
}

std::vector<KeyView> list_keys(const Memory& memory, const QueueState& queue, std::string_view after,
                               std::size_t limit) {
    std::vector<KeyView> views;
    const KeyTable& keys = memory.classes.keys();
    keys.each_of(queue.index, after, [&](KeyIndex key) {
        if (views.size() == limit) return false;
        const KeyState& state = keys[key];
        const Hold* const hold = hold_of(queue, *state.name);
        const KeySettings* const own = settings_of(queue, *state.name);
        // Of a key whose jobs have never waited only the settings and the hold say something.
        const bool is_held = hold && (hold->is_paused || hold->until_ms > memory.now_ms);
        views.push_back({*state.name, state.waiting, state.gate.active, own ? own->weight : 1,
                         hold ? *hold : Hold{}, state.is_closed || is_held});
        return true;
    });
    return views;
}

}  // namespace swarmq::engine
