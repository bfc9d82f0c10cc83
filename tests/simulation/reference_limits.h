// What holds jobs back, and whose turn it is, said plainly (R15): each window has a list of starts
// that is counted anew each time it is asked, each key a count of what others were given while it
// could have run.
#pragma once

#include "model/changes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace swarmq::simulation {

// 0: the queue itself, or a job without a key.
using KeyNumber = std::uint32_t;
inline constexpr KeyNumber kKeys = 4;
inline std::string key_name(KeyNumber key) {
    return key == 0 ? std::string() : "key-" + std::to_string(key);
}

// What people set on a queue.
struct SettingsModel {
    std::map<std::string, JobDefaults> defaults;
    std::uint64_t waiting_max = 0;
    std::array<Limits, kKeys> limits;  // [0]: of the queue.
    std::array<std::uint32_t, kKeys> weights = {1, 1, 1, 1};
};

struct HoldModel {
    bool is_paused = false;
    TimeMs until_ms = 0;
};

// Windows are kept to a 256th of their length: within that the engine may say either.
enum class Gate : std::uint8_t { Open, Either, Closed };

class Window {
  public:
    explicit Window(const Rate& rate) : rate_(rate) {}

    // Something began, no earlier than `least_ms` and no later than `most_ms`.
    void note(TimeMs least_ms, TimeMs most_ms) {
        starts_.push_back({least_ms, std::max(most_ms, taken_over_most_ms_)});
    }
    Gate look(TimeMs now_ms) const;
    const Rate& rate() const { return rate_; }
    void set_jobs(std::uint64_t jobs) { rate_.jobs = jobs; }
    // What `other` has seen: what is too old for it may or may not be known any more.
    void take_over(const Window& other, TimeMs now_ms);
    void forget_old(TimeMs now_ms);

  private:
    struct Start {
        TimeMs least_ms = 0;
        TimeMs most_ms = 0;
    };
    // How much later a start may seem to have been.
    DurationMs blur_ms() const { return std::max<DurationMs>(1, rate_.per_ms / 256) - 1; }

    Rate rate_;
    std::vector<Start> starts_;
    TimeMs taken_over_most_ms_ = 0;  // Nothing seems to have begun before what was taken over.
};

// The windows of a queue or of a key.
using Windows = std::vector<Window>;
// The limits were set.
void fit(Windows& windows, const Limits& limits, TimeMs now_ms);
Gate look(const Windows& windows, const HoldModel& hold, const Limits& limits, std::uint64_t active,
          TimeMs now_ms);

// The turns of the keys of one queue and priority. While a key has jobs and nothing holds it back,
// every other one is given no more than its weight; and a key whose turn it is is given its weight
// before the next.
class Turns {
  public:
    using Able = std::array<bool, kKeys>;

    // A job of `key` is given out; `could_be` says of which keys one could have been.
    void give(KeyNumber key, const Able& could_be, const std::array<std::uint32_t, kKeys>& weights);
    // It has no jobs any more, or something holds it back: it will join the end of the round.
    void leave(KeyNumber key) {
        meanwhile_[key] = {};
        if (key == its_turn_) given_ = 0;
        has_full_turn_[key] = true;
    }
    // Whether it left is not known.
    void doubt(KeyNumber key) {
        meanwhile_[key] = {};
        has_full_turn_[key] = false;
        if (key == its_turn_) its_turn_ = kKeys;
    }
    // Nothing is known of this round; a new weight counts from the next one.
    void forget() {
        meanwhile_ = {};
        has_full_turn_ = {};
        its_turn_ = kKeys;
    }

  private:
    std::array<std::array<std::uint32_t, kKeys>, kKeys> meanwhile_{};  // [who waits][who is given]
    KeyNumber its_turn_ = kKeys;                                       // kKeys: nobody knows.
    std::uint32_t given_ = 0;
    Able has_full_turn_{};
};

}  // namespace swarmq::simulation
