// How many jobs a worker asks for: those its handlers can run, and while these are short some more,
// so that they have work until the broker's next turn brings new ones.
//
// A broker commits in turns, and what it gives comes at the end of one. Held ahead are as many jobs
// as run at a time; where the user allows another number, what the handlers work off in about two
// turns: a job waits here for no longer than that, and a worker with longer handlers leaves the jobs
// to others. No clock and no lock: the owner tells times, and guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace swarmq::inline sdk {

class Prefetch {
  public:
    // From this mean on nothing is held ahead.
    static constexpr std::int64_t kShortNs = 20'000'000;
    // Of payloads, of what is held beyond as many jobs as run at a time.
    static constexpr std::size_t kAheadBytes = 8 * 1024 * 1024;

    // At most so many ahead; not set: as many as run at a time.
    void set_ahead_max(std::optional<std::size_t> jobs) { ahead_max_ = jobs; }

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
    std::optional<std::size_t> ahead_max_;
    std::int64_t handler_ns_ = 0;
    std::int64_t turn_ns_ = 0;       // Of the last turns, weighted.
    std::size_t payload_bytes_ = 1;  // The largest of the last ones.
};

}  // namespace swarmq::inline sdk
