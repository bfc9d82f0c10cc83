// Writes records of stored jobs anew, or patches of them, whose whole memory does not have.
#include "engine/rewrite.h"

#include <algorithm>
#include <utility>

#include "engine/job_notes.h"
#include "engine/limits.h"
#include "engine/producers.h"
#include "engine/size_class.h"
#include "engine/transitions.h"

namespace swarmq::engine {
namespace {

constexpr std::size_t kTagBytesMax = kTagsMax * (kNameBytesMax + 4);
constexpr std::size_t kExtrasBytesMax = kHeaderBytesMax + kHeadersMax * 16 + kTagBytesMax;

// Once its payload lies in the table of large values, all later ones do: no row is left behind there.
bool note_payload(Memory& memory, Slot slot, const std::shared_ptr<const std::string>& payload) {
    const bool is_large = payload && payload->size() > kLargeValueBytes;
    const JobDetail* const known = memory.jobs.detail_if_any(slot);
    if (!is_large) return known && (known->rows & kLargePayloadRow) != 0;
    memory.jobs.detail(slot).rows |= kLargePayloadRow;
    return true;
}

void forget_runs(Memory& memory, Slot slot) {
    JobDetail& detail = memory.jobs.detail(slot);
    detail.attempts_made = 0;
    detail.stalls = 0;
    detail.failure_kind = FailureKind::None;
    drop_checkpoint(memory, slot);
    if (detail.rows & kProgressRow)
        memory.effects.changes.progress.push_back({memory.jobs[slot].seq, ""});
}

// Back to where it was: `leave` changes neither its rank nor its state. Its ttl counts from now.
void enter_again(Memory& memory, Slot slot) {
    if (memory.jobs[slot].state() == JobState::Delayed)
        enter_delayed(memory, slot);
    else
        enter_waiting(memory, slot, memory.now_ms);
    memory.note_status(slot);
}

void note_place(const Memory& memory, Slot slot, JobRecord& record) {
    const JobStatus status = memory.status_of(slot);
    record.due_ms = status.due_ms;
    record.delay_ms = status.delay_ms;
    record.due_by_wall_clock = status.due_ms != 0 && status.due_by_wall_clock;
    record.rank_when_ms = status.rank.when_ms;
}

// What this turn writes of the job; null: nothing, or what it has is not known here.
JobRecord* record_in_turn(Changes& changes, JobSeq seq) {
    const auto replaced = std::find_if(changes.replaced.rbegin(), changes.replaced.rend(),
                                       [&](const JobRecord& record) { return record.seq == seq; });
    if (replaced != changes.replaced.rend()) return &*replaced;
    const auto added = std::lower_bound(
        changes.added.begin(), changes.added.end(), seq,
        [](const JobRecord& record, JobSeq wanted) { return record.seq < wanted; });
    const bool is_whole =
        added != changes.added.end() && added->seq == seq && added->payload_of == JobSeq{};
    return is_whole ? &*added : nullptr;
}

// An upper bound: what the job has besides the payload is not in memory.
void grow(Memory& memory, Slot slot, const std::string* payload, bool has_tags) {
    std::size_t bytes = kSizeClassBytes[memory.jobs[slot].size_class] - kDeliveryOverheadBytes;
    if (payload) bytes = payload->size() + std::min(bytes, kExtrasBytesMax);
    if (has_tags && !std::exchange(memory.jobs.detail(slot).has_room_for_tags, true))
        bytes += kTagBytesMax;
    memory.jobs[slot].size_class = size_class(bytes) & 0x7;
}

}  // namespace

void replace_job(Memory& memory, Slot slot, JobSpec& spec) {
    QueueState& queue = memory.queue_of(slot);
    JobRecord record = make_record(memory, queue, spec);
    record.seq = memory.jobs[slot].seq;
    record.chosen_id = memory.jobs.detail(slot).chosen_id;
    record.payload_is_large = note_payload(memory, slot, record.payload);
    leave(memory, slot);
    JobSlot& job = memory.jobs[slot];
    const std::uint32_t old_class = job.job_class;
    job.job_class = acquire_class(memory, queue, spec);
    memory.classes.release(old_class);
    record.job_class = memory.classes.shared(job.job_class);
    job.priority = record.priority;
    job.size_class = size_class(record.content_bytes) & 0x7;
    memory.jobs.detail(slot).has_room_for_tags = false;
    forget_runs(memory, slot);
    enter_again(memory, slot);
    note_place(memory, slot, record);
    Changes& changes = memory.effects.changes;
    std::erase_if(changes.patches, [&](const JobPatch& patch) { return patch.seq == record.seq; });
    changes.replaced.push_back(std::move(record));
}

void patch_job(Memory& memory, Slot slot, std::shared_ptr<const std::string> payload,
               std::optional<std::vector<std::string>> tags) {
    grow(memory, slot, payload.get(), tags.has_value());
    const JobDetail* const known = memory.jobs.detail_if_any(slot);
    const RowBits rows = known ? known->rows : RowBits{0};
    JobPatch patch{memory.jobs[slot].seq, std::move(payload), false, std::move(tags)};
    patch.payload_is_large = note_payload(memory, slot, patch.payload);
    Changes& changes = memory.effects.changes;
    if (JobRecord* const record = record_in_turn(changes, patch.seq)) {
        if (patch.payload) record->payload = std::move(patch.payload);
        if (patch.tags) record->tags = *std::move(patch.tags);
        record->payload_is_large = patch.payload_is_large;
    } else {
        changes.patches.push_back(std::move(patch));
    }
    if (patch.payload_is_large && (rows & kLargePayloadRow) == 0 &&
        memory.jobs.detail(slot).turn != TurnNumber{})
        memory.note_status(slot);
}

}  // namespace swarmq::engine
