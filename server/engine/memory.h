// All that a shard remembers, and the few steps every rule is made of. The rules themselves are free
// functions over this, one file each: producers, flows, leases, finish, dispatch, retention, admin, recovery.
// Owner: the engine. Pure: no clock, I/O, thread or logging.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/class_table.h"
#include "engine/dedup_table.h"
#include "engine/delayed_set.h"
#include "engine/effects.h"
#include "engine/families.h"
#include "engine/history.h"
#include "engine/job_table.h"
#include "engine/ledger.h"
#include "engine/limits.h"
#include "engine/name_counts.h"
#include "engine/queue_names.h"
#include "engine/ready_queue.h"
#include "engine/recent_ends.h"
#include "engine/schedule_times.h"
#include "engine/slab.h"
#include "engine/timeline.h"
#include "engine/turn_rows.h"
#include "engine/watched.h"
#include "model/changes.h"

namespace swarmq::engine {

using QueueIndex = std::uint32_t;
using SubscriptionIndex = std::uint32_t;

// Jobs of one queue that ended the same way and are kept by the same rule, oldest first.
struct EndedGroup {
    JobState state = JobState::None;
    Keep keep;
    Slot head = kNone;
    Slot tail = kNone;
    std::uint64_t size = 0;
    QueueIndex queue = kNone;
    TimerId timer = kNone;
};

struct QueueState {
    QueueRecord record;
    QueueControls controls;
    QueueIndex index = kNone;
    std::array<std::uint64_t, kJobStateCount> by_state{};
    ReadyQueue ready;
    DelayedSet delayed;
    std::set<JobSeq> waiting_children;
    TimerId due_timer = kNone;
    Slot active_head = kNone;
    Slot active_tail = kNone;
    std::unordered_map<std::string_view, Slot> chosen_ids;
    std::vector<std::uint32_t> ended_groups;
    // Subscriptions that may have credit, in turns; those found without are dropped when met.
    std::vector<SubscriptionIndex> ready_subscriptions;
    std::size_t next_subscription = 0;
    Gate gate;  // Its leases are by_state's.
    HistoryRef history;
    std::uint32_t last_class = kNone;  // Of the job added last, most often the next one's as well. It may be gone.
    std::uint64_t subscribers = 0;
    std::map<std::string, std::uint32_t, std::less<>> schedulers;  // By key.
    TimerId forget_timer = kNone;
    TimeMs last_used_ms = 0;
    bool is_changed = false;  // Its record is written with this turn.
    bool are_controls_changed = false;  // So are they.
    bool wants_dispatch = false;
    bool is_watched = false;   // By name; see Watched.
    bool is_touched = false;   // Events of its jobs were collected in this turn.
    bool had_backlog = false;  // While watched: jobs waited or were delayed since it last ran empty.

    std::uint64_t jobs() const {
        std::uint64_t sum = 0;
        for (const auto count : by_state) sum += count;
        return sum;
    }
};

struct Subscription {
    SessionKey session{};
    std::uint32_t client_number = 0;
    DurationMs lease_ms = 0;
    std::uint64_t credit_total = 0;
    std::uint64_t granted_total = 0;
    bool timeouts_start_when_told = false;
    bool is_open = false;  // False: gets nothing more, lives until its leases end.
    bool wants_room = false;  // Left the turns of its queues because its session had no room.
    struct Source {
        QueueIndex queue = kNone;
        bool is_ready = false;  // Stands in the queue's ready_subscriptions.
    };
    std::vector<Source> sources;
    // Its leases by their end, earliest first: they all last equally long.
    Slot lease_head = kNone;
    Slot lease_tail = kNone;
    std::uint64_t leases = 0;
    TimerId lease_timer = kNone;
    std::uint64_t take_request = 0;  // Not 0: a Take, closed by its first delivery.
    TimerId take_timer = kNone;
    std::size_t open_delivery = 0;  // 1 + index into this turn's deliveries.
};

struct Session {
    SessionKey key{};
    std::shared_ptr<const SessionRecord> record;
    bool is_connected = false;
    bool is_held = false;      // Its connection has too much to send: no deliveries.
    bool wants_room = false;   // So does one of its subscriptions.
    std::size_t delivered_bytes = 0;  // At most, in this turn.
    TimerId grace_timer = kNone;
    std::vector<SubscriptionIndex> subscriptions;
};

struct Scheduler {
    SchedulerRecord record;
    ScheduleTimes times;
    std::string problem;  // Not empty: it cannot be understood here, and does not tick.
    std::uint32_t index = kNone;
    QueueIndex queue = kNone;
    TimerId timer = kNone;  // Of its next tick, if it has one.
    std::size_t bytes = 0;  // What its job takes.
    bool is_changed = false;  // Its record is written with this turn.
};

struct Memory {
    Memory(ShardId shard_id, Epoch boot_epoch, std::uint64_t seed);

