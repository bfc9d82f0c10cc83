// What the daemon tells about itself on every connection.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/ids.h"

namespace swarmq::api {

// An alert that is up (R30).
struct RaisedAlert {
    std::string queue;
    std::string kind;
};

// What is looked up when someone asks for it.
struct ServerLooks {
    struct Disk {
        std::uint64_t free_bytes = 0;
        std::uint64_t bytes = 0;  // 0: nothing lies on a disk.
    };
    std::function<Disk()> disk;
    std::function<std::vector<RaisedAlert>(std::size_t size_max)> alerts;
};

struct ServerFacts {
    std::string version;
    std::string durability;  // "sync", "periodic" or "memory"
    Epoch epoch{};
    ShardId shard{};
    TimeMs started_ms = 0;
    DurationMs heartbeat_ms = 10'000;
    std::uint32_t requests_in_flight_max = 1'024;
    std::uint32_t waits_in_flight_max = 10'000;
    // Above the first, replies and deliveries wait for the client to read; above the second it is dropped.
    std::size_t unsent_bytes_soft = 2 * 1024 * 1024;
    std::size_t unsent_bytes_hard = 8 * 1024 * 1024;
    std::uint64_t connections = 0;  // Open now; kept by the listener.
    std::uint64_t connections_total = 0;
    std::uint64_t connections_refused_total = 0;  // More than may be open.
    const ServerLooks* looks = nullptr;       // Null: the daemon has not said.
    bool is_draining = false;       // No new connections or adds: the daemon is about to stop.
};

}  // namespace swarmq::api
