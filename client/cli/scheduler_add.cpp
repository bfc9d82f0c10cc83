// `swarm scheduler add`: makes a scheduler, or changes it.
#include "exit_codes.h"
#include "input.h"
#include "job_json.h"
#include "job_options.h"
#include "scheduler_options.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <memory>

namespace swarmq::cli {
namespace {

struct Add {
    std::string queue;
    std::string key;
    RepeatOptions repeat;
    NewJob job;
    std::optional<std::string> payload;
    std::string payload_file;
    std::optional<std::uint64_t> next;
    bool is_json = false;
};

void declare_job(Arguments& arguments, Add& add) {
    arguments.text("--name", add.job.name, "The jobs' name. Default: the queue's");
    arguments.text("--payload", add.payload, "Any text, by convention JSON. Default: none");
    arguments.file("--payload-file", add.payload_file, "The payload is in this file; - is input");
    declare_job_options(arguments, add.job.options);
}

const char* told(Scheduler::Outcome outcome) {
    if (outcome == Scheduler::Outcome::Created) return "was made";
    return outcome == Scheduler::Outcome::Changed ? "was changed" : "was so already";
}

int run_add(Session& session, Add& add) {
    if (add.payload && !add.payload_file.empty()) {
        throw UsageError("--payload and --payload-file exclude each other");
    }
    const Repeat repeat = repeat_of(add.repeat);
    if (add.payload) add.job.payload = *add.payload;
    if (!add.payload_file.empty()) {
        add.job.payload = read_all("--payload-file", add.payload_file, kPayloadBytesMax);
    }
    if (add.job.name.empty()) add.job.name = add.queue;
    const Scheduler made = session.queue(add.queue).upsert_scheduler(
        add.key, repeat, add.job, static_cast<std::uint32_t>(add.next.value_or(1)));
    if (add.is_json) {
        print_json(scheduler_json(made));
        return kExitOk;
    }
    fmt::print("scheduler {} of queue {} {}; it ticks {}:\n", add.key, add.queue, told(made.outcome),
               made.next.empty() ? "no more" : "next");
    print_ticks(made.next);
    return kExitOk;
}

}  // namespace

Run declare_scheduler_add(Arguments& arguments) {
    auto add = std::make_shared<Add>();
    arguments.word("QUEUE", add->queue, "The queue; made by its first use");
    arguments.word("KEY", add->key, "The scheduler's name in the queue");
    declare_repeat(arguments, add->repeat);
    declare_job(arguments, *add);
    arguments.number("--next", add->next, 1, 100, "Show so many of the next ticks. Default: 1");
    arguments.flag("--json", add->is_json, "One JSON object, for programs");
    return [add](Session& session) { return run_add(session, *add); };
}

Run declare_scheduler_preview(Arguments& arguments) {
    auto add = std::make_shared<Add>();
    declare_repeat(arguments, add->repeat);
    arguments.number("--next", add->next, 1, 100, "So many ticks. Default: 5");
    arguments.flag("--json", add->is_json, "One JSON array of Unix milliseconds");
    return [add](Session& session) {
        const auto ticks = session.admin().preview_ticks(
            repeat_of(add->repeat), static_cast<std::uint32_t>(add->next.value_or(5)));
        if (add->is_json) {
            print_json(ticks_json(ticks));
        } else {
            print_ticks(ticks);
        }
        return kExitOk;
    };
}

}  // namespace swarmq::cli
