// `swarm completion bash`: a script made from the table of verbs.
#include "command.h"
#include "exit_codes.h"
#include "values.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace swarmq::cli {
namespace {

std::string first_words() {
    std::vector<std::string> words{"--server", "--version", "--help"};
    for (const Verb& verb : verbs()) {
        std::string word(verb.group.empty() ? verb.name : verb.group);
        if (std::count(words.begin(), words.end(), word) == 0) words.push_back(std::move(word));
    }
    return fmt::format("{}", fmt::join(words, " "));
}

// Lines of a case statement: the words before the cursor, what may follow.
std::string cases() {
    std::string text;
    for (const Verb& group : verbs()) {
        const bool is_listed = text.find(fmt::format("'{}')", group.group)) != std::string::npos;
        if (group.group.empty() || is_listed) continue;
        std::vector<std::string_view> names;
        for (const Verb& verb : verbs()) {
            if (verb.group == group.group) names.push_back(verb.name);
        }
        text += fmt::format("        '{}') words='{}' ;;\n", group.group, fmt::join(names, " "));
    }
    for (const Verb& verb : verbs()) {
        text += fmt::format("        '{}') words='{}' ;;\n", full_name(verb).substr(6),
                            fmt::join(option_names(verb), " "));
    }
    return text;
}

void print_bash() {
    fmt::print(
        "# Completion of the swarm command for bash.\n"
        "_swarm() {{\n"
        "    local current=\"${{COMP_WORDS[COMP_CWORD]}}\" verb='' word words=''\n"
        "    for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
        "        case \"$word\" in -*) break ;; esac\n"
        "        case \"$verb\" in queue|scheduler|server) verb=\"$verb $word\"; break ;; esac\n"
        "        verb=\"$word\"\n"
        "        case \"$verb\" in queue|scheduler|server) ;; *) break ;; esac\n"
        "    done\n"
        "    case \"$verb\" in\n"
        "        '') words='{}' ;;\n"
        "{}"
        "    esac\n"
        "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
        "}}\n"
        "complete -o default -F _swarm swarm\n",
        first_words(), cases());
}

}  // namespace

Run declare_completion(Arguments& arguments) {
    auto shell = std::make_shared<std::string>();
    arguments.word("SHELL", *shell, "bash");
    return [shell](Session&) {
        if (*shell != "bash") {
            throw UsageError(fmt::format("there is no completion for '{}', only for bash", *shell));
        }
        print_bash();
        return kExitOk;
    };
}

}  // namespace swarmq::cli
