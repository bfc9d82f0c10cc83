// What operators see of the broker as a whole: itself, who works, backups and verifications. The
// values that Admin returns.
#pragma once

#include <swarmq/error.h>
#include <swarmq/options.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace swarmq::inline sdk {

// Something of a queue that an operator should look at (R30).
struct RaisedAlert {
    std::string queue;
    std::string kind;  // "failure_rate", "backlog", "no_worker" or "near_timeout".
};

struct ServerInfo {
    std::string version;
    std::string durability;  // "sync", "periodic" or "memory".
    Milliseconds uptime{0};
    std::uint64_t boot_epoch = 0;
    std::uint64_t connections = 0;
    std::uint64_t jobs = 0;
    std::uint64_t queues = 0;
    WallTime now{};  // The broker's clock.
    // Of the disk that the data lies on; 0: nothing lies on a disk.
    std::uint64_t disk_free_bytes = 0;
    std::uint64_t disk_bytes = 0;
    std::string add_refusal{};  // Why adds are refused just now; empty: they are not.
    std::uint32_t protocol_major = 0;
    std::uint32_t protocol_minor = 0;
    bool can_back_up = false;  // A directory for backups is configured, and data lies on a disk.
    std::vector<RaisedAlert> alerts{};  // Those that are up; at most 100.
};

// A session that takes jobs, or holds some (R30).
struct WorkerState {
    std::uint64_t session = 0;  // Its number in this boot of the broker.
    std::string client_name;    // ConnectionOptions::client_name.
    std::map<std::string, std::string> labels;
    std::string sdk;      // "cpp 0.1.0".
    std::string address;  // Empty: its connection is lost, and it may come back for its jobs.
    std::optional<WallTime> connected_at;   // Without a connection not set.
    std::optional<WallTime> last_heard_at;  // Its last frame of any kind: signs of life, too.
    std::vector<std::string> queues;        // It takes jobs of these now, by name; at most 64.
    std::uint32_t queues_more = 0;          // How many further ones.
    std::uint64_t credit = 0;               // Jobs it may be given now.
    std::uint64_t leases = 0;               // Jobs it holds.
};

struct WorkerPage {
    std::vector<WorkerState> workers;
    std::uint64_t next = 0;  // Pass it as `after`, also after a short page; 0: this was the last.
};

// A backup that runs, or how it ended.
struct BackupState {
    std::string name;
    std::string path;  // On the broker's machine.
    bool running = false;
    std::optional<Error> failure;  // Set when it ended without a backup.
    std::uint64_t bytes = 0;       // Written so far; at its end those of all its files.
    // What it stands for, as `swarmqd verify` prints it.
    std::uint64_t incarnation = 0;
    std::uint64_t sequence = 0;
    WallTime started_at{};
    std::optional<WallTime> finished_at;
};

// A verification of all that is stored, running or over.
struct VerifyState {
    bool running = false;
    std::optional<Error> failure;       // Set when it could not be made.
    std::uint64_t rows = 0;             // Read so far.
    std::uint64_t bytes = 0;            // Of those rows.
    std::uint64_t jobs = 0;             // Among those rows.
    std::uint64_t problem_count = 0;    // At its end; 0: everything is in order.
    std::vector<std::string> problems;  // The first 20, for people.
    WallTime started_at{};
    std::optional<WallTime> finished_at;
};

// The newest of each in this boot of the broker; not set: there was none.
struct Maintenance {
    std::optional<BackupState> backup;
    std::optional<VerifyState> verify;
};

}  // namespace swarmq::inline sdk
