// The verbs of the command: one table from which parsing, help and completion are made.
#pragma once

#include "arguments.h"
#include "session.h"

#include <functional>
#include <string_view>
#include <vector>

namespace swarmq::cli {

// Does the verb with what was parsed, and returns the exit code. May throw UsageError and
// SwarmqError.
using Run = std::function<int(Session&)>;

struct Verb {
    std::string_view group;  // The word before the name, "queue", "scheduler", "flow" or "server"; "" for none.
    std::string_view name;
    std::string_view summary;  // One line.
    std::string_view details;  // Shown below the options: examples first.
    // Declares the verb's arguments; the result runs it once they are parsed.
    Run (*declare)(Arguments&);
    bool takes_command = false;  // Whether words after `--` are a command for it.
    bool is_hidden = false;      // For programs: neither help nor completion shows it.
};

const std::vector<Verb>& verbs();

// One file each.
Run declare_submit(Arguments& arguments);
Run declare_wait(Arguments& arguments);
Run declare_status(Arguments& arguments);
Run declare_list(Arguments& arguments);
Run declare_update(Arguments& arguments);
Run declare_dedup(Arguments& arguments);
Run declare_metrics(Arguments& arguments);
Run declare_logs(Arguments& arguments);
Run declare_checkpoint(Arguments& arguments);
Run declare_watch(Arguments& arguments);
Run declare_limits(Arguments& arguments);
Run declare_keys(Arguments& arguments);
Run declare_pause(Arguments& arguments);
Run declare_resume(Arguments& arguments);
Run declare_retry(Arguments& arguments);
Run declare_promote(Arguments& arguments);
Run declare_remove(Arguments& arguments);
Run declare_drain(Arguments& arguments);
Run declare_cleanup(Arguments& arguments);
Run declare_obliterate(Arguments& arguments);
Run declare_settings(Arguments& arguments);
Run declare_scheduler_add(Arguments& arguments);
Run declare_scheduler_list(Arguments& arguments);
Run declare_scheduler_show(Arguments& arguments);
Run declare_scheduler_remove(Arguments& arguments);
Run declare_scheduler_preview(Arguments& arguments);
Run declare_flow_add(Arguments& arguments);
Run declare_flow_show(Arguments& arguments);
Run declare_flow_children(Arguments& arguments);
Run declare_server_info(Arguments& arguments);
Run declare_worker(Arguments& arguments);
Run declare_bench(Arguments& arguments);
Run declare_workers(Arguments& arguments);
Run declare_doctor(Arguments& arguments);
Run declare_backup(Arguments& arguments);
Run declare_verify(Arguments& arguments);
Run declare_completion(Arguments& arguments);
Run declare_complete(Arguments& arguments);

}  // namespace swarmq::cli
