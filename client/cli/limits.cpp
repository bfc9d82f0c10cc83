// `swarm queue limits`: shows what holds a queue and its keys back, and changes it.
#include "exit_codes.h"
#include "job_json.h"
#include "table.h"
#include "terminal.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <functional>
#include <memory>
#include <optional>

namespace swarmq::cli {
namespace {

constexpr std::uint64_t kNumberMax = 1'000'000'000;

struct Limits {
    std::string queue;
    std::string key;  // Empty: the queue and the defaults of its keys.
    std::optional<std::uint64_t> concurrency;
    std::optional<std::vector<Rate>> rates;
    std::optional<std::uint64_t> key_concurrency;
    std::optional<std::vector<Rate>> key_rates;
    std::optional<std::uint32_t> weight;
    bool is_reset = false;
    bool is_agreed = false;
    bool is_dry_run = false;
    bool is_json = false;

    bool sets_some() const {
        return concurrency || rates || key_concurrency || key_rates || weight;
    }
    bool has_changes() const { return sets_some() || is_reset; }
};

// JOBS/DURATION, such as 100/1m; several with commas; `none`.
std::vector<Rate> parse_rates(const std::string& option, const std::string& text) {
    std::vector<Rate> rates;
    if (text == "none") return rates;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string rate = text.substr(begin, end - begin);
        const auto slash = rate.find('/');
        if (slash == std::string::npos) {
            throw UsageError(fmt::format("{}: '{}' is no rate; write JOBS/DURATION, such as 100/1m, "
                                         "several with commas, or none",
                                         option, rate));
        }
        rates.push_back({parse_number(option, rate.substr(0, slash), 1, kNumberMax),
                         parse_duration(option, rate.substr(slash + 1))});
        begin = end + 1;
    }
    return rates;
}

std::uint64_t parse_concurrency(const std::string& option, const std::string& text) {
    return text == "none" ? 0 : parse_number(option, text, 1, kNumberMax);
}

void check(const Limits& limits) {
    if (limits.key.empty() && limits.weight) {
        throw UsageError("--weight is one key's; name it with --key");
    }
    if (!limits.key.empty() && (limits.key_concurrency || limits.key_rates)) {
        throw UsageError("--key-concurrency and --key-rate are for every key; with --key use "
                         "--concurrency and --rate");
    }
}

void set(RunLimits& limits, const std::optional<std::uint64_t>& concurrency,
         const std::optional<std::vector<Rate>>& rates) {
    if (concurrency) limits.concurrency = *concurrency;
    if (rates) limits.rates = *rates;
}

void apply(const Limits& limits, QueueSettings& stored) {
    if (!limits.key.empty()) {
        if (limits.is_reset) stored.keys.erase(limits.key);
        if (!limits.concurrency && !limits.rates && !limits.weight) return;
        KeySettings& own = stored.keys[limits.key];
        if (limits.weight) own.weight = *limits.weight;
        if (!limits.concurrency && !limits.rates) return;
        if (!own.limits) own.limits = stored.key_limits;
        return set(*own.limits, limits.concurrency, limits.rates);
    }
    if (limits.is_reset) {
        stored.limits = stored.key_limits = {};
        stored.keys.clear();
    }
    set(stored.limits, limits.concurrency, limits.rates);
    set(stored.key_limits, limits.key_concurrency, limits.key_rates);
}

QueueSettings change(Admin& admin, const Limits& limits) {
    QueueSettings stored;
    try {
        stored = admin.get_settings(limits.queue);
    } catch (const SwarmqError& error) {
        if (error.code() != Code::NotFound || !limits.sets_some()) throw;
    }
    apply(limits, stored);
    if (limits.is_dry_run) return stored;
    if (limits.is_reset) {
        const std::string whose = limits.key.empty() ? "" : fmt::format("key {} of ", limits.key);
        must_agree(limits.is_agreed, "take away",
                   fmt::format("all limits of {}queue {}", whose, limits.queue));
    }
    admin.set_settings(limits.queue, stored);
    return admin.get_settings(limits.queue);
}

std::string show(const std::vector<Rate>& rates) {
    std::string text;
    for (const Rate& rate : rates) {
        text += fmt::format("{}{}/{}", text.empty() ? "" : ",", rate.jobs, show_duration(rate.per));
    }
    return text.empty() ? "none" : text;
}

std::string show_concurrency(const RunLimits& limits) {
    return limits.concurrency == 0 ? "none" : std::to_string(limits.concurrency);
}

void print_limits(const QueueSettings& settings) {
    Table table({{"WHOSE"}, {"CONCURRENCY", Align::Right}, {"RATE"}, {"WEIGHT", Align::Right}});
    table.row({"the queue", show_concurrency(settings.limits), show(settings.limits.rates), ""});
    table.row({"each key", show_concurrency(settings.key_limits), show(settings.key_limits.rates),
               "1"});
    for (const auto& [key, own] : settings.keys) {
        const RunLimits& limits = own.limits ? *own.limits : settings.key_limits;
        table.row({"key " + key, show_concurrency(limits), show(limits.rates),
                   std::to_string(own.weight)});
    }
    table.print(stdout);
}

boost::json::object to_json(const RunLimits& limits) {
    boost::json::array rates;
    for (const Rate& rate : limits.rates) {
        rates.push_back({{"jobs", rate.jobs}, {"per_ms", rate.per.count()}});
    }
    return {{"concurrency", limits.concurrency}, {"rates", std::move(rates)}};
}

boost::json::object to_json(const QueueSettings& settings) {
    boost::json::object keys;
    for (const auto& [key, own] : settings.keys) {
        boost::json::object entry{{"weight", own.weight}};
        if (own.limits) entry["limits"] = to_json(*own.limits);
        keys[key] = std::move(entry);
    }
    return {{"limits", to_json(settings.limits)},
            {"key_limits", to_json(settings.key_limits)},
            {"keys", std::move(keys)}};
}

}  // namespace

