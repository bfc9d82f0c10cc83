// Counts again, from the structures, what the engine keeps as it goes.
#include "engine/invariants.h"

#include <array>
#include <map>
#include <unordered_set>

#include "engine/family_links.h"

namespace swarmq::engine {
namespace {

class Checker {
  public:
    explicit Checker(const Memory& memory) : memory_(memory) {}

    std::vector<std::string> run() {
        count_jobs();
        for (const auto& queue : memory_.queues)
            if (queue) check_queue(*queue);
        check_subscriptions();
        check_families();
        check_dedup_keys();
        expect(live_statuses_ == memory_.turns.live(), "turn rows count " + std::to_string(memory_.turns.live()) +
                                                           " living statuses, jobs have " +
                                                           std::to_string(live_statuses_));
        return std::move(broken_);
    }

  private:
    using Counts = std::array<std::uint64_t, kJobStateCount>;

    void expect(bool holds, const std::string& otherwise) {
        if (!holds) broken_.push_back(otherwise);
    }

    void count_jobs() {
        memory_.jobs.each_from(JobSeq{}, [&](Slot slot) {
            const JobSlot& job = memory_.jobs[slot];
            ++counts_[memory_.classes.queue(job.job_class)][static_cast<std::size_t>(job.state())];
            const JobDetail* const detail = memory_.jobs.detail_if_any(slot);
            if (detail && detail->turn != TurnNumber{}) ++live_statuses_;
            if (detail && detail->dedup != kNone) check_dedup_link(slot, detail->dedup);
            if (job.state() == JobState::Delayed && job.rank_when_ms == kAfterAnotherMs)
                expect(detail && detail->dedup != kNone &&
                           memory_.dedup[detail->dedup].successor == slot,
                       "job " + memory_.id_of(slot) + " waits for another that does not know it");
            expect(!detail || (detail->log_lines > 0) == ((detail->rows & kLogRows) != 0),
                   "job " + memory_.id_of(slot) + " miscounts its log lines");
            const std::string& target = memory_.classes[job.job_class].on_failure_queue;
            expect(target.empty() || memory_.queue_names.has(target),
                   "no queue " + target + " for the dead letter of " + memory_.id_of(slot));
            if (find_node(memory_, slot)) check_flow(slot);
            expect(job.state() != JobState::WaitingChildren || find_own_family(memory_, slot),
                   "job " + memory_.id_of(slot) + " waits for children and has no family");
            if (job.state() == JobState::Active) {
                ++active_by_key_[memory_.classes.key(job.job_class)];
                expect(detail && detail->subscription != kNone,
                       "active job " + memory_.id_of(slot) + " has no holder");
                expect(detail && tokens_.insert(raw(detail->token)).second,
                       "two active jobs share token of " + memory_.id_of(slot));
            }
            return true;
        });
    }

    void check_flow(Slot slot) {
        const std::string name = "job " + memory_.id_of(slot);
        const FlowNode& node = *find_node(memory_, slot);
        if (node.born_in != kNone) ++children_[node.born_in];
        const Family* const family = find_own_family(memory_, slot);
        if (family == nullptr) return;
        expect(family->parent == slot && family->parent_seq == memory_.jobs[slot].seq,
               name + " has a family that is another job's");
        const FamilyRecord& counts = family->counts;
        expect(counts.added == family->pending + counts.completed + counts.failed + counts.removed,
               name + " miscounts its children");
        expect(counts.blocking <= counts.failed, name + " is blocked by more children than failed");
        const bool is_over = family->pending == 0 || counts.blocking > 0 || counts.continues;
        expect(memory_.jobs[slot].state() != JobState::WaitingChildren || !is_over || family->is_to_settle,
               name + " waits for children although it need not");
    }

    // The children that are stored, in order, and how many of them are pending.
    void check_families() {
        for (const auto& [index, children] : children_) {
            const Family& family = memory_.families.families[index];
            std::uint32_t stored = 0;
            std::uint32_t pending = 0;
            std::int64_t last = -1;
            for (Slot slot = family.first; slot != kNone; slot = find_node(memory_, slot)->next) {
                const FlowNode& node = *find_node(memory_, slot);
                expect(node.born_in == index && node.child_index > last,
                       "job " + memory_.id_of(slot) + " is not in its place among the children");
                last = node.child_index;
                ++stored;
                if (!is_ended(memory_.jobs[slot].state())) ++pending;
            }
            expect(stored == children && stored == family.stored && pending == family.pending,
                   "the family of " + format_job_id(memory_.shard, family.parent_seq) + " counts " +
                       std::to_string(family.pending) + " pending of " + std::to_string(family.stored) +
                       " children, there are " + std::to_string(pending) + " of " +
                       std::to_string(stored));
        }
    }

