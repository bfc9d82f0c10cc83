// What happened to a job or a queue, as told to those who watch (R11).
#pragma once

#include <cstdint>
#include <string>

#include "model/ids.h"
#include "model/job.h"

namespace swarmq::engine {

// Numbers as in swarmq.v1.EventKind, where it says what each means.
enum class EventKind : std::uint8_t {
    None = 0,
    Added = 1,
    Waiting = 2,
    Active = 3,
    Progress = 4,
    Completed = 5,
    Failed = 6,
    Retrying = 7,
    Delayed = 8,
    Stalled = 9,
    Removed = 10,
    Deduplicated = 11,
    Drained = 12,
    Paused = 13,
    Resumed = 14,
    Held = 15,
    Retried = 16,
    Promoted = 17,
    Alert = 18,
    WaitingChildren = 19,
};
inline constexpr std::uint32_t kEventKinds = 20;

struct Event {
    EventKind kind = EventKind::None;
    FailureKind failure_kind = FailureKind::None;
    bool alert_is_over = false;
    std::uint32_t attempt = 0;
    TimeMs at_ms = 0;
    DurationMs delay_ms = 0;
    std::string queue;
    JobSeq seq{};    // None: an event of the queue.
    std::string id;  // Of the job, as it reads.
    std::string name;    // Of the job.
    std::string worker;  // Active: the name of who has it.
    // Failed, Retrying, Alert: why, cut to kEventReasonBytesMax. Progress: its value. Deduplicated and
    // those of queues: the key.
    std::string text;
};

}  // namespace swarmq::engine