Run declare_limits(Arguments& arguments) {
    auto limits = std::make_shared<Limits>();
    arguments.word("QUEUE", limits->queue, "The queue; made by its first limit");
    arguments.text("--key", limits->key, "Change what is one key's alone");
    const auto concurrency = [&](const std::string& name, const std::string& help, auto& into) {
        arguments.option(name, "N", help, [name, &into](const std::string& text) {
            into = parse_concurrency(name, text);
        });
    };
    const auto rate = [&](const std::string& name, const std::string& help, auto& into) {
        arguments.option(name, "RATES", help, [name, &into](const std::string& text) {
            into = parse_rates(name, text);
        });
    };
    concurrency("--concurrency", "Jobs active at once, or none", limits->concurrency);
    rate("--rate", "Attempts within a time, such as 10/1s,1000/1h, or none", limits->rates);
    concurrency("--key-concurrency", "The same for each key", limits->key_concurrency);
    rate("--key-rate", "The same for each key", limits->key_rates);
    arguments.option("--weight", "N", "With --key: its jobs in each round of turns, 1..1000",
                     [limits = limits.get()](const std::string& text) {
                         limits->weight =
                             static_cast<std::uint32_t>(parse_number("--weight", text, 1, 1'000));
                     });
    arguments.flag("--reset", limits->is_reset, "Take all limits away first, with --key the key's");
    arguments.flag("--yes", limits->is_agreed, "Do not ask before a --reset");
    arguments.flag("--dry-run", limits->is_dry_run, "Show what they would be, and change nothing");
    arguments.flag("--json", limits->is_json, "One JSON object, for programs");
    return [limits](Session& session) {
        check(*limits);
        Admin admin = session.admin();
        const QueueSettings stored = limits->has_changes() ? change(admin, *limits)
                                                           : admin.get_settings(limits->queue);
        if (limits->is_json) {
            print_json(to_json(stored));
        } else {
            print_limits(stored);
        }
        return kExitOk;
    };
}

}  // namespace swarmq::cli