    const ShardId shard;
    const Epoch epoch;
    TimeMs now_ms = 0;
    DurationMs clock_step_ms = 0;  // See EngineOptions.
    // Wall clock minus now_ms, as last told; moves due times that follow the wall clock.
    DurationMs wall_offset_ms = 0;
    std::mt19937_64 random;

    JobTable jobs;
    ClassTable classes;
    Timeline timeline;
    TurnRows turns;
    Ledger ledger;
    RecentEnds recent_ends;
    History history;
    Families families;

    std::size_t queues_max = kQueuesMax;
    std::vector<std::unique_ptr<QueueState>> queues;  // By QueueIndex; [0] and free ones are null.
    std::vector<QueueIndex> free_queues;              // Of forgotten queues, to be used again.
    NameCounts on_failure_by_settings;
    NameCounts on_failure_by_schedulers;
    QueueNames queue_names;
    std::unordered_map<QueueId, QueueIndex> queue_by_id;
    // Of the last queues that went: what their last turns say is still on its way.
    std::deque<std::pair<QueueId, std::string>> forgotten_names;
    std::vector<QueueIndex> dispatch_wanted;
    std::vector<QueueIndex> changed_queues;
    std::vector<QueueIndex> changed_controls;
    std::vector<SubscriptionIndex> served;  // Have an open delivery in this dispatch.
    std::vector<SessionKey> busy_sessions;  // Were delivered to, or had no room for it, in this turn.
    Slab<EndedGroup> ended_groups;

    Watched watched;

    Slab<Scheduler> schedulers;
    std::vector<std::uint32_t> changed_schedulers;
    std::size_t scheduler_bytes = 0;
    const ZoneSource* zones = nullptr;  // Null: only UTC is known.

    DedupTable dedup;
    std::vector<DedupIndex> changed_dedup;  // Some of them may be gone, or stand here twice.
    std::size_t windows_max = kDedupWindowsMax;

    Slab<Subscription> subscriptions;
    std::unordered_map<SessionKey, Session> sessions;
    std::unordered_map<std::string, SessionKey> session_by_id;
    std::set<SessionKey> session_keys;  // Of all sessions, for those who list them.

    std::uint64_t next_counter = 1;  // Of job numbers and ranks.
    std::uint64_t next_token = 1;
    std::uint64_t next_session = 1;
    // Above all that are stored. One that is forgotten may be given again after a restart: its jobs went
    // before it, and nothing else that is stored names a queue.
    std::uint32_t next_queue_id = 1;
    TimeMs leases_hold_until_ms = 0;  // No lease ends before: the broker itself was late.
    TimeMs rank_floor_ms = 0;  // No rank at the tail is earlier than one given before.

    Effects effects;  // Of the turn that is being made.

    QueueState& queue(QueueIndex index) { return *queues[index]; }
    QueueState& queue_of(Slot slot) { return queue(classes.queue(jobs[slot].job_class)); }
    const JobClass& class_of(Slot slot) const { return classes[jobs[slot].job_class]; }

    // Null when there is no such queue.
    QueueState* find_queue(std::string_view name);
    const QueueState* find_queue(std::string_view name) const;
    QueueState& find_or_create_queue(const std::string& name);
    // Restores or creates; `record.id` is new here.
    QueueState& insert_queue(QueueRecord record);
    void forget_queue(QueueIndex index);
    // A job, a queue's settings or a scheduler name it as on_failure: it must stay.
    bool is_on_failure_queue(const std::string& name) const {
        return classes.is_on_failure_queue(name) || on_failure_by_settings.has(name) ||
               on_failure_by_schedulers.has(name);
    }
    void replace_settings(QueueState& queue, std::shared_ptr<const QueueSettings> settings);
    // kNone when no such job is stored in that queue.
    Slot find_job(const QueueState& queue, std::string_view id) const;
    Result<Slot> find_job(const JobName& name);

    std::uint64_t draw_number() { return with_epoch(epoch, next_counter++); }
    // When a delay that begins now is over.
    TimeMs due_after(DurationMs delay_ms) const { return now_ms + delay_ms + clock_step_ms; }
    // A rank at the tail, as of now.
    TimeMs tail_ms();

    // The queue's record is written with this turn.
    void note_changed(QueueState& queue);
    void note_controls(QueueState& queue);
    void note_changed(Scheduler& scheduler);
    // The queue may have jobs for subscriptions at the end of this turn.
    void want_dispatch(QueueState& queue);
    // The job's status is written with this turn.
    void note_status(Slot slot);

    JobStatus status_of(Slot slot) const;
    JobView view_of(Slot slot) const;
    std::string id_of(Slot slot) const;
};

}  // namespace swarmq::engine
