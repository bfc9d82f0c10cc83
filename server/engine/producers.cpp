// Makes jobs of what producers send.
#include "engine/producers.h"

#include <algorithm>
#include <span>
#include <utility>

#include "engine/activity.h"
#include "engine/dedup.h"
#include "engine/events.h"
#include "engine/limits.h"
#include "engine/new_queues.h"
#include "engine/room_check.h"
#include "engine/settings.h"
#include "engine/size_class.h"
#include "engine/transitions.h"
#include "engine/validate.h"

namespace swarmq::engine {
namespace {

JobClass class_of(const QueueState& queue, JobSpec& spec) {
    JobClass made;
    made.queue = queue.record.id;
    made.name = std::move(spec.name);
    made.key = std::move(spec.key);
    made.attempts_max = spec.attempts_max;
    made.backoff = spec.backoff;
    made.timeout_ms = spec.timeout_ms;
    made.ttl_ms = spec.ttl_ms;
    made.max_stalled = spec.max_stalled;
    made.keep_completed = spec.keep_completed;
    made.keep_failed = spec.keep_failed;
    made.on_failure_queue = std::move(spec.on_failure_queue);
    made.on_failure_name = std::move(spec.on_failure_name);
    return made;
}

void set_due(Memory& memory, const JobSpec& spec, JobRecord& record) {
    if (spec.run_at_ms != 0) {
        record.delay_ms = std::max<DurationMs>(0, spec.run_at_ms - memory.wall_offset_ms - memory.now_ms);
        record.due_by_wall_clock = record.delay_ms > 0;
    } else {
        record.delay_ms = spec.delay_ms;
    }
    if (record.delay_ms > 0)
        record.due_ms = record.due_by_wall_clock ? spec.run_at_ms : memory.due_after(record.delay_ms);
    else
        record.rank_when_ms = spec.lifo ? kLifoWhenMs - memory.tail_ms() : memory.tail_ms();
}

std::size_t content_bytes(const JobRecord& record) {
    std::size_t bytes = record.payload ? record.payload->size() : 0;
    for (const auto& [key, value] : record.headers) bytes += key.size() + value.size() + 16;
    for (const auto& tag : record.tags) bytes += tag.size() + 4;
    return bytes;
}

TimeMs due_of(const Memory& memory, const JobRecord& record) {
    if (record.due_ms == kAfterAnotherMs) return record.due_ms;
    return record.due_by_wall_clock ? record.due_ms - memory.wall_offset_ms
                                    : std::min(record.due_ms, memory.due_after(record.delay_ms));
}

// Its delay runs while it waits for its children.
void enter_as_parent(Memory& memory, Slot slot, const JobRecord& record) {
    JobDetail& detail = memory.jobs.detail(slot);
    detail.delay_ms = record.delay_ms;
    memory.jobs[slot].due_by_wall_clock = record.due_by_wall_clock;
    memory.jobs[slot].rank_when_ms =
        record.due_ms == 0 ? record.rank_when_ms : due_of(memory, record);
    enter_waiting_children(memory, slot);
}

Slot insert(Memory& memory, QueueState& queue, std::uint32_t job_class, JobRecord& record) {
    record.seq = JobSeq{memory.draw_number()};
    const Slot slot = memory.jobs.add(record.seq);
    JobSlot& job = memory.jobs[slot];
    job.job_class = job_class;
    job.priority = record.priority;
    job.size_class = size_class(record.content_bytes) & 0x7;
    if (!record.chosen_id.empty()) {
        JobDetail& detail = memory.jobs.detail(slot);
        detail.chosen_id = record.chosen_id;
        queue.chosen_ids.emplace(detail.chosen_id, slot);
    }
    if (record.payload_is_large) memory.jobs.detail(slot).rows |= kLargePayloadRow;
    if (record.deduplication.mode != DedupMode::None)
        memory.jobs.detail(slot).delay_ms = record.delay_ms;
    if (record.waits_first)
        enter_as_parent(memory, slot, record);
    else
        enter_as_recorded(memory, slot, record);
    note_event(memory, slot, {EventKind::Added, 0, record.due_ms == 0 ? 0 : record.delay_ms});
    ++queue.record.added_total;
    note_happening(memory, slot, History::Event::Added);
    memory.note_changed(queue);
    record.job_class = memory.classes.shared(job_class);
    return slot;
}

Error none_added(const AddJobs& command, Error error) {
    if (command.jobs.size() > 1) error.detail += "; none was added";
    return error;
}

Error at(std::size_t index, const AddJobs& command, Error error) {
    if (command.jobs.size() > 1) error.detail = "jobs[" + std::to_string(index) + "]: " + error.detail;
    return none_added(command, std::move(error));
}

Result<> check_shape(const AddJobs& command) {
    if (!command.queues.empty() && !command.queue.empty())
        return Error{Code::InvalidArgument,
                     "queue: \"" + command.queue + "\" beside queues; give one of the two"};
    if (!command.queues.empty() && command.queues.size() != command.jobs.size())
        return Error{Code::InvalidArgument,
                     "queues: " + std::to_string(command.queues.size()) + " for " +
                         std::to_string(command.jobs.size()) + " jobs; give one for each, or queue for all"};
    if (command.jobs.empty() || command.jobs.size() > kItemsPerRequestMax)
        return Error{command.jobs.empty() ? Code::InvalidArgument : Code::TooLarge,
                     "jobs: " + std::to_string(command.jobs.size()) +
                         " in one request, 1..1000 are accepted"};
    return {};
}

Result<> check_request(const AddJobs& command) {
    if (auto checked = check_shape(command); !checked) return checked;
    for (std::size_t i = 0; i < command.jobs.size(); ++i)
        if (auto checked = check_spec(command.jobs[i]); !checked) return at(i, command, checked.error());
    return {};
}

void spell_out(Answer& answer) {
    for (std::uint64_t i = 0; i < answer.seq_count; ++i)
        answer.items.push_back({Code::Ok, 1, JobSeq{raw(answer.first_seq) + i}, {}, {}});
    answer.first_seq = {};
    answer.seq_count = 0;
}

// Adds that all got made ids in one row are told by the first of them.
void note_added(Answer& answer, JobSeq seq) {
    const bool goes_on = raw(answer.first_seq) + answer.seq_count == raw(seq);
    if (answer.items.empty() && (answer.seq_count == 0 || goes_on)) {
        if (answer.seq_count++ == 0) answer.first_seq = seq;
        return;
    }
    spell_out(answer);
    answer.items.push_back({Code::Ok, 1, seq, {}, {}});
}

bool has_keys(std::span<const JobSpec> jobs) {
    return std::any_of(jobs.begin(), jobs.end(),
                       [](const JobSpec& spec) { return spec.deduplication.mode != DedupMode::None; });
}

bool is_bounded(const QueueState& queue) {
    return queue.controls.settings && queue.controls.settings->waiting_max > 0;
}

// Refuses what the queue (null: it is not there yet), or memory, has no room for. Jobs that are stored already need none.
Result<> check_adds(const Memory& memory, const QueueState* queue, std::span<const JobSpec> jobs) {
    const bool is_queue_bounded = queue != nullptr && is_bounded(*queue);
    if (!is_queue_bounded && !has_keys(jobs)) return {};
    AddCounter counter(memory, queue);
    for (const JobSpec& spec : jobs) counter.count(spec);
    if (auto checked = check_windows(memory, counter.windows()); !checked) return checked;
    return queue == nullptr ? Result<>{} : check_room(*queue, counter.jobs());
}

// `known` null: the queue is to be made.
Result<> check_alone(const Memory& memory, const std::string& name, const QueueState* known, const JobSpec& spec) {
    if (known == nullptr)
        if (auto checked = check_name("queue", name); !checked) return checked;
    if (auto checked = check_spec(spec); !checked) return checked;
    NewQueues used(memory);
    if (known == nullptr) used.use(name);
    used.use(spec.on_failure_queue);
    if (auto checked = used.check(); !checked) return checked;
    return check_adds(memory, known, {&spec, 1});
}

// The queue of each job, null for one that is to be made; else why they cannot be added.
Result<std::vector<QueueState*>> check_queues(Memory& memory, const AddJobs& command) {
    NewQueues used(memory);
    std::vector<QueueState*> queues;
    queues.reserve(command.jobs.size());
    bool must_count = has_keys(command.jobs);
    for (std::size_t i = 0; i < command.jobs.size(); ++i) {
        const std::string& name = command.queues[i];
        const bool is_same = i > 0 && name == command.queues[i - 1];
        QueueState* const queue = is_same ? queues.back() : memory.find_queue(name);
        queues.push_back(queue);
        if (queue != nullptr)
            must_count = must_count || is_bounded(*queue);
        else if (auto checked = check_name("queue", name); !checked)
            return at(i, command, checked.error());
        else
            used.use(name);
        used.use(command.jobs[i].on_failure_queue);
        if (auto checked = used.check(); !checked) return at(i, command, checked.error());
    }
    if (!must_count) return queues;
    RoomCheck room(memory);
    for (std::size_t i = 0; i < command.jobs.size(); ++i)
        if (auto checked = room.count(command.queues[i], command.jobs[i]); !checked)
            return at(i, command, checked.error());
    return queues;
}

// The answer to an add that makes no job: its id or its key stands for one already.
std::optional<ItemAnswer> find_added(Memory& memory, QueueState& queue, JobSpec& spec) {
    if (!spec.id.empty())
        if (const Slot existing = memory.find_job(queue, spec.id); existing != kNone)
            return ItemAnswer{Code::Ok, 2, memory.jobs[existing].seq, spec.id, {}};
    if (spec.deduplication.mode == DedupMode::None) return std::nullopt;
    return deduplicate(memory, queue, spec);
}

void add_checked(Memory& memory, QueueState& queue, JobSpec&& spec, Answer& answer) {
    if (!spec.id.empty()) spell_out(answer);
    if (auto found = find_added(memory, queue, spec)) {
        spell_out(answer);
        answer.items.push_back(*std::move(found));
        return;
    }
    const std::string chosen_id = spec.id;
    const JobSeq seq = add_job(memory, queue, std::move(spec), {});
    if (chosen_id.empty())
        note_added(answer, seq);
    else
        answer.items.push_back({Code::Ok, 1, seq, chosen_id, {}});
}

Result<Answer> add_independently(Memory& memory, AddJobs&& command) {
    if (auto checked = check_shape(command); !checked) return checked.error();
    Answer answer;
    const std::string* last_name = nullptr;
    QueueState* queue = nullptr;
    for (std::size_t i = 0; i < command.jobs.size(); ++i) {
        JobSpec& spec = command.jobs[i];
        const std::string& name = command.queues.empty() ? command.queue : command.queues[i];
        if (last_name == nullptr || *last_name != name || queue == nullptr) queue = memory.find_queue(name);
        last_name = &name;
        if (auto checked = check_alone(memory, name, queue, spec); !checked) {
            spell_out(answer);
            const Error& why = checked.error();
            answer.items.push_back({why.code, 0, {}, {}, why.detail, why.retry_after_ms});
            continue;
        }
        if (queue == nullptr) queue = &memory.find_or_create_queue(name);
        add_checked(memory, *queue, std::move(spec), answer);
    }
    return answer;
}

Result<Answer> add_to_several(Memory& memory, AddJobs&& command) {
    if (auto checked = check_request(command); !checked) return checked.error();
    const auto queues = check_queues(memory, command);
    if (!queues) return queues.error();
    Answer answer;
    for (std::size_t i = 0; i < command.jobs.size(); ++i) {
        QueueState* const known = (*queues)[i];
        QueueState& queue = known ? *known : memory.find_or_create_queue(command.queues[i]);
        add_checked(memory, queue, std::move(command.jobs[i]), answer);
    }
    return answer;
}

}  // namespace

std::uint32_t acquire_class(Memory& memory, QueueState& queue, JobSpec& spec) {
    JobClass wanted = class_of(queue, spec);
    if (memory.classes.acquire_again(queue.last_class, wanted)) return queue.last_class;
    return queue.last_class = memory.classes.acquire(std::move(wanted), queue.index);
}

JobRecord make_record(Memory& memory, QueueState& queue, JobSpec& spec) {
    if (queue.controls.settings) apply_defaults(*queue.controls.settings, spec);
    // Its dead letter's queue comes with the job, while there still is room for one.
    if (!spec.on_failure_queue.empty()) memory.find_or_create_queue(spec.on_failure_queue);
    JobRecord record;
    record.chosen_id = std::move(spec.id);
    record.priority = static_cast<std::uint8_t>(spec.priority);
    record.lifo = spec.lifo;
    record.created_ms = memory.now_ms;
    record.deduplication = spec.deduplication;
    record.headers = std::move(spec.headers);
    record.tags = std::move(spec.tags);
    record.payload = std::move(spec.payload);
    record.payload_is_large = record.payload && record.payload->size() > kLargeValueBytes;
    record.content_bytes = content_bytes(record);
    return record;
}

Slot add_after_another(Memory& memory, QueueState& queue, JobSpec& spec, DurationMs delay_ms) {
    JobRecord record = make_record(memory, queue, spec);
    record.due_ms = kAfterAnotherMs;
    record.delay_ms = delay_ms;
    const Slot slot = insert(memory, queue, acquire_class(memory, queue, spec), record);
    memory.effects.changes.added.push_back(std::move(record));
    return slot;
}

JobSeq add_job(Memory& memory, QueueState& queue, JobSpec&& spec, const Kin& kin) {
    JobRecord record = make_record(memory, queue, spec);
    record.parent = kin.parent;
    record.child_index = kin.child_index;
    record.on_child_failure = kin.on_failure;
    record.waits_first = kin.has_children;
    const bool has_key = spec.deduplication.mode != DedupMode::None;
    if (spec.deduplication.mode == DedupMode::Debounce)
        spec.delay_ms = spec.deduplication.window_ms;
    set_due(memory, spec, record);
    const Slot slot = insert(memory, queue, acquire_class(memory, queue, spec), record);
    if (has_key) begin_key(memory, slot, record.deduplication);
    const JobSeq seq = record.seq;
    memory.effects.changes.added.push_back(std::move(record));
    return seq;
}

void add_unless_known(Memory& memory, QueueState& queue, JobSpec&& spec) {
    if (!find_added(memory, queue, spec)) add_job(memory, queue, std::move(spec));
}

Result<Answer> add_jobs(Memory& memory, AddJobs&& command) {
    if (command.is_independent) return add_independently(memory, std::move(command));
    if (!command.queues.empty()) return add_to_several(memory, std::move(command));
    QueueState* const known = memory.find_queue(command.queue);
    // The name of a queue that is there is right.
    if (known == nullptr)
        if (auto checked = check_name("queue", command.queue); !checked) return checked.error();
    if (auto checked = check_request(command); !checked) return checked.error();
    NewQueues used(memory);
    if (known == nullptr) used.use(command.queue);
    for (const JobSpec& spec : command.jobs) used.use(spec.on_failure_queue);
    if (auto checked = used.check(); !checked) return checked.error();
    if (auto checked = check_adds(memory, known, command.jobs); !checked)
        return none_added(command, checked.error());
    QueueState& queue = known != nullptr ? *known : memory.find_or_create_queue(command.queue);
    Answer answer;
    for (JobSpec& spec : command.jobs) add_checked(memory, queue, std::move(spec), answer);
    return answer;
}

void add_dead_letter(Memory& memory, Slot failed, const JobClass& job_class) {
    QueueState& queue = memory.find_or_create_queue(job_class.on_failure_queue);
    JobSpec spec;
    spec.name = job_class.on_failure_name.empty() ? job_class.name : job_class.on_failure_name;
    spec.key = job_class.key;
    if (queue.controls.settings) apply_defaults(*queue.controls.settings, spec);
    JobRecord record;
    record.priority = static_cast<std::uint8_t>(memory.jobs[failed].priority);
    record.created_ms = memory.now_ms;
    record.rank_when_ms = memory.tail_ms();
    record.payload_of = memory.jobs[failed].seq;
    const JobDetail* const detail = memory.jobs.detail_if_any(failed);
    record.payload_is_large = detail && (detail->rows & kLargePayloadRow) != 0;
    record.content_bytes =
        kSizeClassBytes[memory.jobs[failed].size_class] - kDeliveryOverheadBytes;
    insert(memory, queue, acquire_class(memory, queue, spec), record);
    memory.effects.changes.added.push_back(std::move(record));
}

void enter_as_recorded(Memory& memory, Slot slot, const JobRecord& record) {
    JobSlot& job = memory.jobs[slot];
    if (record.due_ms == 0) {
        job.rank_when_ms = record.rank_when_ms;
        memory.rank_floor_ms = std::max(memory.rank_floor_ms, record.rank_when_ms);
        enter_waiting(memory, slot, record.created_ms);
        return;
    }
    const TimeMs due_ms = due_of(memory, record);
    job.rank_when_ms = due_ms;
    job.due_by_wall_clock = record.due_by_wall_clock;
    if (due_ms > memory.now_ms)
        enter_delayed(memory, slot);
    else
        enter_waiting(memory, slot, due_ms);
}

}  // namespace swarmq::engine
