// Lists the verbs with what each one does.
#include "help.h"

#include "exit_codes.h"
#include "verbs.h"

#include <fmt/format.h>

namespace swarmq::cli {
namespace {

std::string verb_lines(std::string_view group) {
    std::string lines;
    for (const Verb& verb : verbs()) {
        if (verb.group != group || verb.is_hidden) continue;
        const std::string name =
            verb.group.empty() ? std::string(verb.name) : fmt::format("{} {}", group, verb.name);
        lines += fmt::format("  {:<17} {}\n", name, verb.summary);
    }
    return lines;
}

}  // namespace

std::string main_help() {
    return fmt::format(
        "swarm: submit jobs to a swarmq broker, work on them, look after them\n\n"
        "Usage: swarm [--server HOST:PORT] VERB ...      swarm VERB --help says more of each\n\n"
        "Queues and jobs:\n{}\nSchedulers:\n{}\nFlows:\n{}\nWork:\n{}\nThe broker:\n{}\n"
        "The broker is the one of --server, else of SWARMQ_SERVER, else 127.0.0.1:6410.\n"
        "Durations are 500ms, 10s, 5m, 2h, 7d; a bare number is milliseconds.\n\n{}\n"
        "Try:\n"
        "  swarm worker shout -- tr a-z A-Z &\n"
        "  swarm queue wait shout $(swarm queue submit shout '{{\"text\":\"hello\"}}')\n",
        verb_lines("queue"), verb_lines("scheduler"), verb_lines("flow"), verb_lines(""), verb_lines("server"),
        kExitCodesHelp);
}

std::string group_help(std::string_view group) {
    return fmt::format("Usage: swarm {} VERB ...      swarm {} VERB --help says more of each\n\n{}",
                       group, group, verb_lines(group));
}

}  // namespace swarmq::cli
