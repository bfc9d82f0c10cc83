// A thread for each task, and what the loop knows of it.
#include "broker/maintenance.h"

#include "base/log.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace swarmq::broker {
namespace {

bool is_same(const AskedBy& a, const AskedBy& b) {
    return !a.client_id.empty() && a.client_id == b.client_id && a.number == b.number;
}

// What throws in spite of all is a failure like others.
template <class Work>
auto without_throwing(Work work) -> decltype(work()) {
    try {
        return work();
    } catch (const std::exception& error) {
        return Error{Code::Internal, error.what()};
    }
}

Error too_many(const std::string& what) {
    return {Code::TooManyInflight, what + " is running; wait for its end"};
}

}  // namespace

// One piece of long work on its thread, and how far it is.
class Maintenance::Task {
  public:
    explicit Task(std::uint64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}
    ~Task() { stop(); }
    Task(const Task&) = delete;

    void run(std::function<void()> work) { thread_ = std::thread(std::move(work)); }

    // From the work: rests as the rate demands. False: end now.
    bool note(const storage::VerifySteps& steps, std::uint64_t worked_bytes) {
        rows_ = steps.rows;
        bytes_ = steps.bytes;
        jobs_ = steps.jobs;
        std::unique_lock lock(mutex_);
        if (bytes_per_second_ == 0) return !is_stopping_;
        const std::chrono::duration<double> due(static_cast<double>(worked_bytes) /
                                                static_cast<double>(bytes_per_second_));
        const auto until = began_at_ + std::chrono::duration_cast<Steady::duration>(due);
        stopping_.wait_until(lock, until, [this] { return is_stopping_; });
        return !is_stopping_;
    }
    storage::VerifySteps steps() const { return {rows_, bytes_, jobs_}; }

    void stop() {
        {
            const std::lock_guard lock(mutex_);
            is_stopping_ = true;
        }
        stopping_.notify_all();
        if (thread_.joinable()) thread_.join();
    }

  private:
    using Steady = std::chrono::steady_clock;

    const std::uint64_t bytes_per_second_;
    const Steady::time_point began_at_ = Steady::now();
    std::atomic<std::uint64_t> rows_ = 0;
    std::atomic<std::uint64_t> bytes_ = 0;
    std::atomic<std::uint64_t> jobs_ = 0;
    std::mutex mutex_;
    std::condition_variable stopping_;
    bool is_stopping_ = false;
    std::thread thread_;
};

Maintenance::Maintenance(Loop& loop, const Clock& clock, const storage::Store& store,
                         MaintenanceOptions options)
    : loop_(loop), clock_(clock), store_(store), options_(std::move(options)) {}

Maintenance::~Maintenance() {
    stop();
}

Result<> Maintenance::check_backup(const std::string& name) const {
    if (!options_.is_on_disk)
        return Error{
            Code::InvalidArgument,
            "this broker keeps nothing on disk (durability memory): there is nothing to back up"};
    if (options_.backup_dir.empty())
        return Error{Code::WrongState,
                     "this broker has no directory for backups; start it with --backup-dir DIR"};
    if (auto checked = storage::check_backup_name(name); !checked) return checked;
    if (is_preparing_ || (backup_ && backup_->is_running)) return too_many("a backup");
    return {};
}

void Maintenance::start_backup(const AskedBy& asked, const std::string& name, Begun begun) {
    if (is_same(asked, backup_asked_)) return begun({});
    if (const auto checked = check_backup(name); !checked) return begun(checked);
    is_preparing_ = true;
    backup_asked_ = asked;
    backup_task_ = std::make_unique<Task>(options_.bytes_per_second);
    const storage::BackupPlace place{options_.backup_dir, name};
    BackupStatus status;
    status.name = name;
    status.path = place.path();
    backup_task_->run([this, place, status, begun = std::move(begun), task = backup_task_.get()] {
        const auto prepared = without_throwing([&] { return storage::prepare_backup(place); });
        loop_.post([this, prepared, status, begun] { backup_prepared(prepared, status, begun); });
        if (!prepared) return;
        const auto watch = [task](const storage::Store::CopySteps& steps) {
            return task->note({0, steps.bytes, 0}, steps.copied);
        };
        const auto ended = without_throwing(
            [&] { return storage::back_up(store_, options_.shard, place, watch); });
        loop_.post([this, ended] { backup_ended(ended); });
    });
}

