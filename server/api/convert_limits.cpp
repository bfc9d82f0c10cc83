// Limits, rates and keys.
#include "api/convert_limits.h"

#include <algorithm>
#include <limits>

#include "swarmq/v1/admin.pb.h"

namespace swarmq::api {
namespace {

Limits to_limits(const v1::RunLimits& message) {
    Limits limits;
    limits.concurrency = message.concurrency();
    constexpr std::uint64_t kMsMax = std::numeric_limits<DurationMs>::max();
    for (const v1::Rate& rate : message.rates())
        limits.rates.push_back(
            {rate.jobs(), static_cast<DurationMs>(std::min(rate.per_ms(), kMsMax))});
    return limits;
}

void fill(const Limits& limits, v1::RunLimits& message) {
    message.set_concurrency(limits.concurrency);
    for (const Rate& rate : limits.rates) {
        v1::Rate& entry = *message.add_rates();
        entry.set_jobs(rate.jobs);
        entry.set_per_ms(static_cast<std::uint64_t>(rate.per_ms));
    }
}

}  // namespace

Result<> take_limits(const v1::QueueSettings& message, QueueSettings& settings) {
    settings.limits = to_limits(message.limits());
    settings.key_limits = to_limits(message.key_limits());
    for (const v1::KeySettings& entry : message.keys()) {
        KeySettings own;
        own.weight = entry.weight() == 0 ? 1 : entry.weight();
        if (entry.has_limits()) own.limits = to_limits(entry.limits());
        if (!settings.keys.emplace(entry.key(), std::move(own)).second)
            return Error{Code::InvalidArgument, "keys: \"" + entry.key() + "\" is given twice"};
    }
    return {};
}

void fill_limits(const QueueSettings& settings, v1::QueueSettings& message) {
    if (settings.limits != Limits{}) fill(settings.limits, *message.mutable_limits());
    if (settings.key_limits != Limits{}) fill(settings.key_limits, *message.mutable_key_limits());
    for (const auto& [key, own] : settings.keys) {
        v1::KeySettings& entry = *message.add_keys();
        entry.set_key(key);
        entry.set_weight(own.weight);
        if (own.limits) fill(*own.limits, *entry.mutable_limits());
    }
}

}  // namespace swarmq::api
