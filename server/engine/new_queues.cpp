// Counts the queues that do not exist yet.
#include "engine/new_queues.h"

#include <string>

namespace swarmq::engine {
namespace {

// Queues are forgotten by the day; asking every few seconds would be in vain.
constexpr DurationMs kRetryAfterMs = 60'000;

}  // namespace

void NewQueues::use(std::string_view name) {
    // The jobs of one request mostly name the same.
    if (name.empty() || name == last_) return;
    last_ = name;
    if (!memory_.queue_names.has(name)) missing_.insert(name);
}

void NewQueues::use_targets(const QueueSettings& settings) {
    for (const auto& [name, defaults] : settings.defaults) use(defaults.on_failure_queue);
}

Result<> NewQueues::check() const {
    const std::size_t stored = memory_.queue_names.size();
    if (missing_.empty() || stored + missing_.size() <= memory_.queues_max) return {};
    std::string what = "queue \"" + std::string(*missing_.begin()) + "\"";
    if (missing_.size() > 1) what += " and " + std::to_string(missing_.size() - 1) + " more";
    return Error{Code::MemoryLimit,
                 what + " cannot be made: " + std::to_string(stored) + " queues exist, at most " +
                     std::to_string(memory_.queues_max) +
                     " may; use one of them, or empty some: a queue without jobs, workers and "
                     "settings is forgotten after a day",
                 kRetryAfterMs};
}

}  // namespace swarmq::engine
