// `swarm queue update`: changes a job that is stored already.
#include "bulk.h"
#include "input.h"
#include "values.h"
#include "verbs.h"

#include <memory>
#include <optional>

namespace swarmq::cli {
namespace {

struct Update {
    std::string queue;
    std::string id;
    std::string payload_file;
    JobUpdate change;
    bool is_json = false;
};

}  // namespace

Run declare_update(Arguments& arguments) {
    auto update = std::make_shared<Update>();
    arguments.word("QUEUE", update->queue, "The queue");
    arguments.word("ID", update->id, "The job");
    arguments.text("--payload", update->change.payload, "The new payload");
    arguments.file("--payload-file", update->payload_file, "It is in this file; - is input");
    arguments.option("--priority", "N", "The new priority, 0..255",
                     [&change = update->change](const std::string& text) {
                         change.priority =
                             static_cast<int>(parse_number("--priority", text, 0, 255));
                     });
    arguments.duration("--delay", update->change.delay, "Not before this long from now; 0: now");
    arguments.option(
        "--tags", "TAGS", "The new tags, such as a,b, in place of all old ones; none: no tags",
        [&change = update->change](const std::string& text) { change.tags = parse_tags(text); });
    arguments.flag("--json", update->is_json, "One JSON object, for programs");
    return [update](Session& session) {
        JobUpdate& change = update->change;
        if (change.payload && !update->payload_file.empty()) {
            throw UsageError("--payload and --payload-file exclude each other");
        }
        if (!update->payload_file.empty()) {
            change.payload = read_all("--payload-file", update->payload_file, kPayloadBytesMax);
        }
        if (!change.payload && !change.priority && !change.delay && !change.tags) {
            throw UsageError("nothing to change: give --payload, --priority, --delay or --tags");
        }
        session.admin().update_job(update->queue, update->id, change);
        return tell_changed(1, "changed", update->is_json);
    };
}

}  // namespace swarmq::cli
