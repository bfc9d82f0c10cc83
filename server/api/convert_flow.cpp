// Flows, their trees and what became of children.
#include "api/convert_flow.h"

#include "api/convert.h"
#include "swarmq/v1/envelope.pb.h"

#include <algorithm>
#include <utility>

namespace swarmq::api {
namespace {

// A number that is no policy becomes one that is refused.
OnChildFailure to_policy(int value) {
    return static_cast<OnChildFailure>(value < 0 || value > 0xff ? 0xff : value);
}

void fill_counts(const engine::ChildCounts& counts, v1::ChildCounts& message) {
    message.set_pending(counts.pending);
    message.set_completed(counts.completed);
    message.set_failed(counts.failed);
    message.set_removed(counts.removed);
}

void fill_child(const engine::Engine& engine, ChildRecord&& child, v1::ChildOutcome& outcome) {
    outcome.set_queue(std::move(child.queue));
    outcome.set_id(engine.job_id(child.seq, child.chosen_id));
    outcome.set_name(std::move(child.name));
    outcome.set_kind(static_cast<v1::ChildOutcome::Kind>(child.kind));
    if (child.result) outcome.set_result(*child.result);
    outcome.set_result_content_type(std::move(child.content_type));
    outcome.set_failure_kind(static_cast<v1::FailureKind>(child.failure_kind));
    outcome.set_failed_reason(std::move(child.failed_reason));
    outcome.set_index(child.index);
}

}  // namespace

engine::AddFlow to_command(v1::AddFlow& message) {
    engine::AddFlow command;
    for (v1::FlowJob& from : *message.mutable_jobs()) {
        engine::FlowJob& job = command.jobs.emplace_back();
        job.queue = std::move(*from.mutable_queue());
        take_job(*from.mutable_job(), job.job);
        if (from.has_parent()) job.parent = from.parent();
        job.on_child_failure = to_policy(from.on_child_failure());
    }
    if (!message.has_parent()) return command;
    v1::HeldJob& parent = *message.mutable_parent();
    command.parent =
        engine::HeldJob{{std::move(*parent.mutable_queue()), std::move(*parent.mutable_id())},
                        LeaseToken{parent.token()}};
    return command;
}

std::vector<engine::FollowUp> to_follow_ups(Repeated<v1::FollowUp>& jobs) {
    std::vector<engine::FollowUp> follow_ups;
    for (v1::FollowUp& from : jobs) {
        engine::FollowUp& follow_up = follow_ups.emplace_back();
        follow_up.queue = std::move(*from.mutable_queue());
        take_job(*from.mutable_job(), follow_up.job);
    }
    return follow_ups;
}

engine::GetFlow to_command(const v1::GetFlow& message) {
    return {
        {message.queue(), message.id()}, message.levels(), message.limit(), message.from_root()};
}

void fill_flow_ids(const engine::Engine& engine, const Answer& answer, v1::AddFlowResult& result) {
    for (std::uint64_t i = 0; i < answer.seq_count; ++i)
        result.add_ids(engine.job_id(JobSeq{raw(answer.first_seq) + i}, {}));
    for (const ItemAnswer& item : answer.items) result.add_ids(engine.job_id(item.seq, item.id));
}

void fill_tree(const engine::FlowTree& tree, v1::FlowTree& message) {
    message.set_is_cut(tree.is_cut);
    for (const engine::FlowNodeView& view : tree.nodes) {
        v1::FlowNode& node = *message.add_nodes();
        node.set_queue(view.job.queue);
        node.set_id(view.job.id);
        node.set_name(view.name);
        node.set_state(static_cast<v1::JobState>(view.state));
        node.set_failure_kind(static_cast<v1::FailureKind>(view.failure_kind));
        if (view.parent) node.set_parent(*view.parent);
        node.set_on_child_failure(static_cast<v1::OnChildFailure>(view.flow.on_child_failure));
        if (view.flow.children) fill_counts(*view.flow.children, *node.mutable_children());
        node.set_is_cut(view.is_cut);
    }
}

void fill_children(const engine::Engine& engine, const engine::JobView& view,
                   storage::ChildPage&& page, v1::GetChildrenResult& result) {
    if (page.has_more) result.set_next_cursor(std::to_string(page.children.back().index + 1));
    for (ChildRecord& child : page.children)
        fill_child(engine, std::move(child), *result.add_children());
    if (view.flow.children) result.set_pending(view.flow.children->pending);
}

void fill_flow(const engine::FlowView& flow, v1::Job& job) {
    if (flow.parent) {
        job.mutable_parent()->set_queue(flow.parent->queue);
        job.mutable_parent()->set_id(flow.parent->id);
    }
    if (flow.children) fill_counts(*flow.children, *job.mutable_children());
    job.set_on_child_failure(static_cast<v1::OnChildFailure>(flow.on_child_failure));
}

}  // namespace swarmq::api
