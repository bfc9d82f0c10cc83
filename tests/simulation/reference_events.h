// What those who watch a queue must be told (R11): every change of a job's state is one event, in
// order.
#pragma once

#include "engine/event.h"
#include "simulation/reference_model.h"

#include <cstdint>
#include <string>
#include <vector>

namespace swarmq::simulation {

using engine::EventKind;

struct Told {
    EventKind kind = EventKind::None;
    std::uint64_t seq = 0;  // 0: of the queue.
    std::uint32_t attempt = 0;
    FailureKind failure_kind = FailureKind::None;
    DurationMs delay_least_ms = 0;  // A drawn delay is one of these.
    DurationMs delay_most_ms = 0;
    std::string text;  // A key, or progress.
    QueueNumber queue = 0;
    std::uint32_t group = 0;  // Those of one group have no order but that of each job; 0: of none.
};

inline constexpr std::size_t kNotTold = ~std::size_t{0};

class Tellings {
  public:
    explicit Tellings(QueueNumber queues) : of_(queues) {}

    // Told from here on, or no more; `has_backlog`: jobs wait or are delayed.
    void set_watched(QueueNumber queue, bool is_watched, bool has_backlog);
    // Answers where it is noted, or kNotTold.
    std::size_t tell(QueueNumber queue, Told told);
    // A dead letter's number is known later than its event.
    void number(std::size_t at, std::uint64_t seq) {
        if (at != kNotTold) told_[at].seq = seq;
    }
    // A job waits or is delayed, or did so until now.
    void note_backlog(QueueNumber queue) { of_[queue].had_backlog = true; }
    void begin_group() { group_ = ++groups_; }
    void end_group() { group_ = 0; }
    // The end of a turn: a queue that has run empty in it says so.
    void tell_drained(QueueNumber queue, bool has_backlog);
    std::vector<Told> take();

  private:
    struct OfQueue {
        bool is_watched = false;
        bool is_touched = false;
        bool had_backlog = false;
    };
    std::vector<OfQueue> of_;
    std::vector<Told> told_;
    std::uint32_t group_ = 0;
    std::uint32_t groups_ = 0;
};

}  // namespace swarmq::simulation
