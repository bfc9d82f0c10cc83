// Notes ends, then settles what follows.
#include "engine/children.h"

#include "engine/admin.h"
#include "engine/attempts.h"
#include "engine/events.h"
#include "engine/family_links.h"
#include "engine/transitions.h"
#include "model/check.h"

#include <utility>

namespace swarmq::engine {
namespace {

// A parent that waits waits no more.
bool is_wait_over(const Family& family) {
    return family.pending == 0 || family.counts.blocking > 0 || family.counts.continues;
}

ChildKind kind_of(JobState state, OnChildFailure on_failure) {
    if (state == JobState::Completed) return ChildKind::Completed;
    const bool is_failure =
        state == JobState::Failed && on_failure != OnChildFailure::RemoveDependency;
    return is_failure ? ChildKind::Failed : ChildKind::Removed;
}

std::uint32_t& count_of(FamilyRecord& counts, ChildKind kind) {
    return kind == ChildKind::Completed ? counts.completed
           : kind == ChildKind::Failed  ? counts.failed
                                        : counts.removed;
}

void write_outcome(Memory& memory, const Family& family, Slot slot, ChildKind kind,
                   const EndedJob& ended) {
    JobDetail& parent = memory.jobs.detail(family.parent);
    parent.rows |= kChildRows;
    if (ended.result && ended.result->size() > kLargeValueBytes) parent.rows |= kLargeChildRows;
    ChildRecord record;
    record.parent = family.parent_seq;
    record.index = node_of(memory, slot).child_index;
    record.kind = kind;
    record.queue = memory.queue_of(slot).record.name;
    record.seq = memory.jobs[slot].seq;
    record.chosen_id = memory.jobs.detail(slot).chosen_id;
    record.name = memory.class_of(slot).name;
    record.result = ended.result;
    record.content_type = ended.content_type;
    record.failure_kind = ended.failure_kind;
    record.failed_reason = ended.failed_reason;
    memory.effects.changes.children.push_back(std::move(record));
}

// Its end counts no more. Answers the parent when it is to wait again, too.
Slot note_child_back(Memory& memory, Slot slot) {
    const FlowNode* const node = find_node(memory, slot);
    if (node == nullptr || node->born_in == kNone) return kNone;
    Family& family = memory.families.families[node->born_in];
    ++family.pending;
    if (family.parent == kNone) return kNone;
    --count_of(family.counts, kind_of(JobState::Failed, node->on_failure));
    if (node->on_failure == OnChildFailure::FailParent && family.counts.blocking > 0 &&
        --family.counts.blocking == 0)
        family.counts.failing = {};
    ChildRecord gone;
    gone.parent = family.parent_seq;
    gone.index = node->child_index;
    memory.effects.changes.children.push_back(std::move(gone));
    const bool failed_by_child =
        memory.jobs[family.parent].state() == JobState::Failed &&
        memory.jobs.detail(family.parent).failure_kind == FailureKind::Dependency;
    if (failed_by_child && family.counts.blocking == 0) return family.parent;
    memory.note_status(family.parent);
    return kNone;
}

void begin_anew(Memory& memory, Slot slot) {
    JobDetail& detail = memory.jobs.detail(slot);
    detail.stalls = 0;
    detail.failure_kind = FailureKind::None;
    detail.finished_ms = 0;
    detail.ended_ordinal = 0;
    QueueState& queue = memory.queue_of(slot);
    ++queue.record.retried_total;
    memory.note_changed(queue);
    bool has_pending = false;
    if (const FlowNode* const node = find_node(memory, slot); node && node->own != kNone) {
        Family& family = memory.families.families[node->own];
        family.counts.blocking = 0;
        family.counts.failing = {};
        family.counts.continues = false;
        has_pending = family.pending > 0;
    }
    if (has_pending)
        to_waiting_children(memory, slot);
    else
        to_waiting(memory, slot, Place::Tail);
    note_event(memory, slot, {EventKind::Retried});
    if (has_pending) note_event(memory, slot, {EventKind::WaitingChildren});
}

void fail_for_child(Memory& memory, Slot slot, const Family& family) {
    const Slot child = memory.jobs.find(family.counts.failing);
    Ending ending;
    ending.state = JobState::Failed;
    ending.failure_kind = FailureKind::Dependency;
    ending.failed_reason = child == kNone
                               ? "child \"" + format_job_id(memory.shard, family.counts.failing) +
                                     "\" failed, and is stored no more"
                               : "child \"" + memory.id_of(child) + "\" of queue \"" +
                                     memory.queue_of(child).record.name + "\" failed";
    fail_for_good(memory, slot, std::move(ending));
}

void settle_next(Memory& memory) {
    const JobSeq seq = memory.families.to_settle.front();
    memory.families.to_settle.pop_front();
    const Slot slot = memory.jobs.find(seq);
    if (slot == kNone) return;
    Family& family = own_family(memory, slot);
    family.is_to_settle = false;
    if (memory.jobs[slot].state() != JobState::WaitingChildren || !is_wait_over(family)) return;
    if (family.counts.blocking > 0) return fail_for_child(memory, slot, family);
    family.counts.continues = false;
    to_runnable(memory, slot);
}

// One child of the first condemned family.
void sweep_next(Memory& memory) {
    const FamilyIndex index = memory.families.condemned.front();
    Family& family = memory.families.families[index];
    if (family.pending == 0) {
        memory.families.condemned.pop_front();
        family.is_condemned = false;
        memory.effects.changes.condemned_done.push_back(family.parent_seq);
        drop_if_over(memory, index);
        return;
    }
    const Slot child = family.sweep;
    SWARMQ_CHECK_VALUES(child != kNone, raw(family.parent_seq), family.pending);
    family.sweep = node_of(memory, child).next;
    if (!is_ended(memory.jobs[child].state())) cancel_and_remove(memory, child);
}

}  // namespace

void note_child_end(Memory& memory, Slot slot, const EndedJob& ended) {
    const FlowNode& node = node_of(memory, slot);
    if (node.born_in == kNone) return;
    Family& family = memory.families.families[node.born_in];
    SWARMQ_CHECK_VALUES(family.pending > 0, raw(family.parent_seq), family.pending);
    --family.pending;
    if (family.parent == kNone) return;
    const ChildKind kind = kind_of(ended.state, node.on_failure);
    ++count_of(family.counts, kind);
    if (kind == ChildKind::Failed && node.on_failure == OnChildFailure::FailParent) {
        ++family.counts.blocking;
        family.counts.failing = memory.jobs[slot].seq;
    }
    if (kind == ChildKind::Failed && node.on_failure == OnChildFailure::ContinueParent)
        family.counts.continues = true;
    write_outcome(memory, family, slot, kind, ended);
    memory.note_status(family.parent);
    settle_if_due(memory, node.born_in);
}

void leave_flow(Memory& memory, Slot slot) {
    const FlowNode node = node_of(memory, slot);
    const bool has_ended = is_ended(memory.jobs[slot].state());
    if (node.born_in != kNone) {
        if (!has_ended) note_child_end(memory, slot, {});
        unlink_child(memory, memory.families.families[node.born_in], slot);
        drop_if_over(memory, node.born_in);
    }
    if (node.own != kNone) {
        Family& own = memory.families.families[node.own];
        own.parent = kNone;
        if (!has_ended && own.pending > 0) {
            memory.effects.changes.condemned.push_back(own.parent_seq);
            condemn(memory, node.own);
        }
        drop_if_over(memory, node.own);
    }
    memory.families.nodes.remove(std::exchange(memory.jobs.detail(slot).flow, kNone));
}

void retry(Memory& memory, Slot slot) {
    while (slot != kNone) {
        const Slot parent = note_child_back(memory, slot);
        begin_anew(memory, slot);
        slot = parent;
    }
}

void wait_for_children(Memory& memory, Slot slot) {
    memory.jobs.detail(slot).last_answer = AnswerKind::WaitForChildren;
    const FlowNode* const node = find_node(memory, slot);
    Family* const family =
        node && node->own != kNone ? &memory.families.families[node->own] : nullptr;
    if (family == nullptr || (is_wait_over(*family) && family->counts.blocking == 0)) {
        if (family) family->counts.continues = false;
        to_waiting(memory, slot, Place::Tail);
        note_event(memory, slot, {EventKind::Waiting});
        return;
    }
    to_waiting_children(memory, slot);
    note_event(memory, slot, {EventKind::WaitingChildren});
    settle_if_due(memory, node->own);
}

void note_children_seen(Memory& memory, Slot slot) {
    if (FlowNode* const node = find_node(memory, slot); node && node->own != kNone)
        memory.families.families[node->own].counts.continues = false;
}

void settle_if_due(Memory& memory, FamilyIndex index) {
    Family& family = memory.families.families[index];
    const bool waits =
        family.parent != kNone && memory.jobs[family.parent].state() == JobState::WaitingChildren;
    if (!waits || !is_wait_over(family) || std::exchange(family.is_to_settle, true)) return;
    memory.families.to_settle.push_back(family.parent_seq);
}

void condemn(Memory& memory, FamilyIndex index) {
    Family& family = memory.families.families[index];
    family.is_condemned = true;
    family.sweep = family.first;
    memory.families.condemned.push_back(index);
}

void settle_flows(Memory& memory) {
    for (std::size_t steps = 0; memory.families.has_work() && steps < kFlowStepsPerTurn; ++steps) {
        if (!memory.families.to_settle.empty())
            settle_next(memory);
        else
            sweep_next(memory);
    }
}

}  // namespace swarmq::engine
