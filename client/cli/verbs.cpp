// The table of verbs.
#include "verbs.h"

namespace swarmq::cli {
namespace {

constexpr std::string_view kSubmitDetails =
    "Prints the id of the job, alone on its last line, once the job is stored for good; with "
    "--json\n"
    "queue id outcome: added, existing (of this id) or deduplicated.\n\n"
    "Examples:\n"
    "  swarm queue submit embeddings '{\"text\":\"hello\"}' --priority 1\n"
    "  swarm queue submit webhooks '{}' --attempts 4 --backoff exponential:1s\n"
    "  swarm queue submit pdfs --payload-file report.pdf\n"
    "  swarm queue submit reports '{}' --delay 10m --id report-2024-06\n"
    "  swarm queue submit mail '{}' --run-at 2026-12-01T09:00Z --on-failure dead/mail\n"
    "  swarm queue submit shout 'hello' --wait --wait-timeout 10s\n"
    "  swarm queue submit embeddings --jobs jobs.jsonl\n"
    "  swarm queue submit pages '{\"page\":7}' --dedup page:7 --dedup-mode keep-latest\n\n"
    "A key makes one job: until that has ended, for a time (throttle), with a delay that begins\n"
    "anew with each add (debounce), or the newest one when the running one has ended "
    "(keep-latest).\n"
    "A backoff is fixed:500ms, exponential:1s or none; after it may stand :jitter=0.2,max=30s.\n"
    "KEEP is none, forever, a count (1000), an age (7d) or both (1000,7d).\n\n"
    "Each line of a jobs file is a JSON object with any of: name payload id key priority lifo "
    "delay\n"
    "run_at attempts backoff timeout ttl max_stalled keep_completed keep_failed on_failure dedup\n"
    "dedup_mode tags headers. A payload that is a JSON text is stored as its bytes, any other "
    "JSON\n"
    "value as it is written. The options given here stand in for what a line leaves out. Jobs go\n"
    "out 1000 at a time, each thousand all or nothing; ids are printed one a line.";

constexpr std::string_view kWaitDetails =
    "Prints the result on standard output and exits 0; else the reason on standard error: 1 the "
    "job\n"
    "failed, 2 it was removed or is not stored, 124 it had not ended in time.\n\n"
    "--json prints one object: queue id outcome (completed, failed, removed or timed-out) result\n"
    "failure_kind failed_reason. Bytes of a result that are no UTF-8 are base64, and "
    "result_encoding\n"
    "says so.\n\n"
    "Examples:\n  swarm queue wait embeddings j1-0-7 --timeout 10s\n"
    "  swarm queue wait embeddings j1-0-7 --json";

constexpr std::string_view kStatusDetails =
    "Example:\n  swarm queue status embeddings j1-0-7\n\n"
    "--json prints one object: id queue name state progress attempts_made failed_reason result "
    "and\n"
    "more. payload and result are texts; bytes that are no UTF-8 are base64, and payload_encoding "
    "or\n"
    "result_encoding says so. Times are milliseconds since 1970.";

constexpr std::string_view kListDetails =
    "Without QUEUE it lists the queues. States: waiting delayed active completed failed\n"
    "waiting-children. Waiting jobs come in the order in which they will run, delayed ones by due\n"
    "time, others newest first; without --state all come in the order of their creation.\n\n"
    "Examples:\n"
    "  swarm queue list\n"
    "  swarm queue list embeddings --state waiting --limit 10\n"
    "  swarm queue list webhooks --state failed --json\n"
    "  swarm queue list webhooks --state failed --error timed --finished-after 1h\n"
    "  swarm queue list reports --name monthly --tag customer-7";

constexpr std::string_view kUpdateDetails =
    "All that is given is changed, or nothing. Payload and tags: of waiting, delayed and failed\n"
    "jobs; priority and delay: of waiting and delayed ones. A running job keeps its data.\n\n"
    "Examples:\n"
    "  swarm queue update reports j1-0-7 --priority 0\n"
    "  swarm queue update reports j1-0-7 --payload '{\"month\":6}' --tags june,fixed";

constexpr std::string_view kDedupDetails =
    "Exits 3 when the next add with this key makes a job.\n\n"
    "Examples:\n  swarm queue dedup pages page:7\n  swarm queue dedup pages page:7 --free";

constexpr std::string_view kMetricsDetails =
    "Rates and times are those of the last five minutes. WAITED and TOOK are medians (p50): from when "
    "a\n"
    "job could first run until a worker got it, and of attempts from start to end. These are counted "
    "in\n"
    "the broker's memory and begin anew with it; the counts above them do not.\n\n"
    "--json prints one flat object: waiting active completed failed delayed waiting_children are "
    "jobs\n"
    "stored now, waiting_priority_N those of them that wait with priority N; added_total\n"
    "completed_total failed_total retried_total stalled_total count since the queue's creation.\n"
    "recent_added, completed_per_second, failure_rate (0..1), time_in_queue_p99, processing_time_p50 "
    "and\n"
    "the like tell of the last minutes; times are milliseconds. by_name and history are lists, only "
    "when\n"
    "they were asked for.\n\n"
    "Examples:\n"
    "  swarm queue metrics embeddings\n"
    "  swarm queue metrics embeddings --by-name --history 10\n"
    "  swarm queue metrics embeddings --json";

constexpr std::string_view kLogsDetails =
    "The newest 100 lines of a job are kept, over all its attempts. Handlers write them with log(), "
    "and\n"
    "of `swarm worker` each line of a command's standard error is one. --follow exits 0 when the job "
    "has\n"
    "ended, however, and 2 when it was removed. --json prints number, time (milliseconds since 1970) "
    "and\n"
    "text.\n\n"
    "Examples:\n"
    "  swarm queue logs pdfs j1-0-7\n"
    "  swarm queue logs pdfs j1-0-7 --follow --raw";

constexpr std::string_view kCheckpointDetails =
    "Prints the bytes that a handler saved for later attempts, as they are; exits 3 when there are "
    "none.\n\n"
    "Example:\n  swarm queue checkpoint imports j1-0-7";

constexpr std::string_view kWatchDetails =
    "On a terminal a view that is drawn anew until Ctrl-C: queues where something happens first, "
    "or "
    "with\n"
    "QUEUE one of them. RUN are active jobs, DEAD failed ones, WORK workers; DONE/s, FAIL% and the "
    "times\n"
    "of attempts (P50, P99) are those of the last five minutes; OLDEST has waited longest. = "
    "stands "
    "before\n"
    "a paused queue, ~ before one that is held.\n\n"
    "With --events, --json, or where standard output is no terminal, it prints events as they "
    "happen, one a\n"
    "line, and at the end, on standard error, the cursor for --cursor. Lost connections are made "
    "good by\n"
    "themselves; 'truncated' says that events may be missing there. --json prints at kind queue "
    "cursor id\n"
    "name and, by kind, attempt delay failure_kind reason progress key worker; times are "
    "milliseconds.\n\n"
    "Kinds of jobs: added waiting delayed active progress completed failed retrying stalled "
    "retried\n"
    "promoted removed deduplicated waiting-children; of queues and keys: paused resumed held "
    "drained\n"
    "alert; truncated comes among all of them.\n\n"
    "Examples:\n"
    "  swarm watch\n"
    "  swarm watch embeddings --interval 500ms\n"
    "  swarm watch --events --kinds failed,stalled,alert\n"
    "  swarm watch embeddings --json --cursor 7-1042 --count 100";

constexpr std::string_view kCleanupDetails =
    "Removes completed jobs that ended longer ago than --before; failed ones only with --state\n"
    "failed.\n\n"
    "Examples:\n"
    "  swarm queue cleanup embeddings --before 7d\n"
    "  swarm queue cleanup webhooks --before 30d --state failed --dry-run\n"
    "  swarm queue cleanup webhooks --before 1h --state failed --error 'no such user'";

constexpr std::string_view kLimitsDetails =
    "What is not named stays as it is; none takes a limit away. A rate is JOBS/DURATION, several "
    "with\n"
    "commas: all of them hold, and their windows slide. Jobs submitted with --key take turns by\n"
    "weight inside a priority, so that one key's flood holds up nobody else.\n\n"
    "Examples:\n"
    "  swarm queue limits webhooks --concurrency 50 --rate 1000/1h\n"
    "  swarm queue limits webhooks --key-concurrency 5 --key-rate 10/1s,1000/1h\n"
    "  swarm queue limits webhooks --key tenant-7 --weight 4";

constexpr std::string_view kKeysDetails = "Example:\n  swarm queue keys webhooks";

constexpr std::string_view kPauseDetails =
    "A paused queue, or key of it, takes jobs and gives none out; running ones go on.\n\n"
    "--json prints queue key paused for; for is milliseconds, null until someone says resume.\n\n"
    "Examples:\n"
    "  swarm queue pause webhooks\n"
    "  swarm queue pause webhooks --key tenant-7 --for 10m";

constexpr std::string_view kResumeDetails =
    "Ends a pause, and a hold for a time.\n\n"
    "Examples:\n  swarm queue resume webhooks\n  swarm queue resume webhooks --key tenant-7";

constexpr std::string_view kRetryDetails =
    "Failed jobs go back to the tail of their priority, with all their attempts before them:\n"
    "those named, those that the filters find, or all.\n\n"
    "Examples:\n"
    "  swarm queue retry webhooks j1-0-7 j1-0-9\n"
    "  swarm queue retry webhooks --error refused --finished-after 2h --dry-run\n"
    "  swarm queue retry webhooks --name refund\n"
    "  swarm queue retry webhooks --all";

constexpr std::string_view kPromoteDetails =
    "Delayed jobs run now.\n\n"
    "Examples:\n  swarm queue promote reports report-2024-06\n  swarm queue promote reports --all";

constexpr std::string_view kRemoveDetails =
    "Removes the jobs named from whatever state they are in; a running one is cancelled. Or, once\n"
    "you agree, those in --state that the filters find. With --keep they are cancelled, and stay\n"
    "to be looked at: they end as failed, of the kind cancelled, without another attempt.\n\n"
    "Examples:\n"
    "  swarm queue remove embeddings j1-0-7\n"
    "  swarm queue remove embeddings j1-0-8 --keep\n"
    "  swarm queue remove embeddings --state failed --error 'no such user' --dry-run\n"
    "  swarm queue remove embeddings --state failed --all --yes";

constexpr std::string_view kDrainDetails =
    "Removes every waiting job, and with --delayed the delayed ones too. Running and ended jobs "
    "stay.\n\n"
    "Examples:\n  swarm queue drain embeddings --dry-run\n  swarm queue drain embeddings --yes";

constexpr std::string_view kSettingsDetails =
    "What producers leave open is filled in from here: first by the job's name (--name), then for\n"
    "every name, shown as *. What is not named on the command line stays as it is; the value\n"
    "`default` takes one setting away. Jobs that are stored already do not change. KEEP is none,\n"
    "forever, a count (1000), an age (7d) or both (1000,7d). A queue in which\n"
    "--waiting-max jobs wait, delayed ones and parents that wait for children among them, refuses "
    "adds\n"
    "with QUEUE_FULL; retries and lost workers' jobs always find room. Two changes at one moment: "
    "the\nlater one wins.\n\n"
    "--json prints queue, waiting_max (null: no bound) and defaults by job name, * for every "
    "name;\n"
    "durations are milliseconds.\n\n"
    "Examples:\n"
    "  swarm queue settings webhooks\n"
    "  swarm queue settings webhooks --attempts 4 --backoff exponential:1s\n"
    "  swarm queue settings webhooks --waiting-max 100000 --keep-failed 1000,7d\n"
    "  swarm queue settings webhooks --name refund --timeout 30s --on-failure dead\n"
    "  swarm queue settings webhooks --name refund --timeout default\n"
    "  swarm queue settings webhooks --reset --dry-run";

constexpr std::string_view kSchedulerAddDetails =
    "Makes the scheduler, or changes the one of that key. While --every, --cron, --tz and --start "
    "are as\n"
    "before, its ticks go on as if nothing had happened. A cron expression is [second] minute "
    "hour\n"
    "day-of-month month day-of-week, or @hourly, @daily, @weekly, @monthly, @yearly; fields take "
    "lists,\n"
    "ranges, steps, names, L (last day), FRI#2 and FRIL. A time that the clock jumps over is due "
    "right\n"
    "after the jump, one that comes twice the first time; all hours (*) go on evenly.\n\n"
    "Examples:\n"
    "  swarm scheduler add reports daily --cron '0 9 * * 1-5' --tz Europe/Berlin\n"
    "  swarm scheduler add polls feeds --every 10s --name poll-feeds --missed skip\n"
    "  swarm scheduler add bills monthly --cron '0 6 L * *' --end 2027-01-01T00:00Z";

constexpr std::string_view kSchedulerListDetails =
    "Examples:\n  swarm scheduler list\n  swarm scheduler list reports --json";

constexpr std::string_view kSchedulerShowDetails =
    "--json prints one object: queue key every cron tz start end limit overlap missed name payload "
    "next\n"
    "added skipped last_tick last_job_id problem and more, with what is set of the jobs' options; "
    "times are\n"
    "milliseconds since 1970, next is a list of them.\n\n"
    "Example:\n  swarm scheduler show reports daily --next 10";

constexpr std::string_view kSchedulerRemoveDetails =
    "Jobs that it has added stay.\n\n"
    "Examples:\n  swarm scheduler remove reports daily\n  swarm scheduler remove reports daily "
    "--yes --json";

constexpr std::string_view kSchedulerPreviewDetails =
    "Changes nothing.\n\n"
    "Example:\n  swarm scheduler preview --cron '30 2 * * *' --tz America/New_York --next 10";

constexpr std::string_view kFlowAddDetails =
    "Adds jobs that wait for other jobs, their children, in any queues, all or none. Prints the id of\n"
    "each flow's first job. The file is a JSON object, or a list of them: queue, the keys of a jobs\n"
    "file (see swarm queue submit), children, a list of such objects, and for a child\n"
    "on_child_failure, what its failure means for the parent: fail-parent (default), continue-parent,\n"
    "ignore or remove-dependency.\n\n"
    "Example, with flow.json:\n"
    "  {\"queue\":\"reports\",\"name\":\"monthly\",\"children\":[\n"
    "    {\"queue\":\"pdf\",\"payload\":\"a.pdf\"},\n"
    "    {\"queue\":\"pdf\",\"payload\":\"b.pdf\",\"on_child_failure\":\"ignore\"}]}\n\n"
    "  swarm flow add flow.json";

constexpr std::string_view kFlowShowDetails =
    "Shows the tree below a job: each job's id, queue and name, state, and what became of its children;\n"
    "in brackets what its failure means for the parent where that does not simply fail.\n\n"
    "--json prints one object: nodes, each with queue id name state failure_kind parent (its place in\n"
    "nodes) on_child_failure children is_cut; and is_cut.\n\n"
    "Examples:\n"
    "  swarm flow show reports j0-1-7\n"
    "  swarm flow show pdf j0-1-8 --root --levels 2";

constexpr std::string_view kFlowChildrenDetails =
    "Shows how the children of a job ended, also those that are stored no more.\n\n"
    "Example:\n  swarm flow children reports j0-1-7 --json";

constexpr std::string_view kWorkerDetails =
    "Each job runs the command once: the payload on its standard input; its standard output, up "
    "to\n"
    "1 MiB, is the result. Any exit code but 0 is a failure, with the last 16 KiB of its standard\n"
    "error as the reason. Each line of standard error is also a line of the job's log (see swarm "
    "queue\n"
    "logs), unless --no-log is given; each line on file descriptor 3 is the job's progress.\n"
    "Its environment has SWARMQ_JOB_ID SWARMQ_JOB_NAME SWARMQ_ATTEMPT SWARMQ_ATTEMPTS_MAX\n"
    "SWARMQ_QUEUE, and SWARMQ_LEASE_TOKEN, which is larger for every later attempt. SWARMQ_HEADERS has\n"
    "the job's headers as a JSON object, TRACEPARENT and TRACESTATE those of a trace.\n"
    "A job that is cancelled or out of time gets SIGTERM, and SIGKILL after --kill-after; so do "
    "the\n"
    "processes the command has started. SIGTERM or SIGINT stops the worker: it takes no more "
    "jobs,\n"
    "lets running ones go on for --grace, hands the rest back and exits 0. A second one kills.\n\n"
    "A handlers file is TOML: job name = command. A text is run by /bin/sh, a list as it is; the "
    "name\n"
    "\"*\" stands for all others:\n"
    "  resize = \"convert - -resize 80x80 -\"\n"
    "  \"*\" = [\"python3\", \"handle.py\"]\n\n"
    "Examples:\n"
    "  swarm worker embeddings --concurrency 4 -- python3 embed.py\n"
    "  swarm worker pdfs -- pdftotext - -\n"
    "  swarm worker images --handlers handlers.toml";

constexpr std::string_view kBenchDetails =
    "Workloads:\n"
    "  enqueue  adds that are all durable: --window adds in flight (1: one at a\n"
    "           time), --batch jobs an add; latency from the call to the answer\n"
    "  drain    fills --jobs, then runs --concurrency no-op handlers until all are\n"
    "           completed; latency from the end of a handler to the start of the next\n"
    "           one on its thread\n"
    "  steady   producers and workers at once; latency from the add to the start of\n"
    "           the handler\n"
    "  pickup   200 jobs/s, one at a time; latency as in steady\n\n"
    "The queues are its own, bench-..., or those of --name; they are emptied afterwards unless "
    "--keep "
    "is\n"
    "given. The window and the concurrency are shared evenly by the connections. --json prints "
    "one\n"
    "object: workload jobs seconds jobs_per_s p50_us p99_us durability and the settings.\n\n"
    "Examples:\n"
    "  swarm bench enqueue --window 1\n"
    "  swarm bench enqueue --batch 100 --json\n"
    "  swarm bench drain --jobs 200000 --concurrency 64\n"
    "  swarm bench enqueue --jobs 1000000 --batch 1000 --name big --keep\n"
    "  swarm bench drain --jobs 1000000 --name big --filled";

constexpr std::string_view kObliterateDetails =
    "Jobs in every state, schedulers, settings, pauses and totals. A queue that workers take jobs of, or "
    "that\n"
    "an on_failure elsewhere names, stays, as if it were new. It goes in steps, and is paused from the "
    "first\n"
    "on; one that was left half way stays paused: say it again. Running jobs are cancelled only with "
    "--force.\n\n"
    "Examples:\n"
    "  swarm queue obliterate old-imports --dry-run\n"
    "  swarm queue obliterate old-imports --force --yes";

constexpr std::string_view kWorkersDetails =
    "HOLDS are the jobs it works on or has ahead, CREDIT how many more it may be given, QUIET how "
    "long ago it\n"
    "was last heard, AGE how long it is connected. A lost worker may "
    "come\n"
    "back for its jobs for a moment. Labels are those of the connection (swarm worker "
    "--labels).\n\n"
    "--json prints an object a line: session worker sdk address labels queues queues_more holds "
    "credit\n"
    "connected last_heard; times are milliseconds since 1970, null without a connection.\n\n"
    "Examples:\n  swarm workers\n  swarm workers embeddings --json";

constexpr std::string_view kDoctorDetails =
    "Looks from where it is started, and changes nothing: is the broker there, what does it promise, its "
    "disk\n"
    "and clock, queues that are paused or have no worker, alerts that are up, schedulers that do not tick, "
    "dead\n"
    "letters, the last backup and verification. Exits 0 when nothing needs anybody (notes do not count), "
    "5 when\n"
    "something does, 69 when no broker answers.\n\n"
    "--json prints one object: server ok findings, each with severity (problem, warning, note) check "
    "queue what\n"
    "advice.\n\n"
    "Example:\n  swarm doctor";

constexpr std::string_view kBackupDetails =
    "Everything acknowledged before is in it. The directory is made on the broker's machine, below its\n"
    "--backup-dir, and is whole when this returns: swarmqd --data-dir DIRECTORY starts from it. Copy it to\n"
    "another disk; on the same one it shares files with the data, and takes no room until those change.\n\n"
    "--json prints one object: name path bytes incarnation sequence.\n\n"
    "Examples:\n  swarm backup\n  swarm backup before-upgrade";

constexpr std::string_view kVerifyDetails =
    "Each row is read, its checksum compared, and what belongs together looked for, beside the work that "
    "goes\n"
    "on and at a bounded rate (the broker's maintenance_rate). Exits 0 when everything is in order, 4 when "
    "not.\n\n"
    "--json prints one object: rows bytes jobs problem_count problems.\n\n"
    "Example:\n  swarm verify";

constexpr std::string_view kCompletionDetails =
    "Verbs, options and their values, and the queues and schedulers of the broker.\n\n"
    "Examples:\n"
    "  source <(swarm completion bash)\n"
    "  swarm completion bash > /etc/bash_completion.d/swarm\n"
    "  swarm completion zsh > \"${fpath[1]}/_swarm\"\n"
    "  swarm completion fish > ~/.config/fish/completions/swarm.fish";

}  // namespace

const std::vector<Verb>& verbs() {
    static const std::vector<Verb> table = {
        {"queue", "submit", "Add a job, or many from a file", kSubmitDetails, declare_submit},
        {"queue", "wait", "Wait for a job to end and print its result", kWaitDetails, declare_wait},
        {"queue", "status", "Show one job with all its attempts", kStatusDetails, declare_status},
        {"queue", "list", "List queues, or the jobs of one", kListDetails, declare_list},
        {"queue", "update", "Change a job that is stored", kUpdateDetails, declare_update},
        {"queue", "dedup", "Show or free a deduplication key", kDedupDetails, declare_dedup},
        {"queue", "metrics", "Count jobs, rates and times of a queue", kMetricsDetails,
         declare_metrics},
        {"queue", "logs", "Print what a job's handler wrote", kLogsDetails, declare_logs},
        {"queue", "checkpoint", "Print what a job's handler saved", kCheckpointDetails,
         declare_checkpoint},
        {"queue", "settings", "Show or change defaults and bounds of a queue", kSettingsDetails,
         declare_settings},
        {"queue", "limits", "Show or set concurrency, rates and weights", kLimitsDetails,
         declare_limits},
        {"queue", "keys", "Show whose jobs a queue has", kKeysDetails, declare_keys},
        {"queue", "pause", "Give out no more jobs", kPauseDetails, declare_pause},
        {"queue", "resume", "Give out jobs again", kResumeDetails, declare_resume},
        {"queue", "retry", "Run failed jobs again", kRetryDetails, declare_retry},
        {"queue", "promote", "Run delayed jobs now", kPromoteDetails, declare_promote},
        {"queue", "remove", "Remove jobs in any state", kRemoveDetails, declare_remove},
        {"queue", "drain", "Remove all waiting jobs", kDrainDetails, declare_drain},
        {"queue", "cleanup", "Remove jobs that ended long ago", kCleanupDetails, declare_cleanup},
        {"queue", "obliterate", "Remove a queue with everything in it", kObliterateDetails,
         declare_obliterate},
        {"scheduler", "add", "Add a job again and again", kSchedulerAddDetails,
         declare_scheduler_add},
        {"scheduler", "list", "List schedulers", kSchedulerListDetails, declare_scheduler_list},
        {"scheduler", "show", "Show one scheduler and its next ticks", kSchedulerShowDetails,
         declare_scheduler_show},
        {"scheduler", "remove", "Remove a scheduler", kSchedulerRemoveDetails,
         declare_scheduler_remove},
        {"scheduler", "preview", "Show when a scheduler would tick", kSchedulerPreviewDetails,
         declare_scheduler_preview},
        {"flow", "add", "Add jobs that wait for other jobs", kFlowAddDetails, declare_flow_add},
        {"flow", "show", "Show the tree below a job", kFlowShowDetails, declare_flow_show},
        {"flow", "children", "Show how the children of a job ended", kFlowChildrenDetails,
         declare_flow_children},
        {"", "watch", "Watch queues, or events as they happen", kWatchDetails, declare_watch},
        {"", "worker", "Run a command for each job of a queue", kWorkerDetails, declare_worker,
         true},
        {"", "bench", "Measure a broker", kBenchDetails, declare_bench},
        {"", "workers", "Show who works, and when it was last heard", kWorkersDetails, declare_workers},
        {"", "doctor", "Say what is wrong, and what to do about it", kDoctorDetails, declare_doctor},
        {"", "backup", "Copy all that the broker keeps, while it runs", kBackupDetails, declare_backup},
        {"", "verify", "Read all that the broker keeps, while it runs", kVerifyDetails, declare_verify},
        {"", "completion", "Print the completion script of a shell", kCompletionDetails,
         declare_completion},
        {"", "complete", "Print what may stand at the end of the words after --", "", declare_complete,
         true, true},
        {"server", "info", "Show the broker's version, durability and size", "",
         declare_server_info},
    };
    return table;
}

}  // namespace swarmq::cli
