// Trees, and how children ended.
#include <utility>

#include "convert.h"

namespace swarmq::inline sdk {
namespace {

ChildOutcome::Kind to_kind(v1::ChildOutcome::Kind kind) {
    switch (kind) {
        case v1::ChildOutcome::KIND_COMPLETED: return ChildOutcome::Kind::Completed;
        case v1::ChildOutcome::KIND_FAILED: return ChildOutcome::Kind::Failed;
        default: return ChildOutcome::Kind::Removed;
    }
}

}  // namespace

v1::OnChildFailure to_proto(OnChildFailure policy) {
    return static_cast<v1::OnChildFailure>(static_cast<int>(policy) + 1);
}

OnChildFailure to_policy(v1::OnChildFailure policy) {
    if (policy < v1::ON_CHILD_FAILURE_FAIL_PARENT || policy > v1::ON_CHILD_FAILURE_REMOVE_DEPENDENCY)
        return OnChildFailure::FailParent;
    return static_cast<OnChildFailure>(policy - 1);
}

ChildCounts to_counts(const v1::ChildCounts& counts) {
    return {counts.pending(), counts.completed(), counts.failed(), counts.removed()};
}

FlowTree to_tree(v1::FlowTree& tree) {
    FlowTree plain;
    plain.is_cut = tree.is_cut();
    for (auto& from : *tree.mutable_nodes()) {
        FlowNode& node = plain.nodes.emplace_back();
        node.queue = std::move(*from.mutable_queue());
        node.id = std::move(*from.mutable_id());
        node.name = std::move(*from.mutable_name());
        node.state = to_state(from.state());
        node.failure_kind = to_failure_kind(from.failure_kind());
        if (from.has_parent()) node.parent = from.parent();
        node.on_child_failure = to_policy(from.on_child_failure());
        if (from.has_children()) node.children = to_counts(from.children());
        node.is_cut = from.is_cut();
    }
    return plain;
}

ChildPage to_children(v1::GetChildrenResult& result) {
    ChildPage page;
    page.next_cursor = std::move(*result.mutable_next_cursor());
    page.pending = result.pending();
    for (auto& from : *result.mutable_children()) {
        ChildOutcome& child = page.children.emplace_back();
        child.queue = std::move(*from.mutable_queue());
        child.id = std::move(*from.mutable_id());
        child.name = std::move(*from.mutable_name());
        child.kind = to_kind(from.kind());
        child.result = std::move(*from.mutable_result());
        child.result_content_type = std::move(*from.mutable_result_content_type());
        child.failure_kind = to_failure_kind(from.failure_kind());
        child.failed_reason = std::move(*from.mutable_failed_reason());
        child.index = from.index();
    }
    return page;
}

}  // namespace swarmq::inline sdk
