// Gates, windows and turns; and how the reference asks them.
#include "simulation/reference_limits.h"

#include "engine/commands.h"
#include "simulation/reference.h"
#include "simulation/violation.h"

namespace swarmq::simulation {
namespace {

constexpr TimeMs kLongAgo = INT64_MIN / 2;

// What a window keeps for one that may take its place.
constexpr DurationMs kRemembered = 20'000;

template <class T>
void fill(const std::optional<T>& value, std::uint32_t field, std::uint32_t& chosen, T& into) {
    if (!value || (chosen & field) != 0) return;
    into = *value;
    chosen |= field;
}

}  // namespace

Gate Window::look(TimeMs now_ms) const {
    std::uint64_t surely = 0;
    std::uint64_t perhaps = 0;
    for (const Start& start : starts_) {
        surely += start.least_ms > now_ms - rate_.per_ms;
        perhaps += start.most_ms > now_ms - rate_.per_ms - blur_ms();
    }
    if (surely >= rate_.jobs) return Gate::Closed;
    return perhaps >= rate_.jobs ? Gate::Either : Gate::Open;
}

void Window::take_over(const Window& other, TimeMs now_ms) {
    starts_ = other.starts_;
    for (Start& start : starts_) {
        start.most_ms += other.blur_ms();
        taken_over_most_ms_ = std::max(taken_over_most_ms_, start.most_ms);
        if (start.least_ms <= now_ms - other.rate_.per_ms) start.least_ms = kLongAgo;
    }
}

void Window::forget_old(TimeMs now_ms) {
    std::erase_if(starts_,
                  [&](const Start& start) { return start.most_ms < now_ms - kRemembered; });
}

void fit(Windows& windows, const Limits& limits, TimeMs now_ms) {
    const auto longest = std::max_element(
        windows.begin(), windows.end(),
        [](const Window& a, const Window& b) { return a.rate().per_ms < b.rate().per_ms; });
    Windows fitted;
    for (const Rate& rate : limits.rates) {
        const auto same = std::find_if(windows.begin(), windows.end(), [&](const Window& window) {
            return window.rate().per_ms == rate.per_ms;
        });
        fitted.push_back(same == windows.end() ? Window(rate) : *same);
        fitted.back().set_jobs(rate.jobs);
        if (same == windows.end() && longest != windows.end())
            fitted.back().take_over(*longest, now_ms);
    }
    windows = std::move(fitted);
}

Gate look(const Windows& windows, const HoldModel& hold, const Limits& limits, std::uint64_t active,
          TimeMs now_ms) {
    if (hold.is_paused || hold.until_ms > now_ms) return Gate::Closed;
    if (limits.concurrency > 0 && active >= limits.concurrency) return Gate::Closed;
    Gate gate = Gate::Open;
    for (const Window& window : windows) gate = std::max(gate, window.look(now_ms));
    return gate;
}

void Turns::give(KeyNumber key, const Able& could_be,
                 const std::array<std::uint32_t, kKeys>& weights) {
    if (key != its_turn_) {
        if (const KeyNumber last = its_turn_; last < kKeys) {
            require(!could_be[last] || !has_full_turn_[last] || given_ % weights[last] == 0,
                    "the turn of key ", last, " went on to key ", key, " after ", given_,
                    " jobs, with a weight of ", weights[last]);
            has_full_turn_[last] = true;
        }
        its_turn_ = key;
        given_ = 0;
    }
    ++given_;
    for (KeyNumber other = 0; other < kKeys; ++other) {
        if (other == key || !could_be[other])
            meanwhile_[other] = {};
        else
            require(++meanwhile_[other][key] <= weights[key], "key ", other, " waits while key ",
                    key, " is given ", meanwhile_[other][key], " jobs");
    }
}

// --- What of it belongs to the reference.

ControlsModel& Reference::change_controls(QueueNumber queue) {
    controls_before_.push_back({turn_, queue, controls_[queue]});
    return controls_[queue];
}

bool Reference::pause(QueueNumber queue, KeyNumber key) {
    leave_turns(queue, key);
    if (std::exchange(change_controls(queue).holds[key].is_paused, true)) return false;
    tell(queue, key, EventKind::Paused);
    return true;
}

bool Reference::hold(QueueNumber queue, KeyNumber key, DurationMs length_ms) {
    if (controls_[queue].holds[key].until_ms >= now_ms_ + length_ms) return false;
    leave_turns(queue, key);
    change_controls(queue).holds[key].until_ms = now_ms_ + length_ms;
    tell(queue, key, EventKind::Held, length_ms);
    return true;
}

void Reference::resume(QueueNumber queue, KeyNumber key) {
    HoldModel& hold = change_controls(queue).holds[key];
    if (hold.is_paused || hold.until_ms > now_ms_) tell(queue, key, EventKind::Resumed);
    hold = {};
}

void Reference::set_settings(QueueNumber queue, std::shared_ptr<const SettingsModel> settings) {
    change_controls(queue).settings = std::move(settings);
    for (KeyNumber key = 0; key < kKeys; ++key)
        fit(by_queue_[queue].windows[key], settings_of(queue).limits[key], now_ms_);
    for (auto& [priority, turns] : by_queue_[queue].turns) turns.forget();
}

void Reference::leave_turns(QueueNumber queue, KeyNumber key) {
    // A queue that is held back keeps its round.
    if (key == 0) return;
    for (auto& [priority, turns] : by_queue_[queue].turns) turns.leave(key);
}

// A lane that jobs left and joined may have been empty in between, and have lost its place in the
// round.
void Reference::end_unordered() {
    for (const Expected& expected : expected_)
        joined_unordered_.insert(
            {expected.added.queue, {expected.added.priority, expected.added.key}});
    for (const auto& [queue, lane] : std::exchange(left_unordered_, {}))
        if (joined_unordered_.contains({queue, lane})) by_queue_[queue].turns[lane.first].forget();
    joined_unordered_.clear();
    is_unordered_ = false;
    tellings_.end_group();
}

const SettingsModel& Reference::settings_of(QueueNumber queue) const {
    static const SettingsModel kNone;
    const auto& settings = controls_[queue].settings;
    return settings ? *settings : kNone;
}

Gate Reference::gate(QueueNumber queue) const {
    return look(by_queue_[queue].windows[0], controls_[queue].holds[0],
                settings_of(queue).limits[0], count(queue, JobState::Active), now_ms_);
}

Gate Reference::gate(QueueNumber queue, KeyNumber key) const {
    if (key == 0) return Gate::Open;
    return look(by_queue_[queue].windows[key], controls_[queue].holds[key],
                settings_of(queue).limits[key], by_queue_[queue].active[key], now_ms_);
}

bool Reference::could_give(QueueNumber queue) const {
    if (gate(queue) != Gate::Open) return false;
    for (const auto& [lane, jobs] : by_queue_[queue].waiting)
        if (gate(queue, lane.second) == Gate::Open) return true;
    return false;
}

void Reference::check_turn(const Job& job, bool is_order_known) {
    require(gate(job.queue) != Gate::Closed, "job ", job.seq,
            " was given out by a queue that something holds back");
    require(gate(job.queue, job.key) != Gate::Closed, "job ", job.seq,
            " was given out though something holds its key back");
    ByQueue& in = by_queue_[job.queue];
    Turns& turns = in.turns[job.priority];
    if (!is_order_known) return turns.forget();
    Turns::Able could_be{};
    for (const auto& [lane, jobs] : in.waiting) {
        if (lane.first > job.priority) break;
        const bool is_open = gate(job.queue, lane.second) == Gate::Open;
        require(lane.first == job.priority || !is_open, "job ", job.seq, " of queue ", job.queue,
                ", key ", job.key, ", priority ", job.priority,
                " was given out before those of priority ", lane.first, ", key ", lane.second);
        if (lane.first == job.priority) could_be[lane.second] = is_open;
    }
    const auto& [place, first] = *in.waiting.at({job.priority, job.key}).begin();
    require(place == job.place, "job ", job.seq, " (placed at ", job.place.when_ms, ", ",
            job.place.number, ") was given out before job ", first, " (", place.when_ms, ", ",
            place.number, ")");
    turns.give(job.key, could_be, settings_of(job.queue).weights);
}

void Reference::note_begin(const Job& job) {
    auto& windows = by_queue_[job.queue].windows;
    for (const KeyNumber key : {KeyNumber{0}, job.key}) {
        for (Window& window : windows[key]) {
            window.note(now_ms_, now_ms_);
            window.forget_old(now_ms_);
        }
        if (job.key == 0) break;
    }
    const Gate its_gate = gate(job.queue, job.key);
    if (its_gate == Gate::Closed) leave_turns(job.queue, job.key);
    if (its_gate == Gate::Either)
        for (auto& [priority, turns] : by_queue_[job.queue].turns) turns.doubt(job.key);
}

// Of what began before the restart the last attempt of each job that is stored counts.
void Reference::recover_windows() {
    for (QueueNumber queue = 0; queue < queues_.size(); ++queue)
        for (KeyNumber key = 0; key < kKeys; ++key)
            fit(by_queue_[queue].windows[key], settings_of(queue).limits[key], now_ms_);
    for (const auto& [seq, job] : jobs_) {
        if (job.started_ms == 0) continue;
        auto& windows = by_queue_[job.queue].windows;
        for (Window& window : windows[0]) window.note(job.granted_ms, job.started_ms);
        if (job.key == 0) continue;
        for (Window& window : windows[job.key]) window.note(job.granted_ms, job.started_ms);
    }
}

void Reference::apply_defaults(QueueNumber queue, Added& added) const {
    const auto& defaults = settings_of(queue).defaults;
    for (const std::string& name : {added.name, std::string()}) {
        const auto found = defaults.find(name);
        if (found == defaults.end()) continue;
        const JobDefaults& from = found->second;
        std::uint32_t priority = added.priority;
        fill(from.priority, engine::kPriority, added.chosen_fields, priority);
        added.priority = static_cast<std::uint8_t>(priority);
        Rules& rules = added.rules;
        fill(from.attempts_max, engine::kAttempts, added.chosen_fields, rules.attempts_max);
        fill(from.backoff, engine::kBackoff, added.chosen_fields, rules.backoff);
        fill(from.timeout_ms, engine::kTimeout, added.chosen_fields, rules.timeout_ms);
        fill(from.ttl_ms, engine::kTtl, added.chosen_fields, rules.ttl_ms);
        fill(from.max_stalled, engine::kMaxStalled, added.chosen_fields, rules.max_stalled);
        fill(from.keep_completed, engine::kKeepCompleted, added.chosen_fields,
             rules.keep_completed);
        fill(from.keep_failed, engine::kKeepFailed, added.chosen_fields, rules.keep_failed);
        if (from.on_failure_queue.empty() || (added.chosen_fields & engine::kOnFailure) != 0)
            continue;
        rules.on_failure = queue_number(from.on_failure_queue);
        added.chosen_fields |= engine::kOnFailure;
    }
}

}  // namespace swarmq::simulation
