// `swarm scheduler list`, `show` and `remove`.
#include "exit_codes.h"
#include "fields.h"
#include "job_json.h"
#include "job_text.h"
#include "scheduler_options.h"
#include "table.h"
#include "terminal.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <memory>

namespace swarmq::cli {
namespace {

constexpr std::uint32_t kPageLimit = 1'000;
constexpr std::size_t kShownMax = 400;

struct Named {
    std::optional<std::string> queue;
    std::string key;
    std::optional<std::uint64_t> next;
    bool is_agreed = false;
    bool is_dry_run = false;
    bool is_json = false;
};

template <class Visit>
void each_scheduler(Session& session, const std::optional<std::string>& queue, Visit visit) {
    std::string cursor;
    do {
        SchedulerPage page = queue ? session.queue(*queue).list_schedulers(kPageLimit, cursor)
                                   : session.admin().list_schedulers(kPageLimit, cursor);
        for (const Scheduler& scheduler : page.schedulers) visit(scheduler);
        cursor = std::move(page.next_cursor);
    } while (!cursor.empty());
}

std::string next_of(const Scheduler& scheduler, WallTime now) {
    if (!scheduler.problem.empty()) return "stopped: " + scheduler.problem;
    return scheduler.next.empty() ? "never" : show_when(scheduler.next.front(), now);
}

int list(Session& session, const Named& named) {
    if (named.is_json) {
        each_scheduler(session, named.queue,
                       [](const Scheduler& one) { print_json(scheduler_json(one)); });
        return kExitOk;
    }
    const WallTime now = std::chrono::system_clock::now();
    Table table({{"QUEUE", Align::Left, 12},
                 {"KEY", Align::Left, 12},
                 {"TICKS", Align::Left, 16},
                 {"NEXT"},
                 {"LAST"},
                 {"ADDED", Align::Right},
                 {"SKIPPED", Align::Right},
                 {"JOB"}});
    each_scheduler(session, named.queue, [&](const Scheduler& one) {
        table.row({one.queue, one.key, one_line(show_repeat(one.repeat), 60),
                   one_line(next_of(one, now), 60), show_when(one.last_tick, now),
                   std::to_string(one.added), std::to_string(one.skipped), one.job.name});
    });
    table.print(stdout);
    return kExitOk;
}

std::string show_missed(const Repeat& repeat) {
    if (repeat.missed == Missed::Skip) return "not made up for";
    if (repeat.missed == Missed::All) return fmt::format("run each, at most {}", repeat.missed_max);
    return "run once";
}

void print_scheduler(const Scheduler& one) {
    const WallTime now = std::chrono::system_clock::now();
    const Repeat& repeat = one.repeat;
    print_field("scheduler", one.key);
    print_field("queue", one.queue);
    print_field("ticks", show_repeat(repeat));
    if (repeat.start) print_field("start", show_time(*repeat.start));
    if (repeat.end) print_field("end", show_time(*repeat.end));
    if (repeat.limit != 0) print_field("limit", fmt::format("{} jobs", repeat.limit));
    print_field("overlap", repeat.overlap == Overlap::Allow ? "allowed" : "skipped");
    print_field("missed", show_missed(repeat));
    print_field("name", one.job.name);
    print_field("payload", one_line(one.job.payload, kShownMax));
    if (one.job.options.attempts)
        print_field("attempts", fmt::format("at most {}", *one.job.options.attempts));
    print_options(one.job.options);
    print_field("added", fmt::format("{} jobs; {} ticks skipped", one.added, one.skipped));
    print_field("last tick", one.last_tick ? fmt::format("{}, {}", show_time(*one.last_tick),
                                                         show_when(one.last_tick, now))
                                           : "");
    print_field("last job", one.last_job_id);
    print_field("problem", printable(one.problem));
    fmt::print("next{}\n", one.next.empty() ? "        never" : "");
    print_ticks(one.next);
}

int tell_removed(const Named& named, const char* done) {
    if (named.is_json) {
        print_json({{"queue", *named.queue}, {"key", named.key}, {"changed", 1}});
    } else {
        fmt::print("scheduler {} of queue {} {}\n", named.key, *named.queue, done);
    }
    return kExitOk;
}

int remove(Session& session, const Named& named) {
    Queue queue = session.queue(*named.queue);
    // One that is not there is said so before anybody is asked.
    if (!named.is_agreed || named.is_dry_run) queue.get_scheduler(named.key, 1);
    if (named.is_dry_run) return tell_removed(named, "would be removed");
    must_agree(named.is_agreed, "remove",
               fmt::format("scheduler {} of queue {}", named.key, *named.queue));
    if (queue.remove_scheduler(named.key)) return tell_removed(named, "was removed");
    throw SwarmqError(
        Error{Code::NotFound,
              fmt::format("no scheduler \"{}\" exists in queue \"{}\"", named.key, *named.queue)});
}

}  // namespace

Run declare_scheduler_list(Arguments& arguments) {
    auto named = std::make_shared<Named>();
    arguments.optional_word("QUEUE", named->queue, "Of this queue. Default: of all");
    arguments.flag("--json", named->is_json, "One JSON object a line, for programs");
    return [named](Session& session) { return list(session, *named); };
}

Run declare_scheduler_show(Arguments& arguments) {
    auto named = std::make_shared<Named>();
    named->queue.emplace();
    arguments.word("QUEUE", *named->queue, "The queue");
    arguments.word("KEY", named->key, "The scheduler");
    arguments.number("--next", named->next, 1, 100, "Show so many of the next ticks. Default: 5");
    arguments.flag("--json", named->is_json, "One JSON object, for programs");
    return [named](Session& session) {
        const Scheduler one = session.queue(*named->queue)
                                  .get_scheduler(named->key, static_cast<std::uint32_t>(
                                                                 named->next.value_or(5)));
        if (named->is_json) {
            print_json(scheduler_json(one));
        } else {
            print_scheduler(one);
        }
        return kExitOk;
    };
}

Run declare_scheduler_remove(Arguments& arguments) {
    auto named = std::make_shared<Named>();
    named->queue.emplace();
    arguments.word("QUEUE", *named->queue, "The queue");
    arguments.word("KEY", named->key, "The scheduler");
    arguments.flag("--yes", named->is_agreed, "Do not ask");
    arguments.flag("--dry-run", named->is_dry_run, "Say what would go, and remove nothing");
    arguments.flag("--json", named->is_json, "One JSON object, for programs");
    return [named](Session& session) { return remove(session, *named); };
}

}  // namespace swarmq::cli
