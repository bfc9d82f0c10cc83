// `swarm completion SHELL`: a script that asks `swarm complete` what may stand where the cursor is.
#include "candidates.h"
#include "exit_codes.h"
#include "values.h"
#include "verbs.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace swarmq::cli {
namespace {

// Bash breaks words at ':', which names may have: the words are taken from the line, and what stands before the
// last ':' is taken off the answers again.
constexpr const char* kBash = R"(# Completion of the swarm command for bash.
_swarm() {
    local line="${COMP_LINE:0:COMP_POINT}" row word colon IFS=$' \t\n'
    local -a words
    read -ra words <<< "$line"
    [[ "$line" == *[[:space:]] ]] && words+=('')
    local current="${words[-1]}"
    COMPREPLY=()
    while IFS= read -r row; do
        word="${row%%$'\t'*}"
        [[ -n "$word" ]] && COMPREPLY+=("$word")
    done < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
    if [[ "$current" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then
        colon="${current%"${current##*:}"}"
        COMPREPLY=("${COMPREPLY[@]#"$colon"}")
    fi
}
complete -o default -F _swarm swarm
)";

constexpr const char* kZsh = R"(#compdef swarm
# Completion of the swarm command for zsh.
compdef _swarm swarm
_swarm() {
    local row word
    local -a rows described
    rows=("${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    for row in "${rows[@]}"; do
        word="${row%%$'\t'*}"
        [[ -n "$word" ]] || continue
        if [[ "$row" == *$'\t'* ]]; then
            described+=("${word//:/\\:}:${row#*$'\t'}")
        else
            described+=("${word//:/\\:}")
        fi
    done
    if (( $#described )); then
        _describe 'swarm' described
    else
        _files
    fi
}
# As a file of fpath it is the function's own body.
if [ "$funcstack[1]" = "_swarm" ]; then
    _swarm
fi
)";

constexpr const char* kFish = R"(# Completion of the swarm command for fish.
function __swarm_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l rows ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
    if test (count $rows) -gt 0
        printf '%s\n' $rows
    else
        __fish_complete_path "$current"
    end
end
complete -c swarm -f -a '(__swarm_complete)'
)";

const char* script_for(const std::string& shell) {
    if (shell == "bash") return kBash;
    if (shell == "zsh") return kZsh;
    if (shell == "fish") return kFish;
    throw UsageError(fmt::format("there is no completion for '{}'; there is for bash, zsh and fish", shell));
}

}  // namespace

Run declare_completion(Arguments& arguments) {
    auto shell = std::make_shared<std::string>();
    arguments.word("SHELL", *shell, "bash, zsh or fish");
    return [shell](Session&) {
        std::fputs(script_for(*shell), stdout);
        return kExitOk;
    };
}

Run declare_complete(Arguments&) {
    return [](Session& session) {
        for (const Candidate& candidate : candidates(session.command())) {
            fmt::print("{}{}{}\n", candidate.word, candidate.help.empty() ? "" : "\t", candidate.help);
        }
        return kExitOk;
    };
}

}  // namespace swarmq::cli
