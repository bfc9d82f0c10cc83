// Reads the list of promises and looks for their tags among the tests.
#include "house/contract_rule.h"

#include <array>
#include <cctype>
#include <map>
#include <sstream>

namespace swarmq::house {
namespace {

struct Kind {
    std::string_view name;
    std::array<std::string_view, 3> folders;
};

// Where a test has to live to count as one of this kind.
constexpr std::array<Kind, 3> kKinds = {{
    {"client", {"tests/unit/client/", "tests/unit/client/", "tests/unit/client/"}},
    {"engine", {"tests/unit/engine/", "tests/simulation/", "tests/simulation/"}},
    {"daemon", {"tests/integration/", "tests/crash/", "tests/protocol/"}},
}};

const Kind* find_kind(std::string_view name) {
    for (const Kind& kind : kKinds) {
        if (kind.name == name) {
            return &kind;
        }
    }
    return nullptr;
}

bool lives_in(const Kind& kind, std::string_view path) {
    for (const std::string_view folder : kind.folders) {
        if (path.starts_with(folder)) {
            return true;
        }
    }
    return false;
}

// A letter R, digits, and at most one small letter: R26a.
bool is_promise(std::string_view word) {
    if (word.size() < 2 || word.front() != 'R') {
        return false;
    }
    std::size_t at = 1;
    while (at < word.size() && std::isdigit(static_cast<unsigned char>(word[at])) != 0) {
        ++at;
    }
    const bool has_digits = at > 1;
    const bool has_letter =
        at + 1 == word.size() && std::islower(static_cast<unsigned char>(word[at])) != 0;
    return has_digits && (at == word.size() || has_letter);
}

using Tested = std::map<std::string_view, std::set<std::string>>;  // By kind.

Tested tested_promises(const std::vector<SourceFile>& tree) {
    Tested tested;
    for (const SourceFile& file : tree) {
        for (const Kind& kind : kKinds) {
            if (lives_in(kind, file.path) && file.path.ends_with(".cpp")) {
                tested[kind.name].merge(promises_tested_in(file));
            }
        }
    }
    return tested;
}

Findings check_entry(const std::string& path, std::size_t line, const std::string& entry,
                     Tested& tested) {
    std::istringstream words(entry);
    std::string promise;
    std::string kind_name;
    words >> promise;
    if (!is_promise(promise)) {
        return {{path, line, "'" + promise + "' is no promise; an entry begins like 'R21'"}};
    }
    Findings findings;
    bool has_kind = false;
    while (words >> kind_name) {
        has_kind = true;
        const Kind* kind = find_kind(kind_name);
        if (kind == nullptr) {
            findings.push_back(
                {path, line, "there is no kind '" + kind_name + "'; kinds are engine and daemon"});
        } else if (!tested[kind->name].contains(promise)) {
            findings.push_back({path, line,
                                promise + " has no " + kind_name + " test; tag one with [" +
                                    promise + "] below " + std::string(kind->folders.front())});
        }
    }
    if (!has_kind) {
        findings.push_back({path, line,
                            promise + " names no kind of test; kinds are engine and "
                                      "daemon"});
    }
    return findings;
}

}  // namespace

std::set<std::string> promises_tested_in(const SourceFile& file) {
    std::set<std::string> promises;
    for (std::size_t open = file.text.find('['); open != std::string::npos;
         open = file.text.find('[', open + 1)) {
        const std::size_t close = file.text.find(']', open);
        if (close == std::string::npos) {
            break;
        }
        const std::string word = file.text.substr(open + 1, close - open - 1);
        if (is_promise(word)) {
            promises.insert(word);
        }
    }
    return promises;
}

Findings check_contract(const SourceFile& list, const std::vector<SourceFile>& tree) {
    Tested tested = tested_promises(tree);
    Findings findings;
    const std::vector<std::string_view> lines = lines_of(list.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (!lines[i].empty() && lines[i].front() != '#') {
            append(findings, check_entry(list.path, i + 1, std::string(lines[i]), tested));
        }
    }
    return findings;
}

}  // namespace swarmq::house
