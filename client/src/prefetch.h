// How many jobs a worker asks for: those its handlers can run, and while these are short some more,
// so that they have work until the broker's next turn brings new ones.
//
// A broker commits in turns, and what it gives comes at the end of one. What is held ahead is what
// the handlers work off in about two turns: a job waits here for no longer than that, and a worker
// with longer handlers leaves the jobs to others. No clock and no lock: the owner tells times, and
// guards it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace swarmq::inline sdk {

class Prefetch {
  public:
    // From this mean on nothing is held ahead.
    static constexpr std::int64_t kShortNs = 20'000'000;
    // Ahead at most: times the jobs that run at once, and jobs, and payload bytes. As many as run
    // at once are always allowed while handlers are short.
    static constexpr std::size_t kAheadTimes = 8;
    static constexpr std::size_t kAheadJobs = 512;
    static constexpr std::size_t kAheadBytes = 8 * 1024 * 1024;

    // How long a handler took: of a batch, its share for one job.
    void note_handler(std::int64_t ns);
    // From an answer sent to the broker's word for it, with which come the jobs that it made room
    // for.
    void note_turn(std::int64_t ns);
    void note_payload(std::size_t bytes);
    // Jobs held ahead have waited for so long: handlers are not as short as they were.
    void note_waited(std::int64_t ns);

    // Of the last handlers, weighted; 0: none has ended yet.
    std::int64_t handler_ns() const { return handler_ns_; }
    // `at_once`: how many jobs can run at a time.
    std::size_t jobs_wanted(std::size_t at_once) const;

  private:
    std::int64_t handler_ns_ = 0;
    std::int64_t turn_ns_ = 0;       // Of the last turns, weighted.
    std::size_t payload_bytes_ = 1;  // The largest of the last ones.
};

}  // namespace swarmq::inline sdk
