// The names of job states and failure kinds, for people and programs.
#include <swarmq/flow.h>

#include <array>

namespace swarmq::inline sdk {
namespace {

constexpr std::array<std::string_view, 7> kStateNames = {
    "unknown", "waiting", "delayed", "active", "completed", "failed", "waiting-children"};
constexpr std::array<std::string_view, 7> kFailureNames = {
    "", "error", "timeout", "stalled", "expired", "cancelled", "dependency"};

constexpr std::array<std::string_view, 4> kPolicyNames = {"fail-parent", "continue-parent", "ignore",
                                                          "remove-dependency"};
constexpr std::array<std::string_view, 3> kChildNames = {"completed", "failed", "removed"};

}  // namespace

std::string_view to_string(OnChildFailure policy) {
    return kPolicyNames[static_cast<std::size_t>(policy)];
}

std::optional<OnChildFailure> parse_on_child_failure(std::string_view text) {
    for (std::size_t i = 0; i < kPolicyNames.size(); ++i) {
        if (kPolicyNames[i] == text) return static_cast<OnChildFailure>(i);
    }
    return std::nullopt;
}

std::string_view to_string(ChildOutcome::Kind kind) {
    return kChildNames[static_cast<std::size_t>(kind)];
}

std::string_view to_string(JobState state) { return kStateNames[static_cast<std::size_t>(state)]; }

std::string_view to_string(FailureKind kind) {
    return kFailureNames[static_cast<std::size_t>(kind)];
}

std::optional<JobState> parse_job_state(std::string_view text) {
    for (std::size_t i = 1; i < kStateNames.size(); ++i) {
        if (kStateNames[i] == text) return static_cast<JobState>(i);
    }
    return std::nullopt;
}

}  // namespace swarmq::inline sdk
