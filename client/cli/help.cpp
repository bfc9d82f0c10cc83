// Lists the verbs with what each one does.
#include "help.h"

#include "exit_codes.h"
#include "screen.h"
#include "terminal.h"
#include "verbs.h"

#include <fmt/format.h>

#include <algorithm>

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

// Adds a word to a paragraph; the first one of it, and one that does not fit, begins a line.
void append_word(std::string& text, std::size_t& used, std::string_view word, std::size_t width) {
    const bool fits = used > 0 && used + 1 + word.size() <= width;
    if (!fits && used > 0) text += '\n';
    if (fits) text += ' ';
    text += word;
    used = fits ? used + 1 + word.size() : word.size();
}

}  // namespace

std::size_t help_width() {
    return is_terminal(stdout) ? std::clamp<std::size_t>(screen_size().columns, 40, 100) : 80;
}

std::string flowed(std::string_view text, std::size_t width) {
    std::string all;
    std::size_t used = 0;  // Of the last line, while it is a paragraph's.
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.front() == ' ') {
            if (used > 0) all += '\n';
            used = 0;
            all += line;
            all += '\n';
            continue;
        }
        while (!line.empty()) {
            const std::size_t space = std::min(line.find(' '), line.size());
            if (space > 0) append_word(all, used, line.substr(0, space), width);
            line.remove_prefix(std::min(space + 1, line.size()));
        }
    }
    if (all.ends_with('\n')) all.pop_back();
    return all;
}

std::string main_help() {
    return fmt::format(
        "swarm: submit jobs to a swarmq broker, work on them, look after them\n\n"
        "Usage: swarm [--server HOST:PORT] VERB ...   swarm VERB --help says more of each\n\n"
        "Queues and jobs:\n{}\nSchedulers:\n{}\nFlows:\n{}\nWork:\n{}\nThe broker:\n{}\n"
        "The broker is the one of --server, else of SWARMQ_SERVER, else 127.0.0.1:6410.\n"
        "Durations are 500ms, 10s, 5m, 2h, 7d; a bare number is milliseconds.\n\n{}\n"
        "Try:\n"
        "  swarm worker shout -- tr a-z A-Z &\n"
        "  swarm queue wait shout $(swarm queue submit shout '{{\"text\":\"hello\"}}')\n",
        verb_lines("queue"), verb_lines("scheduler"), verb_lines("flow"), verb_lines(""),
        verb_lines("server"), kExitCodesHelp);
}

std::string group_help(std::string_view group) {
    return fmt::format("Usage: swarm {} VERB ...    swarm {} VERB --help says more of each\n\n{}",
                       group, group, verb_lines(group));
}

}  // namespace swarmq::cli
