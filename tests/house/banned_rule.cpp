// The list of banned text, and the search for it.
#include "house/banned_rule.h"

#include "house/code_text.h"

#include <array>

namespace swarmq::house {
namespace {

enum class Look { Code, Everything };

struct Banned {
    std::string_view text;
    Look look;
    std::string_view folders;     // Beginnings of paths, between spaces; empty: everywhere.
    std::string_view exceptions;  // Likewise.
    std::string_view instead;
};

constexpr std::string_view kPure = " server/engine/ storage/model/ ";
constexpr std::string_view kDaemon = " server/ storage/ ";
constexpr std::string_view kPrinting = " server/main.cpp ";

constexpr std::array kBanned = {
    Banned{"sleep_for", Look::Code, " tests/ server/ storage/ ", "",
           "wait for an event, or set a timer"},
    Banned{"sleep_until", Look::Code, " tests/ server/ storage/ ", "",
           "wait for an event, or set a timer"},
    Banned{"usleep", Look::Code, "", "", "wait for an event, or set a timer"},
    Banned{"nanosleep", Look::Code, "", "", "wait for an event, or set a timer"},
    Banned{"using namespace std;", Look::Code, "", "", "name what you use"},
    Banned{"std::endl", Look::Code, "", "", "'\\n'"},
    Banned{"std::cout", Look::Code, kDaemon, kPrinting, "base/log.h"},
    Banned{"std::cerr", Look::Code, kDaemon, " server/main.cpp storage/model/check.cpp ",
           "base/log.h"},
    Banned{"system_clock", Look::Code, kPure, "", "the `now` that is handed in"},
    Banned{"steady_clock", Look::Code, kPure, "", "the `now` that is handed in"},
    Banned{"random_device", Look::Code, kPure, "", "the seeded generator that is handed in"},
    Banned{"rand()", Look::Code, "", "", "a seeded generator that is handed in"},
    Banned{"detached", Look::Code, "", "",
           "a completion handler that logs: detached swallows exceptions"},
    Banned{"assert(", Look::Code, kDaemon, "", "SWARMQ_CHECK, which is always on"},
    Banned{"TODO", Look::Everything, "", "", "do it, or file it where work is planned"},
    Banned{"FIXME", Look::Everything, "", "", "do it, or file it where work is planned"},
    Banned{"XXX", Look::Everything, "", "", "do it, or file it where work is planned"},
    Banned{"swarm of", Look::Everything, "", "", "agents, or workers"},
    Banned{"/work/", Look::Everything, "", "", "a path relative to the source tree"},
    Banned{"/tmp/wt", Look::Everything, "", "", "a path relative to the source tree"},
    Banned{"/tmp/roots", Look::Everything, "", "", "a folder that the caller names"},
    Banned{"/home/", Look::Everything, "", "", "a path relative to the source tree"},
    Banned{"FetchContent", Look::Everything, "", "", "find_package of a distribution package"},
    Banned{"ExternalProject", Look::Everything, "", "", "find_package of a distribution package"},
};

bool has_beginning(std::string_view list, std::string_view path) {
    for (std::size_t at = 1; at < list.size();) {
        const std::size_t end = list.find(' ', at);
        if (path.starts_with(list.substr(at, end - at))) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

bool applies(const Banned& banned, std::string_view path) {
    return (banned.folders.empty() || has_beginning(banned.folders, path)) &&
           !has_beginning(banned.exceptions, path) &&
           (banned.look == Look::Everything || is_cpp(path));
}

}  // namespace

Findings check_banned_text(const SourceFile& file) {
    Findings findings;
    if (is_house(file.path)) {
        return findings;
    }
    const std::string code = is_cpp(file.path) ? code_of(file.text) : "";
    for (const Banned& banned : kBanned) {
        if (!applies(banned, file.path)) {
            continue;
        }
        const std::string_view text = banned.look == Look::Code ? code : file.text;
        for (std::size_t at = find_word(text, banned.text); at != std::string_view::npos;
             at = find_word(text, banned.text, at + 1)) {
            findings.push_back({file.path, line_at(text, at),
                                "'" + std::string(banned.text) +
                                    "' is banned here; instead: " + std::string(banned.instead)});
        }
    }
    return findings;
}

Findings check_suppressions(const SourceFile& file) {
    Findings findings;
    if (is_house(file.path) || !is_cpp(file.path)) {
        return findings;
    }
    const std::vector<std::string_view> lines = lines_of(file.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::size_t at = lines[i].find("NOLINT");
        if (at == std::string_view::npos || lines[i].find("NOLINTEND") == at) {
            continue;
        }
        const std::size_t colon = lines[i].find(": ", at);
        if (colon == std::string_view::npos || lines[i].size() < colon + 8) {
            findings.push_back({file.path, i + 1,
                                "a suppressed check without its reason; write "
                                "'NOLINT(check): why it does not hold here'"});
        }
    }
    return findings;
}

}  // namespace swarmq::house
