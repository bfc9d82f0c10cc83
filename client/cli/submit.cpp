// `swarm queue submit`: one job, or the jobs of a file.
#include "exit_codes.h"
#include "input.h"
#include "job_json.h"
#include "job_lines.h"
#include "job_options.h"
#include "scheduler_options.h"
#include "submit_many.h"
#include "values.h"
#include "verbs.h"
#include "wait_for.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>

namespace swarmq::cli {
namespace {

struct Submit {
    std::string queue;
    std::optional<std::string> payload;
    std::string payload_file;
    std::string jobs_file;
    std::string name;
    JobOptions options;
    std::optional<std::string> dedup_key;
    std::optional<Deduplication> dedup_mode;
    bool must_wait = false;
    std::optional<Milliseconds> wait_timeout;
    bool is_json = false;
};

void declare_options(Arguments& arguments, Submit& submit) {
    JobOptions& options = submit.options;
    arguments.text("--name", submit.name, "The job's name. Default: the queue's");
    arguments.text("--id", options.id, "An id of your own: added once while it is stored");
    arguments.duration("--delay", options.delay, "Not before this long from now");
    arguments.option("--run-at", "TIME", "Not before this, such as 2026-12-01T09:00Z",
                     [&options](const std::string& text) {
                         options.run_at = parse_time("--run-at", text, std::chrono::system_clock::now());
                     });
    declare_job_options(arguments, options);
    arguments.text("--dedup", submit.dedup_key, "Of all adds with this key, one makes a job");
    arguments.option("--dedup-mode", "MODE",
                     "until-ended (default), throttle=10m, debounce=5s or keep-latest",
                     [&submit](const std::string& text) {
                         submit.dedup_mode = parse_dedup_mode("--dedup-mode", text);
                     });
}

void check(const Submit& submit) {
    const int sources = (submit.payload ? 1 : 0) + (submit.payload_file.empty() ? 0 : 1) +
                        (submit.jobs_file.empty() ? 0 : 1);
    if (sources != 1) {
        throw UsageError(sources == 0 ? "nothing to submit: give PAYLOAD, --payload-file or --jobs"
                                      : "PAYLOAD, --payload-file and --jobs exclude each other");
    }
    if (submit.dedup_mode && !submit.dedup_key) {
        throw UsageError("--dedup-mode needs a key: give --dedup");
    }
    if (submit.options.delay && submit.options.run_at) {
        throw UsageError("--delay and --run-at exclude each other");
    }
    if (submit.jobs_file.empty()) return;
    if (submit.must_wait) throw UsageError("--wait waits for one job; it cannot go with --jobs");
    if (!submit.options.id.empty()) {
        throw UsageError("--id names one job; with --jobs each line may have an \"id\"");
    }
}

int submit_one(Session& session, Submit& submit) {
    std::string payload = submit.payload
                              ? std::move(*submit.payload)
                              : read_all("--payload-file", submit.payload_file, kPayloadBytesMax);
    Queue queue = session.queue(submit.queue);
    const AddedJob added =
        queue.add_job_future(submit.name, std::move(payload), submit.options).get();
    if (submit.is_json && !submit.must_wait) {
        print_json(added_json(submit.queue, added));
        return kExitOk;
    }
    if (added.outcome == AddedJob::Outcome::Existing) {
        fmt::print(stderr, "swarm queue submit: a job {} is stored already; nothing was added\n",
                   added.id);
    }
    if (added.outcome == AddedJob::Outcome::Deduplicated) {
        fmt::print(stderr, "swarm queue submit: job {} stands for the key {}\n", added.id,
                   submit.options.deduplication->key);
    }
    if (!submit.must_wait) {
        fmt::print("{}\n", added.id);
        return kExitOk;
    }
    fmt::print(stderr, "{}\n", added.id);
    return wait_for(queue, added.id, submit.wait_timeout.value_or(kWaitDefault), submit.is_json);
}

}  // namespace

Run declare_submit(Arguments& arguments) {
    auto submit = std::make_shared<Submit>();
    arguments.word("QUEUE", submit->queue, "The queue; made by its first use");
    arguments.optional_word("PAYLOAD", submit->payload, "Any text, by convention JSON");
    arguments.file("--payload-file", submit->payload_file,
                   "The payload is in this file; - is input");
    arguments.file("--jobs", submit->jobs_file, "A file of JSON lines, a job each; - is input");
    declare_options(arguments, *submit);
    arguments.flag("--wait", submit->must_wait, "Wait for the end, as `swarm queue wait` does");
    arguments.duration("--wait-timeout", submit->wait_timeout, "How long to wait. Default: 30s");
    arguments.flag("--json", submit->is_json,
                   "One JSON object a job, for programs; with --wait that of wait");
    return [submit](Session& session) {
        check(*submit);
        if (submit->name.empty()) submit->name = submit->queue;
        if (submit->dedup_key) {
            submit->options.deduplication = submit->dedup_mode.value_or(Deduplication{});
            submit->options.deduplication->key = *submit->dedup_key;
        }
        if (submit->jobs_file.empty()) return submit_one(session, *submit);
        const NewJob otherwise{submit->name, {}, submit->options};
        return submit_many(session.queue(submit->queue), submit->jobs_file, otherwise,
                           submit->is_json);
    };
}

}  // namespace swarmq::cli