    // A job is what its key says, or was that of a throttle which goes on without it.
    void check_dedup_link(Slot slot, DedupIndex index) {
        const DedupKey& key = memory_.dedup[index];
        const bool is_known =
            key.name != nullptr && key.queue == memory_.classes.queue(memory_.jobs[slot].job_class);
        expect(is_known && (key.job == memory_.jobs[slot].seq || key.successor == slot),
               "job " + memory_.id_of(slot) + " has a deduplication key that does not know it");
    }

    void check_dedup_keys() {
        std::size_t windows = 0;
        memory_.dedup.each([&](DedupIndex index) {
            const DedupKey& key = memory_.dedup[index];
            const std::string name = "deduplication key " + *key.name;
            expect(memory_.queues[key.queue] != nullptr, name + " has no queue");
            const Slot slot = memory_.jobs.find(key.job);
            const JobState state = slot == kNone ? JobState::None : memory_.jobs[slot].state();
            if (key.mode == DedupMode::Throttle) ++windows;
            expect((key.mode == DedupMode::Throttle) == (key.timer != kNone),
                   name + " has a timer, or lacks one");
            expect(key.mode != DedupMode::Debounce || state == JobState::Delayed,
                   name + " stands for a job that is not delayed");
            expect(key.mode == DedupMode::Throttle || (slot != kNone && !is_ended(state)),
                   name + " stands for a job that is over");
            if (slot != kNone)
                expect(memory_.jobs.detail_if_any(slot) &&
                           memory_.jobs.detail_if_any(slot)->dedup == index,
                       name + " is not known to its job");
            if (key.successor == kNone) return;
            const JobSlot& successor = memory_.jobs[key.successor];
            expect(key.mode == DedupMode::KeepLatest && successor.state() == JobState::Delayed &&
                       successor.rank_when_ms == kAfterAnotherMs,
                   name + " has a successor that does not wait for its job");
        });
        expect(windows == memory_.dedup.windows(), "the windows of deduplication are miscounted");
    }

    void check_schedulers(const QueueState& queue) {
        for (const auto& [key, index] : queue.schedulers) {
            const Scheduler& scheduler = memory_.schedulers[index];
            const std::string name = "scheduler " + key + " of queue " + queue.record.name;
            expect(scheduler.index == index && scheduler.record.key == key &&
                       scheduler.queue == queue.index,
                   name + " is not what its queue says");
            const bool ticks = scheduler.record.due_ms != 0 && scheduler.problem.empty();
            expect(ticks == (scheduler.timer != kNone), name + " has a timer or a due time alone");
            if (!ticks || scheduler.timer == kNone) continue;
            const DurationMs offset_ms =
                scheduler.record.due_by_wall_clock ? memory_.wall_offset_ms : 0;
            expect(memory_.timeline.when(scheduler.timer) == scheduler.record.due_ms - offset_ms,
                   name + " has a timer for another time");
        }
    }

    void check_queue(const QueueState& queue) {
        const Counts& counted = counts_[queue.index];
        for (std::size_t state = 0; state < kJobStateCount; ++state)
            expect(queue.by_state[state] == counted[state],
                   "queue " + queue.record.name + " counts " + std::to_string(queue.by_state[state]) +
                       " jobs in state " + std::to_string(state) + ", there are " +
                       std::to_string(counted[state]));
        check_schedulers(queue);
        check_waiting(queue);
        expect(queue.delayed.size() == queue.by_state[static_cast<std::size_t>(JobState::Delayed)],
               "queue " + queue.record.name + ": the delayed set is not the delayed jobs");
        for (const auto& key : queue.delayed)
            expect(memory_.jobs[key.slot].state() == JobState::Delayed,
                   "a job in the delayed set is not delayed");
        expect(queue.delayed.empty() || queue.delayed.front().due.when_ms == kAfterAnotherMs ||
                   (queue.due_timer != kNone &&
                    memory_.timeline.when(queue.due_timer) <= queue.delayed.front().due.when_ms),
               "queue " + queue.record.name + ": no timer for the earliest delayed job");
        check_ended(queue);
        expect(queue.waiting_children.size() ==
                   queue.by_state[static_cast<std::size_t>(JobState::WaitingChildren)],
               "queue " + queue.record.name + ": the set of those that wait for children is not them");
    }

