// `swarm doctor`: what is wrong, and what to do about it.
#include "doctor_checks.h"
#include "exit_codes.h"
#include "job_json.h"
#include "table.h"
#include "terminal.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace swarmq::cli {
namespace {

// Of each kind; with many queues the rest is counted.
constexpr std::size_t kShownMax = 100;

std::string_view word_for(Severity severity) {
    switch (severity) {
        case Severity::Problem:
            return "problem";
        case Severity::Warning:
            return "warning";
        case Severity::Note:
            break;
    }
    return "note";
}

Colour colour_of(Severity severity) {
    if (severity == Severity::Problem) return Colour::Red;
    return severity == Severity::Warning ? Colour::Yellow : Colour::Dim;
}

void print_findings(const std::string& server, const std::vector<Finding>& findings) {
    const bool is_coloured = has_colours(stdout);
    std::size_t shown = 0;
    for (const Finding& finding : findings) {
        if (shown++ == kShownMax) break;
        const std::string word = fmt::format("{:<8}", word_for(finding.severity));
        fmt::print("{} {}{}\n         -> {}\n",
                   is_coloured ? coloured(word, colour_of(finding.severity)) : word,
                   finding.queue.empty() ? "" : "queue " + finding.queue + ": ",
                   printable(finding.what), printable(finding.advice));
    }
    if (findings.size() > kShownMax) fmt::print("and {} more\n", findings.size() - kShownMax);
    const auto serious =
        std::count_if(findings.begin(), findings.end(),
                      [](const Finding& finding) { return finding.severity != Severity::Note; });
    if (serious == 0) fmt::print("{}: nothing needs you\n", server);
}

void print_findings_json(const std::string& server, const std::vector<Finding>& findings,
                         bool is_well) {
    boost::json::array list;
    for (const Finding& finding : findings) {
        list.push_back({{"severity", word_for(finding.severity)},
                        {"check", finding.check},
                        {"queue", finding.queue},
                        {"what", finding.what},
                        {"advice", finding.advice}});
    }
    print_json({{"server", server}, {"ok", is_well}, {"findings", std::move(list)}});
}

// A broker that does not answer is what most people call the doctor for.
Finding unreachable(const std::string& server, const SwarmqError& error) {
    if (error.code() == Code::UnsupportedVersion)
        return {Severity::Problem, "version", "", error.error().message,
                "use a command of the broker's major version"};
    return {Severity::Problem, "unreachable", "",
            fmt::format("no broker answers at {}: {}", server, error.error().message),
            "is it running (systemctl status swarmqd), and is this its address? SWARMQ_SERVER or "
            "--server "
            "names another"};
}

int diagnose(Session& session, bool is_json) {
    const std::string server = session.connection().server();
    std::vector<Finding> findings;
    int exit_code = kExitOk;
    try {
        findings = examine(session);
        const bool needs_someone =
            std::any_of(findings.begin(), findings.end(),
                        [](const Finding& finding) { return finding.severity != Severity::Note; });
        if (needs_someone) exit_code = kExitUnwell;
    } catch (const SwarmqError& error) {
        findings = {unreachable(server, error)};
        exit_code = kExitUnreachable;
    }
    if (is_json) {
        print_findings_json(server, findings, exit_code == kExitOk);
    } else {
        print_findings(server, findings);
    }
    return exit_code;
}

}  // namespace

Run declare_doctor(Arguments& arguments) {
    auto is_json = std::make_shared<bool>(false);
    arguments.flag("--json", *is_json, "One JSON object, for programs");
    return [is_json](Session& session) { return diagnose(session, *is_json); };
}

}  // namespace swarmq::cli
