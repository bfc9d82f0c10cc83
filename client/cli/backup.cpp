// `swarm backup`: the broker copies what it keeps into a directory of its own.
#include "exit_codes.h"
#include "job_json.h"
#include "maintenance.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <memory>
#include <optional>

namespace swarmq::cli {
namespace {

struct Backup {
    std::optional<std::string> name;
    bool is_json = false;
};

// Sorts by time.
std::string name_for_now() {
    return fmt::format("{:%Y%m%d-%H%M%S}", fmt::gmtime(std::time(nullptr)));
}

BackupState wait_for_end(Admin admin, const std::string& name) {
    std::optional<BackupState> seen;
    watch_maintenance(admin, "backing up",
                      [&](const Maintenance& now) -> std::optional<std::string> {
                          seen = now.backup;
                          if (!seen || seen->name != name || !seen->running) return std::nullopt;
                          return show_bytes(seen->bytes);
                      });
    if (seen && seen->name == name) return *seen;
    throw SwarmqError(
        Error{Code::Unknown, fmt::format("the broker was started anew meanwhile: backup {} "
                                         "was not finished, take another",
                                         name)});
}

void print_backup(const BackupState& backup, bool is_json) {
    if (is_json) {
        print_json({{"name", backup.name},
                    {"path", backup.path},
                    {"bytes", backup.bytes},
                    {"incarnation", backup.incarnation},
                    {"sequence", backup.sequence}});
        return;
    }
    fmt::print("{} holds everything up to position {} of incarnation {}, {}\n", backup.path,
               backup.sequence, backup.incarnation, show_bytes(backup.bytes));
}

}  // namespace

Run declare_backup(Arguments& arguments) {
    auto asked = std::make_shared<Backup>();
    arguments.optional_word("NAME", asked->name,
                            "Of its directory. Default: the time, 20250131-235959");
    arguments.flag("--json", asked->is_json, "One JSON object, for programs");
    return [asked](Session& session) {
        Admin admin = session.admin();
        const std::string name = asked->name.value_or(name_for_now());
        admin.start_backup(name);
        const BackupState backup = wait_for_end(admin, name);
        if (backup.failure) throw SwarmqError(*backup.failure);
        print_backup(backup, asked->is_json);
        return kExitOk;
    };
}

}  // namespace swarmq::cli
