// Bounds what is added by time, number, backlog and pace, and counts.
#include "run.h"

#include "bench/stamp.h"

#include <algorithm>

namespace swarmq::bench {

void Run::start() {
    std::call_once(started_, [this] {
        next_due_ = Clock::now();
        begin_ = next_due_;
    });
}

std::uint64_t Run::take(std::uint64_t wanted) {
    const auto now = Clock::now();
    if (now >= begin_.load() + limits_.longest || added_ >= limits_.jobs) {
        is_over_ = true;
        return 0;
    }
    if (limits_.pace.count() > 0) {
        if (now < next_due_) return 0;
        next_due_ += limits_.pace;
    }
    wanted = std::min(wanted, limits_.jobs - added_);
    if (!has_room(wanted)) return 0;
    added_ += wanted;
    return wanted;
}

void Run::wait() {
    const auto end = begin_.load() + limits_.longest;
    std::unique_lock lock(mutex_);
    is_waiting_ = true;
    if (limits_.pace.count() > 0) {
        room_.wait_until(lock, std::min(next_due_, end), [] { return false; });
    } else {
        room_.wait_until(lock, end, [this] { return has_room(settings_.batch); });
    }
    is_waiting_ = false;
}

std::string Run::payload() const {
    return cli::stamped_payload(Clock::now(), settings_.payload_bytes);
}

void Run::acknowledged(std::uint64_t jobs, Clock::time_point sent_at) {
    const auto took = Clock::now() - sent_at;
    for (std::uint64_t i = 0; i < jobs; ++i) add_latency_.record(took);
}

void Run::received(std::string_view payload) {
    job_latency_.record(Clock::now() - cli::stamp_of(payload));
    ++received_;
    if (is_waiting_) {
        const std::lock_guard lock(mutex_);
        room_.notify_all();
    }
}

bool Run::is_finished() const {
    if (has_given_up_ || (is_over_ && ended_ >= added_)) return true;
    return Clock::now() > begin_.load() + limits_.longest + limits_.patience;
}

double Run::seconds() const {
    return std::chrono::duration<double>(Clock::now() - begin_.load()).count();
}

}  // namespace swarmq::bench
