// Reasons, gathered.
#include "http/health.h"

namespace swarmq::http {
namespace {

// A disk that takes longer for one commit is not coming back.
constexpr DurationMs kCommitStuckMs = 30'000;

std::string why_not_alive(const Snapshot* snapshot) {
    if (snapshot == nullptr) return "the loop stands still: it did not answer within 2 s\n";
    if (snapshot->commit_age_ms > kCommitStuckMs)
        return "a commit has been under way for " + std::to_string(snapshot->commit_age_ms) + " ms\n";
    return "";
}

Reply to_reply(const std::string& reasons) {
    Reply reply;
    reply.status = reasons.empty() ? 200 : 503;
    reply.body = reasons.empty() ? "ok\n" : reasons;
    return reply;
}

}  // namespace

Reply live_reply(const Snapshot* snapshot) { return to_reply(why_not_alive(snapshot)); }

Reply ready_reply(const Snapshot* snapshot) {
    std::string reasons = why_not_alive(snapshot);
    if (snapshot != nullptr) {
        if (snapshot->has_failed) reasons += "store failed: nothing is acknowledged, a restart recovers\n";
        if (snapshot->facts.is_draining) reasons += "draining: the daemon stops\n";
        if (!snapshot->add_refusal.empty()) reasons += "disk low: " + snapshot->add_refusal + "\n";
    }
    return to_reply(reasons);
}

Reply live_while_recovering() {
    Reply reply;
    reply.body = "ok, recovering\n";
    return reply;
}

Reply ready_while_recovering(std::uint64_t rows) {
    return to_reply("recovering: " + std::to_string(rows) + " rows read\n");
}

}  // namespace swarmq::http
