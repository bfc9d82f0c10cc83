// When operators are told of a queue.
#include "option_row.h"

namespace swarmq {

std::vector<OptionRow> alert_options() {
    return {
        {"alerts_failure_percent", "10", "Alert above this share of failed jobs, in percent; 0: never", false,
         [](const std::string& value, Options& o) {
             o.alerts.failure_percent =
                 static_cast<std::uint32_t>(parse_number("alerts_failure_percent", value, 100));
         },
         true},
        {"alerts_failure_window", "5m", "The time over which that share is taken", false,
         [](const std::string& value, Options& o) {
             o.alerts.failure_window_ms = parse_duration("alerts_failure_window", value);
             if (o.alerts.failure_window_ms < 1'000)
                 bad_value("alerts_failure_window", value, "at least 1s");
         },
         true},
        {"alerts_failure_jobs_min", "20", "With fewer ended jobs in that time there is no such alert", false,
         [](const std::string& value, Options& o) {
             o.alerts.failure_jobs_min = parse_number("alerts_failure_jobs_min", value, 1'000'000'000);
         },
         true},
        {"alerts_backlog", "100000", "Alert when more jobs than this wait in a queue; 0: never", false,
         [](const std::string& value, Options& o) {
             o.alerts.backlog = parse_number("alerts_backlog", value, 1'000'000'000'000);
         },
         true},
        {"alerts_no_worker", "60s", "Alert when jobs wait without a worker for so long; 0: never", false,
         [](const std::string& value, Options& o) {
             o.alerts.no_worker_ms = parse_duration("alerts_no_worker", value);
         },
         true},
        {"alerts_near_timeout", "true", "Alert when an attempt is in the last fifth of its timeout", false,
         [](const std::string& value, Options& o) {
             o.alerts.near_timeout = parse_bool("alerts_near_timeout", value);
         },
         true},
    };
}

}  // namespace swarmq
