// `swarm queue metrics`: how many jobs are where, and what happened lately.
#include "exit_codes.h"
#include "job_json.h"
#include "metrics_text.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>

#include <memory>

namespace swarmq::cli {
namespace {

constexpr std::uint64_t kMinutesMax = 120;

struct Metrics {
    std::string queue;
    bool is_json = false;
    bool by_name = false;
    std::optional<std::uint64_t> history;
};

int show(const Metrics& asked, Session& session) {
    const MetricsOptions options{asked.by_name, static_cast<std::uint32_t>(asked.history.value_or(0))};
    const QueueMetrics metrics = session.queue(asked.queue).get_metrics(options);
    if (asked.is_json) {
        boost::json::object object = metrics_json(metrics);
        add_activity(object, metrics, options);
        print_json(object);
        return kExitOk;
    }
    print_counts(metrics);
    print_activity(metrics);
    if (asked.by_name) print_names(metrics);
    if (asked.history) print_history(metrics);
    return kExitOk;
}

}  // namespace

Run declare_metrics(Arguments& arguments) {
    auto asked = std::make_shared<Metrics>();
    arguments.word("QUEUE", asked->queue, "The queue");
    arguments.flag("--by-name", asked->by_name, "Also for each job name");
    arguments.number("--history", asked->history, 1, kMinutesMax,
                     "Also for each of the last minutes, at most 120");
    arguments.flag("--json", asked->is_json, "One flat JSON object, for programs");
    return [asked](Session& session) { return show(*asked, session); };
}

}  // namespace swarmq::cli
