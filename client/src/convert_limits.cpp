// Rates, concurrency and keys.
#include "convert_limits.h"

#include <algorithm>

#include "validate.h"

namespace swarmq::inline sdk {
namespace {

void set(v1::RunLimits& proto, const RunLimits& limits) {
    proto.set_concurrency(limits.concurrency);
    for (const Rate& rate : limits.rates) {
        auto& entry = *proto.add_rates();
        entry.set_jobs(rate.jobs);
        entry.set_per_ms(
            static_cast<std::uint64_t>(std::max<Milliseconds::rep>(0, rate.per.count())));
    }
}

RunLimits to_limits(const v1::RunLimits& proto) {
    RunLimits limits;
    limits.concurrency = proto.concurrency();
    for (const auto& rate : proto.rates()) {
        limits.rates.push_back(
            {rate.jobs(), Milliseconds{static_cast<Milliseconds::rep>(rate.per_ms())}});
    }
    return limits;
}

}  // namespace

void set_limits(v1::QueueSettings& proto, const QueueSettings& settings) {
    set(*proto.mutable_limits(), settings.limits);
    set(*proto.mutable_key_limits(), settings.key_limits);
    for (const auto& [key, own] : settings.keys) {
        auto& entry = *proto.add_keys();
        entry.set_key(key);
        entry.set_weight(own.weight);
        if (own.limits) set(*entry.mutable_limits(), *own.limits);
    }
}

void take_limits(const v1::QueueSettings& proto, QueueSettings& settings) {
    settings.limits = to_limits(proto.limits());
    settings.key_limits = to_limits(proto.key_limits());
    for (const auto& entry : proto.keys()) {
        KeySettings& own = settings.keys[entry.key()];
        own.weight = entry.weight();
        if (entry.has_limits()) own.limits = to_limits(entry.limits());
    }
}

std::optional<Error> check_limits(const QueueSettings& settings) {
    for (const auto& [key, own] : settings.keys) {
        if (auto error = check_name("key", key)) return error;
    }
    return std::nullopt;
}

}  // namespace swarmq::inline sdk
