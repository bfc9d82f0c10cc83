// Checks settings as if they were a job's, and applies them to jobs.
#include "engine/settings.h"

#include <algorithm>
#include <utility>

#include "engine/limits.h"
#include "engine/new_queues.h"
#include "engine/rate_limit.h"
#include "engine/validate.h"

namespace swarmq::engine {
namespace {

constexpr DurationMs kFullRetryAfterMs = 1'000;

void apply(const JobDefaults& defaults, JobSpec& spec) {
    const auto fill = [&](JobField field, const auto& value, auto& into) {
        if (!value || (spec.chosen & field) != 0) return;
        into = *value;
        spec.chosen |= field;
    };
    fill(kPriority, defaults.priority, spec.priority);
    fill(kAttempts, defaults.attempts_max, spec.attempts_max);
    fill(kBackoff, defaults.backoff, spec.backoff);
    fill(kTimeout, defaults.timeout_ms, spec.timeout_ms);
    fill(kTtl, defaults.ttl_ms, spec.ttl_ms);
    fill(kMaxStalled, defaults.max_stalled, spec.max_stalled);
    fill(kKeepCompleted, defaults.keep_completed, spec.keep_completed);
    fill(kKeepFailed, defaults.keep_failed, spec.keep_failed);
    if (defaults.on_failure_queue.empty() || (spec.chosen & kOnFailure) != 0) return;
    spec.on_failure_queue = defaults.on_failure_queue;
    spec.on_failure_name = defaults.on_failure_name;
    spec.chosen |= kOnFailure;
}

}  // namespace

Result<Answer> set_settings(Memory& memory, const std::string& name, QueueSettings settings) {
    if (auto checked = check_name("queue", name); !checked) return checked.error();
    if (settings.defaults.size() > kDefaultsMax)
        return Error{Code::TooLarge, "defaults: " + std::to_string(settings.defaults.size()) +
                                         " job names, at most " + std::to_string(kDefaultsMax)};
    for (const auto& [job_name, defaults] : settings.defaults) {
        JobSpec spec;
        spec.name = job_name.empty() ? name : job_name;
        apply(defaults, spec);
        if (auto checked = check_spec(spec); !checked) {
            Error error = checked.error();
            error.detail = "defaults of \"" + job_name + "\": " + error.detail;
            return error;
        }
    }
    if (auto checked = check_limits(settings); !checked) return checked.error();
    std::erase_if(settings.defaults, [](const auto& entry) { return entry.second == JobDefaults{}; });
    NewQueues used(memory);
    used.use(name);
    used.use_targets(settings);
    if (auto checked = used.check(); !checked) return checked.error();
    for (const auto& [job_name, defaults] : settings.defaults)
        if (!defaults.on_failure_queue.empty())
            memory.find_or_create_queue(defaults.on_failure_queue);
    QueueState& queue = memory.find_or_create_queue(name);
    memory.replace_settings(queue, settings == QueueSettings{}
                                       ? nullptr
                                       : std::make_shared<const QueueSettings>(std::move(settings)));
    memory.note_controls(queue);
    apply_limits(memory, queue);
    Answer answer;
    answer.changed = 1;
    return answer;
}

void apply_defaults(const QueueSettings& settings, JobSpec& spec) {
    if (const auto own = settings.defaults.find(spec.name); own != settings.defaults.end())
        apply(own->second, spec);
    if (const auto all = settings.defaults.find(""); all != settings.defaults.end())
        apply(all->second, spec);
}

Result<> check_room(const QueueState& queue, std::size_t jobs) {
    if (jobs == 0 || !queue.controls.settings || queue.controls.settings->waiting_max == 0)
        return {};
    const std::uint64_t waiting = queue.by_state[static_cast<std::size_t>(JobState::Waiting)] +
                                  queue.by_state[static_cast<std::size_t>(JobState::WaitingChildren)] +
                                  queue.by_state[static_cast<std::size_t>(JobState::Delayed)];
    if (waiting + jobs <= queue.controls.settings->waiting_max) return {};
    return Error{
        Code::QueueFull,
        "queue \"" + queue.record.name + "\" holds " + std::to_string(waiting) +
            " jobs that wait (delayed ones and parents that wait for children count), at most " +
            std::to_string(queue.controls.settings->waiting_max) + " may",
        kFullRetryAfterMs};
}

}  // namespace swarmq::engine
