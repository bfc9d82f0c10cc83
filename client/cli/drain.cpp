// `swarm queue drain`: every waiting job goes, once someone has said that it shall.
#include "bulk.h"
#include "exit_codes.h"
#include "terminal.h"
#include "verbs.h"

#include <fmt/format.h>

#include <memory>

namespace swarmq::cli {
namespace {

struct Drain {
    std::string queue;
    bool with_delayed = false;
    bool is_agreed = false;
    bool is_dry_run = false;
    bool is_json = false;
};

std::string what_goes(const QueueMetrics& metrics, bool with_delayed) {
    std::string text = fmt::format("{} waiting", metrics.waiting);
    if (with_delayed) text += fmt::format(" and {} delayed", metrics.delayed);
    const bool is_one = metrics.waiting == 1 && !with_delayed;
    return fmt::format("{} {} of queue {} for ever", text, is_one ? "job" : "jobs", metrics.queue);
}

}  // namespace

Run declare_drain(Arguments& arguments) {
    auto drain = std::make_shared<Drain>();
    arguments.word("QUEUE", drain->queue, "The queue");
    arguments.flag("--delayed", drain->with_delayed, "Remove the delayed jobs, too");
    arguments.flag("--yes", drain->is_agreed, "Do not ask");
    arguments.flag("--dry-run", drain->is_dry_run, "Say how many jobs would go, and remove none");
    arguments.flag("--json", drain->is_json, "One JSON object, for programs");
    return [drain](Session& session) {
        Admin admin = session.admin();
        const QueueMetrics metrics = admin.get_metrics(drain->queue);
        const std::uint64_t count = metrics.waiting + (drain->with_delayed ? metrics.delayed : 0);
        if (drain->is_dry_run) {
            return tell_changed(count, "would be removed", drain->is_json);
        }
        must_agree(drain->is_agreed || count == 0, "remove",
                   what_goes(metrics, drain->with_delayed));
        const std::uint64_t changed = change_all(
            "draining", count, [&] { return admin.drain(drain->queue, drain->with_delayed); });
        return tell_changed(changed, "removed", drain->is_json);
    };
}

}  // namespace swarmq::cli
