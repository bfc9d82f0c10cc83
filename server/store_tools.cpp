// Reports of what lies in a data directory.
#include "store_tools.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "broker/clock.h"
#include "exit_codes.h"
#include "format.h"
#include "repair.h"
#include "verify.h"

namespace swarmq {
namespace {

constexpr ShardId kShard{0};
constexpr std::uint32_t kShardCount = 1;
constexpr std::uint64_t kProgressRows = 1'000'000;

// The store's own lock tells whether someone has it open.
bool is_open_elsewhere(const std::string& store) {
    const int file = ::open((store + "/LOCK").c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0) return false;
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    const bool is_held = ::fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    ::close(file);
    return is_held;
}

void check_directory(const Options& options) {
    const std::string store = storage::shard_paths(options.data_dir, kShard).store;
    if (!std::filesystem::is_directory(options.data_dir))
        throw std::runtime_error("data_dir: " + options.data_dir + " is no directory; name one with --data-dir");
    if (is_open_elsewhere(store))
        throw std::runtime_error("a daemon has " + options.data_dir + " open; stop it first");
}

bool tell_progress(const storage::VerifySteps& steps) {
    static std::uint64_t told = 0;
    if (steps.rows - told < kProgressRows) return true;
    told = steps.rows;
    std::fprintf(stderr, "%llu rows read\n", static_cast<unsigned long long>(steps.rows));
    return true;
}

void print_count(const char* what, std::uint64_t count) {
    std::printf("%-12s %llu\n", what, static_cast<unsigned long long>(count));
}

void print_report(const storage::VerifyReport& report) {
    const auto jobs = [&](JobState state) { return report.jobs_by_state[static_cast<std::size_t>(state)]; };
    std::printf("%-12s %llu of incarnation %llu\n", "position",
                static_cast<unsigned long long>(report.position.sequence),
                static_cast<unsigned long long>(report.position.incarnation));
    if (report.meta) {
        std::printf("%-12s %s, format %u, boot %u\n", "store", report.meta->store_id.c_str(),
                    report.meta->format_version, raw(report.meta->epoch));
    }
    print_count("queues", report.queues);
    print_count("schedulers", report.schedulers);
    print_count("deduplication keys", report.dedup_keys);
    print_count("jobs", report.jobs);
    print_count("  waiting", jobs(JobState::Waiting));
    print_count("  delayed", jobs(JobState::Delayed));
    print_count("  active", jobs(JobState::Active));
    print_count("  completed", jobs(JobState::Completed));
    print_count("  failed", jobs(JobState::Failed));
    print_count("results", report.outcomes);
    print_count("attempts", report.attempts);
    print_count("log lines", report.log_lines);
    print_count("checkpoints", report.checkpoints);
    print_count("ends of children", report.children);
    print_count("bytes", report.bytes);
    for (const auto& problem : report.problems) std::printf("problem: %s\n", problem.c_str());
    if (report.problem_count > report.problems.size())
        std::printf("and %llu more\n",
                    static_cast<unsigned long long>(report.problem_count - report.problems.size()));
}

}  // namespace

int verify_store(const Options& options) {
    check_directory(options);
    const auto report = storage::verify_data_dir(options.data_dir, kShard, tell_progress);
    if (!report) {
        std::printf("problem: %s\n", report.error().detail.c_str());
        std::printf("damaged: `swarmqd repair --data-dir %s` keeps what can be read\n", options.data_dir.c_str());
        return kExitDamaged;
    }
    print_report(*report);
    if (report->ok()) {
        std::printf("everything is in order\n");
        return kExitOk;
    }
    std::printf("damaged: `swarmqd repair --data-dir %s` keeps what can be read\n", options.data_dir.c_str());
    return kExitDamaged;
}

int repair_store(const Options& options) {
    check_directory(options);
    const auto repaired = storage::repair_data_dir(options.data_dir, kShard, kShardCount,
                                                   broker::Clock().now_ms(), tell_progress);
    if (!repaired) {
        std::printf("cannot repair: %s\n", repaired.error().detail.c_str());
        return kExitDamaged;
    }
    std::printf("before:\n");
    print_report(repaired->found);
    std::printf("%llu rows were set aside", static_cast<unsigned long long>(repaired->set_aside));
    if (!repaired->set_aside_path.empty()) std::printf(" in %s", repaired->set_aside_path.c_str());
    if (!repaired->damaged_path.empty())
        std::printf("\nthe store as it was, with what cannot be read, is in %s",
                    repaired->damaged_path.c_str());
    std::printf("\nthe daemon can start again, from position %llu\n",
                static_cast<unsigned long long>(repaired->position.sequence));
    return kExitOk;
}

}  // namespace swarmq
