// Asks for more time only while the process works: a start that hangs runs into the manager's limit.
#include "start_progress.h"

#include <sys/resource.h>

#include <chrono>
#include <string>

namespace swarmq {
namespace {

constexpr std::chrono::seconds kLookEvery{2};
constexpr std::chrono::seconds kMoreTime{60};
// What opening a database or reading rows uses in such a time, and waiting does not.
constexpr std::int64_t kWorkMs = 20;

// Processor time, and blocks read as if each took a millisecond: rises when anything is done.
std::int64_t work_ms() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1'000 +
           (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1'000 + used.ru_inblock;
}

}  // namespace

StartProgress::StartProgress(ServiceManager& manager) : manager_(manager) {
    if (manager_.is_there()) thread_ = std::thread([this] { run(); });
}

StartProgress::~StartProgress() { stop(); }

void StartProgress::run() {
    std::int64_t seen_ms = 0;
    std::unique_lock lock(mutex_);
    do {
        const std::uint64_t rows = rows_;
        std::string lines = rows == 0 ? "STATUS=opening the store"
                                      : "STATUS=recovering: " + std::to_string(rows) + " rows read";
        const std::int64_t now_ms = work_ms();
        if (seen_ms == 0 || now_ms - seen_ms >= kWorkMs) {
            const auto more = std::chrono::microseconds(kMoreTime).count();
            lines += "\nEXTEND_TIMEOUT_USEC=" + std::to_string(more);
        }
        seen_ms = now_ms;
        manager_.tell(lines);
    } while (!changed_.wait_for(lock, kLookEvery, [this] { return is_over_; }));
}

void StartProgress::stop() {
    {
        std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

}  // namespace swarmq
