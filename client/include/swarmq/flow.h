// Flows: jobs that wait for other jobs, their children, and read how those ended (R13). Plain values; nothing blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <swarmq/job.h>
#include <swarmq/options.h>

namespace swarmq::inline sdk {

// Of one request, roots and children together; of one parent in all; and levels, the root's included.
inline constexpr std::size_t kFlowJobsMax = 1'000;
inline constexpr std::size_t kChildrenMax = 10'000;
inline constexpr std::size_t kFlowLevelsMax = 64;

// A job with its children, and theirs:
//
//     FlowJob report{.queue = "reports", .name = "monthly"};
//     report.children.push_back({.queue = "pdf", .name = "extract", .payload = "a.pdf"});
//     report.children.push_back({.queue = "pdf", .name = "extract", .payload = "b.pdf"});
//     std::string id = FlowProducer().add_flow(report).id;
//
// A job with children waits in state WaitingChildren until none of them is pending; then its own delay, priority and
// ttl count. A chosen id must not be stored already, and no job of a flow has a deduplication key. Who removes a parent
// that has not ended removes its children that have not ended, and theirs.
struct FlowJob {
    std::string queue;
    std::string name;
    std::string payload{};
    JobOptions options{};
    OnChildFailure on_child_failure = OnChildFailure::FailParent;  // Only of a child.
    std::vector<FlowJob> children{};
};

// A job of a flow as it was added, in the shape of the FlowJob.
struct AddedFlow {
    std::string queue;
    std::string id;
    std::vector<AddedFlow> children{};
};

// How a child ended. It stays as long as the parent, also when the child is stored no more.
struct ChildOutcome {
    // Removed: someone removed it before it ended, or it failed with OnChildFailure::RemoveDependency.
    enum class Kind { Completed, Failed, Removed };

    std::string queue{};
    std::string id{};
    std::string name{};
    Kind kind = Kind::Completed;
    std::string result{};  // Completed: what its handler returned.
    std::string result_content_type{};
    FailureKind failure_kind = FailureKind::None;  // Failed, and removed for that: why.
    std::string failed_reason{};
    std::uint32_t index = 0;  // Counts the parent's children from 0, in the order in which they were added.

    bool is_completed() const { return kind == Kind::Completed; }
};

// "completed", "failed", "removed".
std::string_view to_string(ChildOutcome::Kind kind);

// Some of the children that have ended, by index.
struct ChildPage {
    std::vector<ChildOutcome> children;
    std::string next_cursor;    // Empty: this was the last page. A page has about 2 MiB at most, and so may be short.
    std::uint32_t pending = 0;  // Children that have not ended.
};

// One job of a tree.
struct FlowNode {
    std::string queue;
    std::string id;
    std::string name;
    JobState state = JobState::Unknown;
    FailureKind failure_kind = FailureKind::None;
    std::optional<std::size_t> parent{};  // Its index in FlowTree::nodes; not set: the first.
    OnChildFailure on_child_failure = OnChildFailure::FailParent;  // Only of a child.
    std::optional<ChildCounts> children{};  // Of a job that has, or had, children.
    bool is_cut = false;                    // It has stored children that are not shown.
};

// The tree below a job, as far as its jobs are stored. Each parent stands before its children, those in the order in
// which they were added.
struct FlowTree {
    std::vector<FlowNode> nodes;
    bool is_cut = false;  // Some have stored children that are not shown.
};

struct FlowTreeOptions {
    std::uint32_t levels = 0;  // Below the first: 1..64; 0: all.
    std::uint32_t limit = 0;   // Nodes: 1..1000; 0: 1000.
    bool from_root = false;    // From the topmost stored job above this one, not from the job itself.
};

}  // namespace swarmq::inline sdk