    void check_waiting(const QueueState& queue) {
        std::uint64_t waiting = 0;
        std::map<KeyIndex, std::uint64_t> by_key;
        for (const auto& level : queue.ready.levels()) {
            std::vector<Slot> slots;
            level->collect(memory_.jobs, kNone, {}, kNone, level->size() + 1, slots);
            expect(slots.size() == level->size(), "a level holds more or fewer jobs than it counts");
            waiting += slots.size();
            bool has_open = false;
            KeyIndex last_key = kNone;
            for (std::size_t i = 0; i < slots.size(); ++i) {
                const JobSlot& job = memory_.jobs[slots[i]];
                const KeyIndex key = memory_.classes.key(job.job_class);
                expect(job.state() == JobState::Waiting && job.priority == level->priority(),
                       "a job in a lane does not belong there");
                expect(i == 0 || key != last_key ||
                           memory_.jobs.rank(slots[i - 1]) < memory_.jobs.rank(slots[i]),
                       "a lane is out of order at " + memory_.id_of(slots[i]));
                last_key = key;
                ++by_key[key];
                has_open = has_open || key == kNone || !memory_.classes.keys()[key].is_closed;
            }
            expect(level->has_turns() == has_open, "queue " + queue.record.name + ", priority " +
                                                       std::to_string(level->priority()) +
                                                       ": the turns are not those of the open keys");
        }
        expect(waiting == queue.by_state[static_cast<std::size_t>(JobState::Waiting)],
               "queue " + queue.record.name + ": the lanes are not the waiting jobs");
        check_keys(queue, by_key);
    }

    void check_keys(const QueueState& queue, std::map<KeyIndex, std::uint64_t>& waiting) {
        const KeyTable& keys = memory_.classes.keys();
        keys.each_of(queue.index, "", [&](KeyIndex key) {
            const std::string name = "key " + *keys[key].name + " of queue " + queue.record.name;
            expect(keys[key].waiting == waiting[key], name + " miscounts its waiting jobs");
            expect(keys[key].gate.active == active_by_key_[key], name + " miscounts its leases");
            return true;
        });
    }

    void check_ended(const QueueState& queue) {
        std::uint64_t ended = 0;
        for (const auto index : queue.ended_groups) {
            const EndedGroup& group = memory_.ended_groups[index];
            std::uint64_t size = 0;
            std::uint64_t last = 0;
            for (Slot slot = group.head; slot != kNone; slot = memory_.jobs[slot].next) {
                const std::uint64_t ordinal = memory_.jobs.detail_if_any(slot)->ended_ordinal;
                expect(ordinal > last, "an ended group is out of order");
                last = ordinal;
                ++size;
            }
            expect(size == group.size && size > 0, "an ended group miscounts");
            ended += size;
            const std::uint64_t total = group.state == JobState::Completed
                                            ? queue.record.completed_total
                                            : queue.record.failed_total;
            expect(!group.keep.count ||
                       memory_.jobs.detail_if_any(group.head)->ended_ordinal + *group.keep.count > total,
                   "queue " + queue.record.name + " keeps a job that later ends have pushed out");
        }
        expect(ended == queue.by_state[static_cast<std::size_t>(JobState::Completed)] +
                            queue.by_state[static_cast<std::size_t>(JobState::Failed)],
               "queue " + queue.record.name + ": the ended groups are not the ended jobs");
    }

    void check_subscriptions() {
        std::uint64_t active = 0;
        for (const auto& [index, counts] : counts_)
            active += counts[static_cast<std::size_t>(JobState::Active)];
        std::uint64_t leases = 0;
        expect(memory_.session_keys.size() == memory_.sessions.size(), "the sessions and their keys differ in number");
        for (const auto& [key, session] : memory_.sessions)
            for (const auto index : session.subscriptions) {
                const Subscription& holder = memory_.subscriptions[index];
                std::uint64_t size = 0;
                TimeMs last_ms = 0;
                for (Slot slot = holder.lease_head; slot != kNone;
                     slot = memory_.jobs.detail_if_any(slot)->lease_next) {
                    const TimeMs until_ms = memory_.jobs.detail_if_any(slot)->lease_until_ms;
                    expect(until_ms >= last_ms, "a lease list is out of order");
                    expect(memory_.jobs[slot].state() == JobState::Active, "a lease of a job not active");
                    last_ms = until_ms;
                    ++size;
                }
                expect(size == holder.leases, "a subscription miscounts its leases");
                expect(size == 0 || holder.lease_timer != kNone, "leases without a timer");
                leases += size;
            }
        expect(leases == active, std::to_string(active) + " active jobs, " + std::to_string(leases) +
                                     " leases");
    }

    const Memory& memory_;
    std::map<QueueIndex, Counts> counts_;
    std::map<KeyIndex, std::uint64_t> active_by_key_;
    std::unordered_set<std::uint64_t> tokens_;
    std::map<FamilyIndex, std::uint32_t> children_;
    std::uint64_t live_statuses_ = 0;
    std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> broken_invariants(const Memory& memory) { return Checker(memory).run(); }

}  // namespace swarmq::engine
