// What a page tells of the loop's things, copied there in one go and read elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/server_facts.h"
#include "broker/stats.h"
#include "engine/effects.h"

namespace swarmq::broker {
class Broker;
}

namespace swarmq::http {

// So many queues have samples of their own, those with most jobs; all others are summed up.
inline constexpr std::size_t kQueuesShownMax = 1'000;

struct Snapshot {
    TimeMs now_ms = 0;
    api::ServerFacts facts;
    broker::Stats stats;
    engine::Overview overview;
    std::uint64_t jobs = 0;
    DurationMs commit_age_ms = 0;  // Of the commit under way; 0: none.
    bool has_failed = false;
    std::string add_refusal;  // Empty: adds are taken.
    std::vector<api::RaisedAlert> alerts;  // The daemon fills these in.
};

// On the loop's thread.
Snapshot take_snapshot(broker::Broker& broker, const api::ServerFacts& facts);

}  // namespace swarmq::http
