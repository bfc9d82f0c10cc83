// `swarm queue settings`: shows what a queue fills in for its producers, and changes it.
#include "exit_codes.h"
#include "job_json.h"
#include "job_options.h"
#include "table.h"
#include "terminal.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <functional>
#include <limits>
#include <memory>
#include <optional>

namespace swarmq::cli {
namespace {

struct Settings {
    std::string queue;
    std::string name;  // Empty: every job name.
    std::vector<std::function<void(JobOptions&)>> changes;
    std::optional<std::uint64_t> waiting_max;
    bool is_reset = false;
    bool is_agreed = false;
    bool is_dry_run = false;
    bool is_json = false;

    bool has_changes() const { return !changes.empty() || waiting_max || is_reset; }
};

// An option for one of the job options; the word `default` takes the setting away.
template <class T, class Parse>
void declare_default(Arguments& arguments, Settings& settings, const std::string& name,
                     const std::string& type, const std::string& help,
                     std::optional<T> JobOptions::*field, Parse parse) {
    arguments.option(name, type, help, [&settings, name, field, parse](const std::string& text) {
        std::optional<T> value;
        if (text != "default") value = parse(name, text);
        settings.changes.push_back([field, value](JobOptions& options) { options.*field = value; });
    });
}

template <class T>
auto number_in(std::uint64_t min, std::uint64_t max) {
    return [min, max](const std::string& name, const std::string& text) {
        return static_cast<T>(parse_number(name, text, min, max));
    };
}

void declare_defaults(Arguments& arguments, Settings& settings) {
    const auto declare = [&](auto&&... rest) { declare_default(arguments, settings, rest...); };
    declare("--priority", "N", "0 urgent, 1 high, 2 normal, 3 low; up to 255",
            &JobOptions::priority, number_in<int>(0, 255));
    declare("--attempts", "N", "All attempts, the first included", &JobOptions::attempts,
            number_in<std::uint32_t>(1, 1'000'000));
    declare("--backoff", "BACKOFF", "The wait before a retry, such as exponential:1s",
            &JobOptions::backoff, parse_backoff);
    declare("--timeout", "DURATION", "The longest one attempt may run; 0: no limit",
            &JobOptions::timeout, parse_duration);
    declare("--ttl", "DURATION", "Jobs expire unless they start within this; 0: no limit",
            &JobOptions::ttl, parse_duration);
    declare("--max-stalled", "N", "Losses of a worker that a job survives",
            &JobOptions::max_stalled, number_in<std::uint32_t>(0, 1'000));
    declare("--keep-completed", "KEEP", "How long completed jobs stay, such as 1000,7d",
            &JobOptions::remove_on_complete, parse_keep);
    declare("--keep-failed", "KEEP", "How long failed jobs stay", &JobOptions::remove_on_fail,
            parse_keep);
    declare("--on-failure", "QUEUE[/NAME]", "Where a copy of a failed job is added",
            &JobOptions::on_failure, parse_on_failure);
}

void check(const Settings& settings) {
    if (!settings.name.empty() && settings.waiting_max) {
        throw UsageError("--waiting-max is for all jobs of the queue; it cannot go with --name");
    }
}

void apply(const Settings& settings, QueueSettings& stored) {
    if (settings.is_reset && settings.name.empty()) {
        stored.defaults.clear();
        stored.waiting_max = 0;
    }
    if (settings.is_reset) stored.defaults.erase(settings.name);
    if (settings.waiting_max) stored.waiting_max = *settings.waiting_max;
    if (settings.changes.empty()) return;
    JobOptions& options = stored.defaults[settings.name];
    for (const auto& change : settings.changes) change(options);
}

// A queue that was never used is made by its first setting.
QueueSettings change(Admin& admin, const Settings& settings) {
    QueueSettings stored;
    try {
        stored = admin.get_settings(settings.queue);
    } catch (const SwarmqError& error) {
        const bool makes_it = !settings.changes.empty() || settings.waiting_max;
        if (error.code() != Code::NotFound || !makes_it) throw;
    }
    apply(settings, stored);
    if (settings.is_dry_run) return stored;
    if (settings.is_reset) {
        const std::string whose =
            settings.name.empty() ? "" : fmt::format("for jobs named {} ", settings.name);
        must_agree(settings.is_agreed, "take away",
                   fmt::format("all settings {}of queue {}", whose, settings.queue));
    }
    admin.set_settings(settings.queue, stored);
    return admin.get_settings(settings.queue);
}

void add_rows(Table& table, const std::string& name, const JobOptions& options) {
    const auto row = [&](const char* setting, const auto& value, const auto& show) {
        if (value) table.row({name, setting, show(*value)});
    };
    const auto number = [](auto value) { return std::to_string(value); };
    row("priority", options.priority, number);
    row("attempts", options.attempts, number);
    row("backoff", options.backoff, show_backoff);
    row("timeout", options.timeout, show_duration);
    row("ttl", options.ttl, show_duration);
    row("max-stalled", options.max_stalled, number);
    row("keep-completed", options.remove_on_complete, show_keep);
    row("keep-failed", options.remove_on_fail, show_keep);
    row("on-failure", options.on_failure, show_on_failure);
}

void print_settings(const QueueSettings& settings) {
    Table table({{"JOB NAME"}, {"SETTING"}, {"VALUE"}});
    table.row({"*", "waiting-max",
               settings.waiting_max == 0 ? "none" : std::to_string(settings.waiting_max)});
    for (const auto& [name, options] : settings.defaults) {
        add_rows(table, name.empty() ? "*" : name, options);
    }
    table.print(stdout);
}

}  // namespace

Run declare_settings(Arguments& arguments) {
    auto settings = std::make_shared<Settings>();
    arguments.word("QUEUE", settings->queue, "The queue; made by its first setting");
    arguments.text("--name", settings->name, "Change what is for jobs of this name alone");
    declare_defaults(arguments, *settings);
    arguments.option("--waiting-max", "N",
                     "Refuse adds while so many jobs wait, delayed and parents too; none: no bound",
                     [&settings = *settings](const std::string& text) {
                         settings.waiting_max =
                             text == "none" ? 0
                                            : parse_number("--waiting-max", text, 0,
                                                           std::numeric_limits<std::int64_t>::max());
                     });
    arguments.flag("--reset", settings->is_reset,
                   "Take all settings away first, with --name those of that name");
    arguments.flag("--yes", settings->is_agreed, "Do not ask before a --reset");
    arguments.flag("--dry-run", settings->is_dry_run,
                   "Show what they would be, and change nothing");
    arguments.flag("--json", settings->is_json, "One JSON object, for programs");
    return [settings](Session& session) {
        check(*settings);
        Admin admin = session.admin();
        const QueueSettings stored = settings->has_changes() ? change(admin, *settings)
                                                             : admin.get_settings(settings->queue);
        if (settings->is_json) {
            print_json(settings_json(settings->queue, stored));
        } else {
            print_settings(stored);
        }
        return kExitOk;
    };
}

}  // namespace swarmq::cli
