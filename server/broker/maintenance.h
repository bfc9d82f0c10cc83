// Long work for operators beside the daily one: a backup, a verification of what is stored (R28). Each runs on a
// thread of its own, reads the store at a bounded rate and ends early when the daemon stops.
// Owner: the loop's thread; everything but the work itself happens there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backup.h"
#include "base/loop.h"
#include "broker/clock.h"
#include "model/error.h"
#include "store.h"
#include "verify.h"

namespace swarmq::broker {

struct MaintenanceOptions {
    ShardId shard{};
    bool is_on_disk = true;
    std::string backup_dir = {};         // Empty: no backups are made.
    std::uint64_t bytes_per_second = 0;  // Of each; 0: no bound.
};

struct BackupStatus {
    std::string name;
    std::string path;
    bool is_running = false;
    std::optional<Error> failure;
    std::uint64_t bytes = 0;
    storage::Position position;
    TimeMs started_ms = 0;   // By the wall clock, as is the next.
    TimeMs finished_ms = 0;  // 0: it runs.
};

struct VerifyStatus {
    bool is_running = false;
    std::optional<Error> failure;
    storage::VerifySteps steps;
    std::uint64_t problem_count = 0;
    std::vector<std::string> problems;  // The first kProblemsShownMax.
    TimeMs started_ms = 0;
    TimeMs finished_ms = 0;
};

inline constexpr std::size_t kProblemsShownMax = 20;

// Who asked for it: the same request that comes again begins nothing anew. An empty client is nobody.
struct AskedBy {
    std::string client_id;
    std::uint64_t number = 0;
};

class Maintenance {
  public:
    // `store` outlives it, or its stop().
    Maintenance(Loop& loop, const Clock& clock, const storage::Store& store, MaintenanceOptions options);
    ~Maintenance();

    bool can_back_up() const { return options_.is_on_disk && !options_.backup_dir.empty(); }
    // Calls `begun` once, at once or later on the loop: with the refusal, or when there is room and a name for it.
    // InvalidArgument, AlreadyExists, WrongState (no directory), TooManyInflight, Internal.
    using Begun = std::function<void(const Result<>&)>;
    void start_backup(const AskedBy& asked, const std::string& name, Begun begun);
    // TooManyInflight: one is running.
    Result<> start_verify(const AskedBy& asked);

    // The newest of this boot; nothing: there was none.
    std::optional<BackupStatus> backup() const;
    std::optional<VerifyStatus> verification() const;

    // Ends what is running, at the next part of it. Idempotent.
    void stop();

  private:
    class Task;

    Result<> check_backup(const std::string& name) const;
    void backup_prepared(const Result<>& prepared, const BackupStatus& status, const Begun& begun);
    void backup_ended(const Result<storage::BackupReport>& ended);
    void verify_ended(const Result<storage::VerifyReport>& ended);
    TimeMs wall_now_ms() const { return clock_.now_ms() + clock_.wall_offset_ms(); }

    Loop& loop_;
    const Clock& clock_;
    const storage::Store& store_;
    const MaintenanceOptions options_;
    bool is_preparing_ = false;
    AskedBy backup_asked_;
    AskedBy verify_asked_;
    std::optional<BackupStatus> backup_;
    std::optional<VerifyStatus> verify_;
    std::unique_ptr<Task> backup_task_;  // Running, or the last one.
    std::unique_ptr<Task> verify_task_;
};

}  // namespace swarmq::broker
