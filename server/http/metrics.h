// The page /metrics. Its names are a promise to dashboards and alert rules: deploy/README.md lists them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/snapshot.h"

namespace swarmq::http {

// What is known of the daemon besides the loop's things. Called on the thread of the HTTP service.
struct Sources {
    std::function<std::vector<std::pair<std::string, std::uint64_t>>()> store_figures;
    std::function<std::optional<std::uint64_t>()> disk_free_bytes;
    double recovery_seconds = 0;
    std::uint64_t recovered_rows = 0;
};

// Without a snapshot: what can be said while the daemon recovers.
std::string metrics_page(const std::string& version, const Snapshot* snapshot, const Sources* sources);

}  // namespace swarmq::http
