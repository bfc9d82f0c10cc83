// What a shard looks like from outside and on disk, in a form that can be kept and compared.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "store.h"

namespace swarmq::test {

struct Sight {
    TimeMs now_ms = 0;
    // Of queues and jobs, by name: all that a client could ask, in words.
    std::map<std::string, std::string> lines;
    // Digests of the stored rows' values, by table and key; without the store's own rows.
    std::map<std::string, std::size_t> rows;
    // Who was completed, and may never run again.
    std::set<JobSeq> completed;
    LeaseToken newest_token{};
};

std::map<std::string, std::string> look_at_jobs(const engine::Engine& engine);
std::map<std::string, std::size_t> look_at_rows(const storage::Store& store);

// A few sentences on where they differ; none when they are equal.
template <class Value>
std::vector<std::string> differences(const std::map<std::string, Value>& wanted,
                                     const std::map<std::string, Value>& found);

}  // namespace swarmq::test
