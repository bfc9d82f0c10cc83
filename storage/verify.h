// Looks at every row of a stored shard: whether it can be understood, and whether what belongs
// together is there. For `swarmqd verify`, and for repair.
#pragma once

#include "format.h"
#include "model/ids.h"
#include "model/job.h"
#include "readable_rows.h"
#include "store.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace swarmq::storage {

struct VerifyReport {
    Position position;
    std::optional<Meta> meta;  // Nothing: missing or not understood, which is a problem too.
    Epoch newest_epoch{};      // Seen in any job or lease.

    std::uint64_t queues = 0;
    std::uint64_t schedulers = 0;
    std::uint64_t dedup_keys = 0;
    std::uint64_t jobs = 0;
    std::uint64_t jobs_by_state[kJobStateCount] = {};
    std::uint64_t statuses = 0;
    std::uint64_t superseded = 0;  // Statuses that a newer one or a removal has overtaken. Normal.
    std::uint64_t answers = 0;
    std::uint64_t outcomes = 0;
    std::uint64_t progress = 0;
    std::uint64_t attempts = 0;
    std::uint64_t log_lines = 0;
    std::uint64_t checkpoints = 0;
    std::uint64_t children = 0;  // How they ended.
    std::uint64_t large_values = 0;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;  // Keys and values.

    bool was_stopped = false;  // What is said above is of the rows before that.

    // Rows that must go before a daemon can start, or that belong to nothing; with KeepRows::No none.
    using RowName = std::pair<Table, std::string>;
    std::vector<RowName> unreadable;
    std::vector<RowName> orphans;
    std::vector<Gap> gaps;  // Rows that cannot be read.
    // Each in a sentence; the first kProblemsMax of problem_count.
    std::vector<std::string> problems;
    std::uint64_t problem_count = 0;
    static constexpr std::size_t kProblemsMax = 1000;

    void add_problem(std::string sentence);
    bool ok() const { return problem_count == 0; }
};

// How far it is.
struct VerifySteps {
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    std::uint64_t jobs = 0;
};
// Called every thousand rows or megabyte; false: stop.
using VerifyProgress = std::function<bool(const VerifySteps&)>;

// Whether the report names rows, however many are damaged. A daemon that runs only counts them.
enum class KeepRows : std::uint8_t { No, Yes };

// What cannot be read is a problem of the report. A store that changes meanwhile gives its snapshot().
VerifyReport verify(const Store& store, ShardId shard, const VerifyProgress& progress,
                    KeepRows keep = KeepRows::Yes);

// Opens the shard in a data directory without changing anything, and checks its superblock too. No
// daemon may be running on it. A failure only where it cannot be opened.
Result<VerifyReport> verify_data_dir(const std::string& data_dir, ShardId shard,
                                     const VerifyProgress& progress);

}  // namespace swarmq::storage
