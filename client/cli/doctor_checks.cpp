// One function for each thing that is looked at.
#include "doctor_checks.h"

#include "values.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#ifndef SWARMQ_VERSION
#error "SWARMQ_VERSION comes from the build"
#endif

namespace swarmq::cli {
namespace {

using Findings = std::vector<Finding>;

constexpr std::uint64_t kDiskSharePercent = 10;
constexpr Milliseconds kClockOffMax{2'000};
constexpr Milliseconds kSlowAnswer{500};
constexpr std::uint32_t kPageLimit = 1'000;

struct Answer {
    ServerInfo info;
    Milliseconds round_trip{0};
    Milliseconds clock_off{0};  // The broker's clock minus ours.
};

Answer ask(Admin& admin) {
    admin.server_info();  // The connection is there from here on.
    const auto began = std::chrono::steady_clock::now();
    Answer answer;
    answer.info = admin.server_info();
    const auto took = std::chrono::steady_clock::now() - began;
    answer.round_trip = std::chrono::duration_cast<Milliseconds>(took);
    const auto here = std::chrono::system_clock::now() - answer.round_trip / 2;
    answer.clock_off = std::chrono::duration_cast<Milliseconds>(answer.info.now - here);
    return answer;
}

void check_versions(const Answer& answer, Findings& findings) {
    if (answer.info.version == SWARMQ_VERSION) return;
    findings.push_back(
        {Severity::Note, "version", "",
         fmt::format("the broker is {}, this command {}; they speak protocol {}.{}",
                     answer.info.version, SWARMQ_VERSION, answer.info.protocol_major,
                     answer.info.protocol_minor),
         "fine while both are of one major version; upgrade the older one some day"});
}

void check_durability(const Answer& answer, Findings& findings) {
    if (answer.info.durability == "memory") {
        findings.push_back({Severity::Warning, "durability", "",
                            "the broker keeps everything in memory: a restart loses all jobs",
                            "start it with --durability sync, if this is more than a test"});
    } else if (answer.info.durability == "periodic") {
        findings.push_back(
            {Severity::Note, "durability", "",
             "a power cut may cost the last acknowledged changes (durability periodic)",
             "start it with --durability sync, if that is not what you want"});
    }
}

void check_disk(const Answer& answer, Findings& findings) {
    const ServerInfo& info = answer.info;
    if (!info.add_refusal.empty()) {
        findings.push_back(
            {Severity::Problem, "adds_refused", "", "adds are refused: " + info.add_refusal,
             "make room on the broker's disk; swarm queue cleanup removes ended jobs"});
    } else if (info.disk_bytes > 0 &&
               info.disk_free_bytes < info.disk_bytes / 100 * kDiskSharePercent) {
        findings.push_back(
            {Severity::Warning, "disk_low", "",
             fmt::format("the broker's disk has {} of {} free", show_bytes(info.disk_free_bytes),
                         show_bytes(info.disk_bytes)),
             "make room before adds are refused"});
    }
}

void check_times(const Answer& answer, Findings& findings) {
    const Milliseconds off = answer.clock_off;
    if (off > kClockOffMax || off < -kClockOffMax) {
        findings.push_back({Severity::Warning, "clock", "",
                            fmt::format("the broker's clock is {} {} than this machine's",
                                        show_duration(off < off.zero() ? -off : off),
                                        off < off.zero() ? "earlier" : "later"),
                            "let NTP set both: run_at and cron follow the broker's clock"});
    }
    if (answer.round_trip > kSlowAnswer) {
        findings.push_back({Severity::Warning, "slow", "",
                            "an answer took " + show_duration(answer.round_trip),
                            "look at the broker's machine, its disk and the network between"});
    }
}

std::string advice_for(const RaisedAlert& alert) {
    if (alert.kind == "failure_rate")
        return fmt::format("swarm queue list {} --state failed shows the reasons", alert.queue);
    if (alert.kind == "backlog")
        return fmt::format("start more workers, or raise their concurrency: swarm workers {}",
                           alert.queue);
    if (alert.kind == "near_timeout")
        return fmt::format(
            "swarm queue list {} --state active: handlers hang, or the timeout is short",
            alert.queue);
    return fmt::format("swarm queue metrics {} has its numbers", alert.queue);
}

// Queues without a worker are told by their numbers, which are newer than the alert.
void check_alerts(const Answer& answer, Findings& findings) {
    for (const RaisedAlert& alert : answer.info.alerts) {
        if (alert.kind == "no_worker") continue;
        findings.push_back({Severity::Warning, alert.kind, alert.queue,
                            fmt::format("the alert {} is up", alert.kind), advice_for(alert)});
    }
}

void check_queue(const QueueMetrics& queue, Findings& findings) {
    const std::string waits =
        fmt::format("{} {}", queue.waiting, queue.waiting == 1 ? "job waits" : "jobs wait");
    if (queue.waiting > 0 && queue.paused) {
        findings.push_back({Severity::Warning, "paused", queue.queue, waits + " in a paused queue",
                            "swarm queue resume " + queue.queue});
    } else if (queue.waiting > 0 && queue.workers == 0) {
        findings.push_back({Severity::Problem, "no_worker", queue.queue,
                            waits + " and no worker takes them",
                            fmt::format("start one: swarm worker {} -- COMMAND", queue.queue)});
    }
    if (queue.failed > 0) {
        findings.push_back(
            {Severity::Note, "dead_letters", queue.queue,
             fmt::format("{} failed {} kept", queue.failed,
                         queue.failed == 1 ? "job is" : "jobs are"),
             fmt::format("swarm queue list {0} --state failed, then swarm queue retry {0} or "
                         "swarm queue cleanup {0} --state failed",
                         queue.queue)});
    }
}

void check_schedulers(Admin& admin, Findings& findings) {
    std::string cursor;
    do {
        SchedulerPage page = admin.list_schedulers(kPageLimit, cursor);
        for (const Scheduler& one : page.schedulers) {
            if (one.problem.empty()) continue;
            findings.push_back(
                {Severity::Problem, "scheduler", one.queue,
                 fmt::format("scheduler {} does not tick: {}", one.key, one.problem),
                 fmt::format("correct it: swarm scheduler add {} {} ...", one.queue, one.key)});
        }
        cursor = std::move(page.next_cursor);
    } while (!cursor.empty());
}

void check_maintenance(Admin& admin, const Answer& answer, Findings& findings) {
    const Maintenance state = admin.maintenance();
    if (state.backup && state.backup->failure) {
        findings.push_back({Severity::Problem, "backup", "",
                            fmt::format("the last backup, {}, failed: {}", state.backup->path,
                                        state.backup->failure->message),
                            "correct what it names, then swarm backup"});
    } else if (!answer.info.can_back_up && answer.info.durability != "memory") {
        findings.push_back({Severity::Note, "backup", "", "the broker has no directory for backups",
                            "start it with --backup-dir, then swarm backup"});
    }
    if (state.verify && state.verify->problem_count > 0) {
        findings.push_back(
            {Severity::Problem, "damage", "",
             fmt::format("the last verification found {} problems", state.verify->problem_count),
             "swarm verify shows them; deploy/README.md says how to repair or restore"});
    }
}

}  // namespace

std::vector<Finding> examine(Session& session) {
    Admin admin = session.admin();
    const Answer answer = ask(admin);
    Findings findings;
    check_versions(answer, findings);
    check_durability(answer, findings);
    check_disk(answer, findings);
    check_times(answer, findings);
    check_maintenance(admin, answer, findings);
    check_alerts(answer, findings);
    for (const QueueMetrics& queue : admin.list_queues()) check_queue(queue, findings);
    check_schedulers(admin, findings);
    std::stable_sort(findings.begin(), findings.end(),
                     [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
    return findings;
}

}  // namespace swarmq::cli
