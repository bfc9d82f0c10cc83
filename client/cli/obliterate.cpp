// `swarm queue obliterate`: a queue goes with everything in it, once someone has said that it
// shall.
#include "exit_codes.h"
#include "job_json.h"
#include "terminal.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <memory>

namespace swarmq::cli {
namespace {

struct Obliterate {
    std::string queue;
    bool is_forced = false;
    bool is_agreed = false;
    bool is_dry_run = false;
    bool is_json = false;
};

struct Contents {
    std::uint64_t jobs = 0;
    std::uint64_t active = 0;
    std::uint64_t schedulers = 0;

    std::string text() const {
        std::string said = fmt::format("{} {}", jobs, jobs == 1 ? "job" : "jobs");
        if (active > 0) said += fmt::format(", {} of them running,", active);
        return said +
               fmt::format(" and {} {}", schedulers, schedulers == 1 ? "scheduler" : "schedulers");
    }
};

Contents look(Session& session, const std::string& queue) {
    const QueueMetrics metrics = session.admin().get_metrics(queue);
    Contents found;
    found.active = metrics.active;
    found.jobs = metrics.waiting + metrics.active + metrics.completed + metrics.failed +
                 metrics.delayed + metrics.waiting_children;
    std::string cursor;
    do {
        SchedulerPage page = session.queue(queue).list_schedulers(kBulkJobsMax, cursor);
        found.schedulers += page.schedulers.size();
        cursor = std::move(page.next_cursor);
    } while (!cursor.empty());
    return found;
}

int tell_dry_run(const Obliterate& asked, const Contents& found) {
    const bool would_refuse = found.active > 0 && !asked.is_forced;
    if (asked.is_json) {
        print_json({{"queue", asked.queue},
                    {"jobs", found.jobs},
                    {"active", found.active},
                    {"schedulers", found.schedulers},
                    {"needs_force", would_refuse}});
    } else {
        fmt::print("queue {}: {} would be removed, with its settings and totals{}\n", asked.queue,
                   found.text(), would_refuse ? "; not without --force, while jobs run" : "");
    }
    return kExitOk;
}

std::uint64_t remove_all(Admin admin, const Obliterate& asked, const Contents& found) {
    Progress progress("obliterating", found.jobs + found.schedulers);
    std::uint64_t changed = 0;
    for (bool is_more = true; is_more;) {
        const BulkResult step = admin.obliterate(asked.queue, asked.is_forced);
        changed += step.changed;
        is_more = step.more;
        progress.show(changed, fmt::format("{} jobs and schedulers", changed));
    }
    return changed;
}

int obliterate(Session& session, const Obliterate& asked) {
    const Contents found = look(session, asked.queue);
    if (asked.is_dry_run) return tell_dry_run(asked, found);
    must_agree(asked.is_agreed, "remove",
               fmt::format("queue {} with {}, its settings and totals, for ever", asked.queue,
                           found.text()));
    const std::uint64_t changed = remove_all(session.admin(), asked, found);
    if (asked.is_json) {
        print_json({{"queue", asked.queue}, {"changed", changed}});
    } else {
        fmt::print("queue {} is obliterated: {} jobs and schedulers removed\n", asked.queue,
                   changed);
    }
    return kExitOk;
}

}  // namespace

Run declare_obliterate(Arguments& arguments) {
    auto asked = std::make_shared<Obliterate>();
    arguments.word("QUEUE", asked->queue, "The queue");
    arguments.flag("--force", asked->is_forced, "Cancel running jobs, too");
    arguments.flag("--yes", asked->is_agreed, "Do not ask");
    arguments.flag("--dry-run", asked->is_dry_run, "Say what would go, and remove nothing");
    arguments.flag("--json", asked->is_json, "One JSON object, for programs");
    return [asked](Session& session) { return obliterate(session, *asked); };
}

}  // namespace swarmq::cli