void Maintenance::backup_prepared(const Result<>& prepared, const BackupStatus& status,
                                  const Begun& begun) {
    is_preparing_ = false;
    if (prepared) {
        backup_ = status;
        backup_->is_running = true;
        backup_->started_ms = wall_now_ms();
        log(LogLevel::Info, "backup: " + status.path + " begins");
    } else {
        backup_asked_ = {};
    }
    begun(prepared);
}

void Maintenance::backup_ended(const Result<storage::BackupReport>& ended) {
    backup_->is_running = false;
    backup_->finished_ms = wall_now_ms();
    if (!ended) {
        backup_->failure = ended.error();
        backup_->bytes = backup_task_->steps().bytes;
        log(LogLevel::Error, "backup: " + backup_->path + " failed: " + ended.error().detail);
        return;
    }
    backup_->bytes = ended->bytes;
    backup_->position = ended->position;
    log(LogLevel::Info, "backup: " + backup_->path + " is whole, position " +
                            storage::describe(ended->position) + ", " +
                            std::to_string(ended->bytes) + " bytes");
}

Result<> Maintenance::start_verify(const AskedBy& asked) {
    if (is_same(asked, verify_asked_)) return {};
    if (verify_ && verify_->is_running) return too_many("a verification");
    verify_asked_ = asked;
    verify_.emplace();
    verify_->is_running = true;
    verify_->started_ms = wall_now_ms();
    log(LogLevel::Info, "verify: begins");
    verify_task_ = std::make_unique<Task>(options_.bytes_per_second);
    verify_task_->run([this, task = verify_task_.get()] {
        const auto progress = [task](const storage::VerifySteps& steps) {
            return task->note(steps, steps.bytes);
        };
        const auto ended = without_throwing([&]() -> Result<storage::VerifyReport> {
            const auto now = store_.snapshot();
            if (!now) return now.error();
            auto report = storage::verify(**now, options_.shard, progress, storage::KeepRows::No);
            if (report.was_stopped) return Error{Code::Draining, "the verification was stopped"};
            return report;
        });
        loop_.post([this, ended] { verify_ended(ended); });
    });
    return {};
}

void Maintenance::verify_ended(const Result<storage::VerifyReport>& ended) {
    verify_->is_running = false;
    verify_->finished_ms = wall_now_ms();
    verify_->steps = verify_task_->steps();
    if (!ended) {
        verify_->failure = ended.error();
        log(LogLevel::Error, "verify: it could not be made: " + ended.error().detail);
        return;
    }
    verify_->steps = {ended->rows, ended->bytes, ended->jobs};
    verify_->problem_count = ended->problem_count;
    const auto& problems = ended->problems;
    const std::size_t shown = std::min(problems.size(), kProblemsShownMax);
    verify_->problems.assign(problems.begin(),
                             problems.begin() + static_cast<std::ptrdiff_t>(shown));
    for (const auto& problem : verify_->problems)
        log(LogLevel::Error, "verify: problem: " + problem);
    log(ended->ok() ? LogLevel::Info : LogLevel::Error,
        "verify: " + std::to_string(ended->jobs) + " jobs, " +
            std::to_string(ended->problem_count) + " problems");
}

std::optional<BackupStatus> Maintenance::backup() const {
    if (!backup_) return std::nullopt;
    BackupStatus now = *backup_;
    if (now.is_running) now.bytes = backup_task_->steps().bytes;
    return now;
}

std::optional<VerifyStatus> Maintenance::verification() const {
    if (!verify_) return std::nullopt;
    VerifyStatus now = *verify_;
    if (now.is_running) now.steps = verify_task_->steps();
    return now;
}

void Maintenance::stop() {
    if (backup_task_) backup_task_->stop();
    if (verify_task_) verify_task_->stop();
}

}  // namespace swarmq::broker
