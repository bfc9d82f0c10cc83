// One option for each field.
#include "job_options.h"

#include "command.h"
#include "values.h"

#include <fmt/format.h>

#include <functional>

namespace swarmq::cli {
namespace {

void add_header(JobOptions& options, const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
        throw UsageError(fmt::format("--header: '{}' is not of the form NAME=VALUE", text));
    }
    options.headers[text.substr(0, equals)] = text.substr(equals + 1);
}

}  // namespace

OnFailure parse_on_failure(std::string_view what, std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return {std::string(text)};
    if (slash + 1 == text.size()) {
        throw UsageError(fmt::format("{}: '{}' names no job after the slash", what, text));
    }
    return {std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

std::string show_on_failure(const OnFailure& to) {
    return to.name.empty() ? to.queue : to.queue + "/" + to.name;
}

void declare_job_options(Arguments& arguments, JobOptions& options) {
    const auto declare = [&](const char* name, const char* type, const char* help, auto set) {
        arguments.option(name, type, help,
                         [&options, name, set](const std::string& text) { set(options, name, text); });
    };
    declare("--priority", "N", "0 urgent, 1 high, 2 normal (default), 3 low; up to 255",
            [](JobOptions& job, const char* name, const std::string& text) {
                job.priority = static_cast<int>(parse_number(name, text, 0, 255));
            });
    arguments.text("--key", options.key, "Whose job it is: keys of a queue get turns");
    arguments.flag("--lifo", "To the head of its priority", [&options] { options.lifo = true; });
    declare("--attempts", "N", "All attempts, the first included. Default: 1",
            [](JobOptions& job, const char* name, const std::string& text) {
                job.attempts = static_cast<std::uint32_t>(parse_number(name, text, 1, 1'000'000));
            });
    declare("--backoff", "BACKOFF", "The wait before a retry, such as exponential:1s",
            [](JobOptions& job, const char* name, const std::string& text) {
                job.backoff = parse_backoff(name, text);
            });
    arguments.duration("--timeout", options.timeout, "The longest one attempt may run");
    arguments.duration("--ttl", options.ttl, "It expires unless it starts within this");
    declare("--max-stalled", "N", "Losses of a worker that it survives. Default: 1",
            [](JobOptions& job, const char* name, const std::string& text) {
                job.max_stalled = static_cast<std::uint32_t>(parse_number(name, text, 0, 1'000));
            });
    declare("--keep-completed", "KEEP", "How long it stays once completed, such as 1000,7d",
            [](JobOptions& job, const char* name, const std::string& text) {
                job.remove_on_complete = parse_keep(name, text);
            });
    declare("--keep-failed", "KEEP", "How long it stays once failed",
            [](JobOptions& job, const char* name, const std::string& text) {
                job.remove_on_fail = parse_keep(name, text);
            });
    declare("--on-failure", "QUEUE[/NAME]", "Where a copy is added when it has failed for good",
            [](JobOptions& job, const char* name, const std::string& text) {
                job.on_failure = parse_on_failure(name, text);
            });
    declare("--tags", "TAGS", "To be found by, such as a,b",
            [](JobOptions& job, const char*, const std::string& text) { job.tags = parse_tags(text); });
    arguments.each("--header", "NAME=VALUE", "Carried untouched, such as traceparent=...; may be repeated",
                   [&options](const std::string& text) { add_header(options, text); });
}

}  // namespace swarmq::cli
