// The bounds on everything a request may bring. Requests over them are refused with the bound in words.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/ids.h"

namespace swarmq::engine {

inline constexpr std::size_t kNameBytesMax = 128;
inline constexpr std::size_t kTagsMax = 16;
inline constexpr std::size_t kHeadersMax = 64;
inline constexpr std::size_t kHeaderBytesMax = 16 * 1024;  // Of one job, keys and values together.
inline constexpr std::size_t kPayloadBytesMax = 1024 * 1024;
inline constexpr std::size_t kErrorBytesMax = 16 * 1024;
inline constexpr std::size_t kProgressBytesMax = 4 * 1024;
inline constexpr std::size_t kContentTypeBytesMax = 128;

inline constexpr std::size_t kItemsPerRequestMax = 1'000;
inline constexpr std::size_t kBeatItemsMax = 10'000;
// Jobs that one FinishItem adds.
inline constexpr std::size_t kFollowUpsMax = 100;
// Of one job, those that ended and went included; and how deep a flow may be, counted from its root.
inline constexpr std::size_t kChildrenMax = 10'000;
inline constexpr std::uint32_t kFlowLevelsMax = 64;
// How many jobs one turn moves on because of what their children or parents did; the next turn does more.
inline constexpr std::size_t kFlowStepsPerTurn = 1'000;
inline constexpr std::size_t kQueuesPerSubscriptionMax = 64;
// Of deliveries to one session in one turn: more than any one job has, and two turns fit into the outbox. Only a
// job with a large checkpoint may be more, and then it goes alone: 2.1 MiB, of which two fit, too.
inline constexpr std::size_t kDeliveredBytesPerTurnMax = 1536 * 1024;
// Open ones; a Take is none. More get TooManyInflight.
inline constexpr std::size_t kSubscriptionsPerSessionMax = 1'024;
// Queues of one shard; a request that would make more gets MemoryLimit.
inline constexpr std::size_t kQueuesMax = 100'000;
inline constexpr std::size_t kListRowsDefault = 100;
// A listing of all states, or one with filters, looks at no more jobs than this for one page, and has no more read
// than that; one of workers looks at no more of what they take.
inline constexpr std::size_t kListStepsMax = 10'000;
inline constexpr std::size_t kListReadsMax = 1'000;
inline constexpr std::size_t kErrorTextBytesMax = 1'024;

// A page of queues ends early at so many counts of single priorities, so that it fits a frame.
inline constexpr std::size_t kListPrioritiesMax = 10'000;

// Queues that are named of one worker in a list of workers.
inline constexpr std::size_t kWorkerQueuesShownMax = 64;
// Of queues that went: so many names are still known.
inline constexpr std::size_t kForgottenNamesMax = 1'000;

// Schedulers of a shard, and what their jobs take in memory together.
inline constexpr std::size_t kSchedulersMax = 10'000;
inline constexpr std::size_t kSchedulerBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kTicksAheadMax = 100;
inline constexpr DurationMs kRepeatEveryMinMs = 10;
// A tick that comes later than this was missed.
inline constexpr DurationMs kTickOnTimeMs = 1'000;

// Keys of a shard that are deduplicated for a time, whatever becomes of their jobs (R12).
inline constexpr std::size_t kDedupWindowsMax = 1'000'000;

// Queues that are watched by name, and what an event says of a failure.
inline constexpr std::size_t kWatchedQueuesMax = 10'000;
inline constexpr std::size_t kEventReasonBytesMax = 256;

// Job names with defaults of their own in one queue.
inline constexpr std::size_t kDefaultsMax = 100;

// Of one queue: keys with settings of their own, and keys that are paused or held.
inline constexpr std::size_t kKeySettingsMax = 1'000;
inline constexpr std::size_t kHeldKeysMax = 1'000;
inline constexpr std::size_t kRatesMax = 8;
// Keys of a shard that no job has but whose past still counts for a rate; with more, the past of those
// that it would soonest count for no more is forgotten.
inline constexpr std::size_t kIdleKeysMax = 100'000;
inline constexpr std::uint64_t kRateJobsMax = 1'000'000'000;
inline constexpr DurationMs kRateWindowMaxMs = 86'400'000;
inline constexpr std::uint64_t kConcurrencyMax = 1'000'000'000;
inline constexpr std::uint32_t kWeightMax = 1'000;
inline constexpr DurationMs kHoldMaxMs = 30LL * 86'400'000;

inline constexpr std::uint32_t kAttemptsMax = 1'000'000;
inline constexpr std::uint32_t kStallsMax = 1'000;
// A thousand years: no delay a user would meet, and sums of times stay far from overflow.
inline constexpr DurationMs kDurationMaxMs = 1'000LL * 366 * 86'400'000;

inline constexpr DurationMs kLeaseDefaultMs = 30'000;
inline constexpr DurationMs kLeaseMinMs = 1'000;
inline constexpr DurationMs kLeaseMaxMs = 86'400'000;
inline constexpr DurationMs kSessionGraceMs = 1'000;
inline constexpr DurationMs kTakeWaitMaxMs = 3'600'000;

// A client's answers are forgotten this long after it last used the broker.
inline constexpr DurationMs kAnswersKeptMs = 600'000;
// And no more than this many are kept of one client, the newest: four times what may be under way.
inline constexpr std::size_t kAnswersPerClientMax = 4'096;
// How many ends of jobs that are stored no more are remembered, to know a repeated answer of a worker.
inline constexpr std::size_t kRecentEndsMax = 65'536;
// An automatically created queue is forgotten when it was empty for so long.
inline constexpr DurationMs kQueueForgottenAfterMs = 86'400'000;

// Of a job's log: the newest lines that are kept, as many as one item of a request may bring.
inline constexpr std::size_t kLogLinesMax = 100;
inline constexpr std::size_t kLogLineBytesMax = 4 * 1024;
inline constexpr std::size_t kCheckpointBytesMax = 1024 * 1024;

// What is remembered of the last minutes of all queues together (R8): about 1,700 that are busy at once.
inline constexpr std::size_t kHistoryBytesMax = 64 * 1024 * 1024;
// Of one queue: minutes, and job names that are counted apart.
inline constexpr std::size_t kHistoryMinutesMax = 120;
inline constexpr std::size_t kHistoryNamesMax = 100;
// A look at the waiting jobs of each name goes through no more than this many.
inline constexpr std::size_t kNameStepsMax = 10'000;

// The newest attempts of a job that are kept.
inline constexpr std::uint32_t kAttemptRowsMax = 100;
// How much one call of advance() does before it lets others have a turn.
inline constexpr std::size_t kTimersPerAdvance = 1'000;

}  // namespace swarmq::engine
