// The table of the engine's verbs; each is one call of the rule that has it.
#include "engine/engine.h"

#include <algorithm>
#include <utility>

#include "engine/activity.h"
#include "engine/admin.h"
#include "engine/attempts.h"
#include "engine/children.h"
#include "engine/dedup.h"
#include "engine/dispatch.h"
#include "engine/events.h"
#include "engine/flow_view.h"
#include "engine/flows.h"
#include "engine/invariants.h"
#include "engine/leases.h"
#include "engine/limits.h"
#include "engine/listing.h"
#include "engine/obliterate.h"
#include "engine/overview.h"
#include "engine/producers.h"
#include "engine/rate_limit.h"
#include "engine/recovery.h"
#include "engine/retention.h"
#include "engine/scheduler_verbs.h"
#include "engine/schedules.h"
#include "engine/settings.h"
#include "engine/transitions.h"
#include "engine/update.h"
#include "engine/validate.h"
#include "engine/worker_list.h"

namespace swarmq::engine {
namespace {

// How many statuses of old turns are written again in one turn, so that their rows can go.
constexpr std::size_t kCleanedPerTurn = 256;

// Moves up to `limit` due jobs of a queue to its waiting ones.
std::size_t fire_queue_due(Memory& memory, QueueIndex index, std::size_t limit) {
    QueueState& queue = memory.queue(index);
    queue.due_timer = kNone;
    std::size_t fired = 0;
    while (!queue.delayed.empty() && queue.delayed.front().due.when_ms <= memory.now_ms &&
           fired < limit) {
        fall_due(memory, queue.delayed.front().slot);
        ++fired;
    }
    if (!queue.delayed.empty() && queue.due_timer == kNone &&
        queue.delayed.front().due.when_ms != kAfterAnotherMs)
        // At the end of what is due now: other queues have their turn before the rest of a storm.
        queue.due_timer =
            memory.timeline.set(std::max(queue.delayed.front().due.when_ms, memory.now_ms),
                                TimerKind::QueueDue, index);
    return fired;
}

// By someone, or by a handler for a time that is not over.
bool is_held(const QueueState& queue, TimeMs now_ms) {
    const auto holds = [&](const Hold& hold) { return hold.is_paused || hold.until_ms > now_ms; };
    const auto& keys = queue.controls.key_holds;
    return holds(queue.controls.hold) ||
           std::any_of(keys.begin(), keys.end(), [&](const auto& entry) { return holds(entry.second); });
}

void fire_queue_forget(Memory& memory, QueueIndex index) {
    QueueState& queue = memory.queue(index);
    queue.forget_timer = kNone;
    const TimeMs when_ms = queue.last_used_ms + kQueueForgottenAfterMs;
    const bool is_in_use = queue.jobs() > 0 || queue.subscribers > 0 || queue.controls.settings ||
                           is_held(queue, memory.now_ms) || !queue.schedulers.empty() ||
                           memory.dedup.first_of(index) != kNone ||
                           memory.is_on_failure_queue(queue.record.name);
    if (!is_in_use && when_ms <= memory.now_ms) {
        memory.forget_queue(index);
        return;
    }
    queue.forget_timer = memory.timeline.set(
        is_in_use ? memory.now_ms + kQueueForgottenAfterMs : when_ms, TimerKind::QueueForget, index);
}

// Does what an entry is for; answers how much work it was.
std::size_t fire(Memory& memory, const Timeline::Entry& entry, std::size_t limit) {
    switch (entry.kind) {
        case TimerKind::QueueDue:
            return fire_queue_due(memory, entry.owner, limit);
        case TimerKind::AttemptTimeout:
            time_out(memory, entry.owner);
            return 1;
        case TimerKind::JobExpiry:
            expire(memory, entry.owner);
            return 1;
        case TimerKind::LeaseEnd:
            return end_leases(memory, entry.owner, limit);
        case TimerKind::SessionGrace:
            end_session_grace(memory, SessionKey{entry.owner});
            return 1;
        case TimerKind::TakeEnd:
            memory.subscriptions[entry.owner].take_timer = kNone;
            dispatch(memory);  // Jobs that are there already are the Take's, whatever its wait.
            // One that waits for room has jobs, and is asked again when it has room.
            if (const Subscription& over = memory.subscriptions[entry.owner];
                over.is_open && over.take_request != 0 && !over.wants_room)
                end_take(memory, entry.owner);
            return 1;
        case TimerKind::EndedAge:
            return expire_ended(memory, entry.owner, limit);
        case TimerKind::ClientExpiry:
            memory.ledger.expire(entry.owner, memory.now_ms, memory.timeline, memory.effects.changes);
            return 1;
        case TimerKind::QueueForget:
            fire_queue_forget(memory, entry.owner);
            return 1;
        case TimerKind::SchedulerTick:
            return make_ticks(memory, entry.owner);
        case TimerKind::QueueGate:
            look_at_queue_again(memory, entry.owner);
            return 1;
        case TimerKind::KeyGate:
            look_at_key_again(memory, entry.owner);
            return 1;
        case TimerKind::DedupWindow:
            end_window(memory, entry.owner);
            return 1;
    }
    return 1;
}

Result<> check_items(const char* what, std::size_t size, std::size_t size_max) {
    if (size >= 1 && size <= size_max) return {};
    return Error{size == 0 ? Code::InvalidArgument : Code::TooLarge,
                 std::string(what) + ": " + std::to_string(size) + " in one request, 1.." +
                     std::to_string(size_max) + " are accepted"};
}

}  // namespace

Engine::Engine(const EngineOptions& options)
    : memory_(std::make_unique<Memory>(options.shard, options.epoch, options.seed)),
      recovery_(std::make_unique<Recovery>(*memory_)) {
    memory_->now_ms = options.now_ms;
    memory_->queues_max = options.queues_max;
    memory_->windows_max = options.windows_max;
    memory_->zones = options.zones;
    memory_->clock_step_ms = options.clock_step_ms;
}

Engine::~Engine() = default;

Recovery& Engine::recovery() { return *recovery_; }

bool Engine::advance(TimeMs now_ms) {
    memory_->now_ms = std::max(memory_->now_ms, now_ms);
    std::size_t done = 0;
    while (done < kTimersPerAdvance) {
        const auto entry = memory_->timeline.pop_due(memory_->now_ms);
        if (!entry) return false;
        done += std::max<std::size_t>(1, fire(*memory_, *entry, kTimersPerAdvance - done));
    }
    const auto next = memory_->timeline.next();
    return next && *next <= memory_->now_ms;
}

std::optional<TimeMs> Engine::next_deadline() const { return memory_->timeline.next(); }

void Engine::set_wall_offset(DurationMs offset_ms) {
    const DurationMs moved_ms = offset_ms - std::exchange(memory_->wall_offset_ms, offset_ms);
    if (moved_ms == 0) return;
    follow_wall_clock(*memory_);
    for (const auto& queue : memory_->queues) {
        if (!queue) continue;
        std::vector<Slot> moved;
        for (const auto& key : queue->delayed)
            if (memory_->jobs[key.slot].due_by_wall_clock)
                moved.push_back(key.slot);
        for (const Slot slot : moved) {
            leave(*memory_, slot);
            memory_->jobs[slot].rank_when_ms = memory_->jobs[slot].rank_when_ms - moved_ms;
            enter_delayed(*memory_, slot);
        }
        for (const JobSeq seq : queue->waiting_children)
            if (const Slot slot = memory_->jobs.find(seq); memory_->jobs[slot].due_by_wall_clock)
                memory_->jobs[slot].rank_when_ms = memory_->jobs[slot].rank_when_ms - moved_ms;
    }
}

DurationMs Engine::wall_offset_ms() const { return memory_->wall_offset_ms; }

void Engine::hold_leases(TimeMs until_ms) {
    memory_->leases_hold_until_ms = std::max(memory_->leases_hold_until_ms, until_ms);
}

Result<Answer> Engine::add_jobs(AddJobs&& command) {
    return engine::add_jobs(*memory_, std::move(command));
}

Result<Answer> Engine::add_flow(AddFlow&& command) {
    return engine::add_flow(*memory_, std::move(command));
}

const Answer* Engine::find_answer(const std::string& client_id, std::uint64_t number) const {
    return memory_->ledger.find(client_id, number);
}

void Engine::remember_answer(const std::string& client_id, std::uint64_t number,
                             const Answer& answer) {
    memory_->ledger.remember(client_id, number, answer, memory_->now_ms, memory_->timeline,
                             memory_->effects.changes);
}

void Engine::forget_answers(const std::string& client_id, std::uint64_t up_to_number) {
    memory_->ledger.forget_up_to(client_id, up_to_number, memory_->effects.changes);
}

Engine::OpenedSession Engine::open_session(const std::string& worker, const std::string& resume_id) {
    OpenedSession opened;
    if (auto resumed = resume_session(*memory_, resume_id)) {
        opened.key = resumed->session;
        opened.was_resumed = true;
        opened.was_connected = resumed->was_connected;
        opened.held = std::move(resumed->held);
    } else {
        opened.key = engine::open_session(*memory_, worker);
    }
    opened.id = memory_->sessions.at(opened.key).record->id;
    return opened;
}

void Engine::lose_session(SessionKey session) { engine::lose_session(*memory_, session); }

void Engine::close_session(SessionKey session) { engine::close_session(*memory_, session); }

Result<> Engine::subscribe(SessionKey session, const Subscribe& command) {
    return engine::subscribe(*memory_, session, command);
}

Result<> Engine::quiet(SessionKey session, std::uint32_t subscription) {
    return engine::quiet(*memory_, session, subscription);
}

void Engine::grant(SessionKey session, std::uint32_t subscription, std::uint64_t jobs_total) {
    engine::grant(*memory_, session, subscription, jobs_total);
}

Result<> Engine::take(SessionKey session, const Take& command) {
    return engine::take(*memory_, session, command);
}

void Engine::set_held(SessionKey session, bool is_held) {
    engine::set_held(*memory_, session, is_held);
}

Result<Answer> Engine::finish(std::vector<FinishItem>&& items, const Error* add_refusal) {
    if (auto checked = check_items("items", items.size(), kItemsPerRequestMax); !checked)
        return checked.error();
    Answer answer;
    answer.items.reserve(items.size());
    for (auto& item : items) {
        answer.items.push_back(engine::finish(*memory_, std::move(item), add_refusal));
        if (answer.items.back().code == Code::Ok) ++answer.changed;
    }
    return answer;
}

Result<Answer> Engine::beat(std::vector<BeatItem>&& items) {
    if (items.size() > kBeatItemsMax) return check_items("items", items.size(), kBeatItemsMax).error();
    Answer answer;
    answer.items.reserve(items.size());
    for (auto& item : items) answer.items.push_back(engine::beat(*memory_, std::move(item)));
    return answer;
}

Result<Answer> Engine::remove_jobs(const std::string& queue, const std::vector<std::string>& ids) {
    return engine::remove_jobs(*memory_, queue, ids);
}

Result<Answer> Engine::cancel_jobs(const std::string& queue, const std::vector<std::string>& ids) {
    return engine::cancel_jobs(*memory_, queue, ids);
}

Result<Answer> Engine::update_job(UpdateJob&& command) {
    return engine::update_job(*memory_, std::move(command));
}

Result<Answer> Engine::remove_deduplication(const std::string& queue, const std::string& key) {
    return engine::remove_deduplication(*memory_, queue, key);
}

Result<DedupView> Engine::find_deduplication(const std::string& queue,
                                             const std::string& key) const {
    return engine::find_deduplication(*memory_, queue, key);
}

Result<Answer> Engine::set_settings(const std::string& queue, QueueSettings settings) {
    return engine::set_settings(*memory_, queue, std::move(settings));
}

Result<Answer> Engine::pause(const HoldTarget& target) { return engine::pause(*memory_, target); }

Result<Answer> Engine::hold(const HoldTarget& target, DurationMs length_ms) {
    return engine::hold(*memory_, target, length_ms);
}

Result<Answer> Engine::resume(const HoldTarget& target) { return engine::resume(*memory_, target); }

Result<Answer> Engine::retry_jobs(const BulkSelection& selection) {
    return engine::retry_jobs(*memory_, selection);
}

Result<Answer> Engine::promote_jobs(const BulkSelection& selection) {
    return engine::promote_jobs(*memory_, selection);
}

Result<Answer> Engine::drain(const Drain& command) { return engine::drain(*memory_, command); }

Result<Answer> Engine::clean(const Clean& command) { return engine::clean(*memory_, command); }

Result<Answer> Engine::obliterate(const Obliterate& command) {
    return engine::obliterate(*memory_, command);
}

Result<Answer> Engine::upsert_scheduler(UpsertScheduler&& command) {
    return engine::upsert_scheduler(*memory_, std::move(command));
}

Result<Answer> Engine::remove_scheduler(const std::string& queue, const std::string& key) {
    return engine::remove_scheduler(*memory_, queue, key);
}

Result<SchedulerView> Engine::find_scheduler(const std::string& queue, const std::string& key,
                                             std::size_t ticks) const {
    return engine::find_scheduler(*memory_, queue, key, ticks);
}

Result<SchedulerPage> Engine::list_schedulers(const ListSchedulers& command) const {
    return engine::list_schedulers(*memory_, command);
}

Result<std::vector<TimeMs>> Engine::preview_ticks(const Repeat& repeat, std::size_t ticks) const {
    return engine::preview_ticks(*memory_, repeat, ticks);
}

Result<JobView> Engine::find_job(const JobName& name) const {
    const auto slot = memory_->find_job(name);
    if (!slot) return slot.error();
    return memory_->view_of(*slot);
}

Result<Page> Engine::list_jobs(const List& command) const {
    return engine::list_jobs(*memory_, command);
}

Result<FlowTree> Engine::get_flow(const GetFlow& command) const {
    return engine::get_flow(*memory_, command);
}

Result<QueueView> Engine::queue_view(const std::string& name) const {
    const QueueState* const queue = memory_->find_queue(name);
    if (queue == nullptr) return Error{Code::NotFound, "no queue \"" + name + "\" exists"};
    return view_of(*queue);
}

Result<std::vector<KeyView>> Engine::list_keys(const std::string& name, const std::string& after,
                                               std::size_t limit) const {
    const QueueState* const queue = memory_->find_queue(name);
    if (queue == nullptr) return Error{Code::NotFound, "no queue \"" + name + "\" exists"};
    return engine::list_keys(*memory_, *queue, after, limit);
}

Result<QueueActivity> Engine::activity(const std::string& name, const ActivityQuery& query) const {
    return engine::activity(*memory_, name, query);
}

std::vector<QueueView> Engine::queue_views() const {
    std::vector<QueueView> views;
    for (const auto& [name, index] : memory_->queue_names.in_order())
        views.push_back(view_of(memory_->queue(index)));
    return views;
}

Result<QueuePage> Engine::list_queues(const ListQueues& command) const {
    return engine::list_queues(*memory_, command);
}

std::size_t Engine::queue_count() const { return memory_->queue_names.size(); }

Overview Engine::overview(std::size_t queues_max) const {
    return engine::overview(*memory_, queues_max);
}

std::vector<QueueGlance> Engine::glance(std::size_t& cursor, std::size_t limit) const {
    return engine::glance(*memory_, cursor, limit);
}

Result<WorkerPage> Engine::list_workers(const ListWorkers& command) const {
    return engine::list_workers(*memory_, command);
}

std::vector<JobSeq> Engine::coming_jobs(QueueId queue, std::size_t jobs_max,
                                        std::size_t bytes_max) const {
    return engine::coming_jobs(*memory_, queue, jobs_max, bytes_max);
}

std::uint64_t Engine::job_count() const { return memory_->jobs.size(); }

std::string Engine::job_id(JobSeq seq, const std::string& chosen_id) const {
    return chosen_id.empty() ? format_job_id(memory_->shard, seq) : chosen_id;
}

std::string Engine::queue_name(QueueId id) const {
    const auto found = memory_->queue_by_id.find(id);
    if (found != memory_->queue_by_id.end()) return memory_->queue(found->second).record.name;
    for (auto gone = memory_->forgotten_names.rbegin(); gone != memory_->forgotten_names.rend(); ++gone)
        if (gone->first == id) return gone->second;
    return {};
}

Result<> Engine::watch(const std::string& queue) { return engine::watch(*memory_, queue); }

void Engine::unwatch(const std::string& queue) { engine::unwatch(*memory_, queue); }

TurnNumber Engine::current_turn() const { return memory_->turns.current(); }

void Engine::clean_turn_rows() {
    std::size_t cleaned = 0;
    while (memory_->turns.wants_cleaning() && cleaned < kCleanedPerTurn &&
           memory_->turns.oldest() < memory_->turns.current()) {
        const TurnNumber oldest = memory_->turns.oldest();
        const std::vector<JobSeq> jobs = memory_->turns.oldest_jobs();
        for (const JobSeq seq : jobs) {
            const Slot slot = memory_->jobs.find(seq);
            if (slot == kNone || memory_->jobs.detail(slot).turn != oldest) continue;
            memory_->note_status(slot);
            ++cleaned;
        }
    }
}

Effects Engine::seal() {
    settle_flows(*memory_);
    dispatch(*memory_);
    end_turn_of_deliveries(*memory_);
    note_drained(*memory_);
    forget_unused_keys(*memory_);
    clean_turn_rows();
    Memory& memory = *memory_;
    Changes& changes = memory.effects.changes;
    for (const auto index : std::exchange(memory.changed_queues, {})) {
        QueueState& queue = memory.queue(index);
        queue.is_changed = false;
        changes.queues.push_back(queue.record);
    }
    for (const auto index : std::exchange(memory.changed_controls, {})) {
        QueueState& queue = memory.queue(index);
        queue.are_controls_changed = false;
        changes.controls.push_back(queue.controls);
    }
    for (const auto index : std::exchange(memory.changed_schedulers, {})) {
        memory.schedulers[index].is_changed = false;
        changes.schedulers.push_back(memory.schedulers[index].record);
    }
    for (const auto index : std::exchange(memory.changed_dedup, {})) {
        DedupKey& key = memory.dedup[index];
        if (!std::exchange(key.is_changed, false)) continue;  // It is gone, or was met before.
        key.is_stored = true;
        changes.dedup_keys.push_back(record_of(memory, key));
    }
    if (memory.turns.live_in_current() == 0) changes.statuses.clear();
    changes.turns_dropped = memory.turns.take_dropped();
    changes.turn = memory.turns.current();
    memory.turns.begin(TurnNumber{raw(memory.turns.current()) + 1});
    memory.ledger.end_turn();
    return std::exchange(memory.effects, {});
}

bool Engine::is_quiet() const {
    const Effects& effects = memory_->effects;
    return effects.changes.empty() && effects.deliveries.empty() && effects.notices.empty() &&
           effects.ended.empty() && effects.events.empty() && memory_->dispatch_wanted.empty() &&
           memory_->changed_queues.empty() && memory_->changed_controls.empty() &&
           memory_->changed_schedulers.empty() && memory_->changed_dedup.empty() &&
           !memory_->families.has_work();
}

std::vector<std::string> Engine::broken_invariants() const {
    return engine::broken_invariants(*memory_);
}

}  // namespace swarmq::engine
