// `swarm verify`: the broker reads everything it keeps.
#include "exit_codes.h"
#include "job_json.h"
#include "maintenance.h"
#include "table.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>

namespace swarmq::cli {
namespace {

// One that runs already is as good.
void begin(Admin admin) {
    try {
        admin.start_verify();
    } catch (const SwarmqError& error) {
        if (error.code() != Code::TooManyInflight) throw;
        fmt::print(stderr, "a verification is running already: waiting for its end\n");
    }
}

VerifyState wait_for_end(Admin admin) {
    std::optional<VerifyState> seen;
    watch_maintenance(admin, "verifying",
                      [&](const Maintenance& now) -> std::optional<std::string> {
                          seen = now.verify;
                          if (!seen || !seen->running) return std::nullopt;
                          return fmt::format("{} rows, {} jobs, {}", seen->rows, seen->jobs,
                                             show_bytes(seen->bytes));
                      });
    if (seen) return *seen;
    throw SwarmqError(
        Error{Code::Unknown, "the broker was started anew meanwhile: verify once more"});
}

void print_verify(const VerifyState& verify, bool is_json) {
    if (is_json) {
        boost::json::array problems;
        for (const std::string& problem : verify.problems) problems.emplace_back(problem);
        print_json({{"rows", verify.rows},
                    {"bytes", verify.bytes},
                    {"jobs", verify.jobs},
                    {"problem_count", verify.problem_count},
                    {"problems", std::move(problems)}});
        return;
    }
    fmt::print("{} rows read, {} jobs, {}\n", verify.rows, verify.jobs, show_bytes(verify.bytes));
    for (const std::string& problem : verify.problems)
        fmt::print("problem: {}\n", printable(problem));
    if (verify.problem_count > verify.problems.size()) {
        fmt::print("and {} more\n", verify.problem_count - verify.problems.size());
    }
    fmt::print("{}\n", verify.problem_count == 0
                           ? "everything is in order"
                           : "damaged: take a backup, stop the broker, then `swarmqd verify` and "
                             "`swarmqd repair` on its data directory");
}

}  // namespace

Run declare_verify(Arguments& arguments) {
    auto is_json = std::make_shared<bool>(false);
    arguments.flag("--json", *is_json, "One JSON object, for programs");
    return [is_json](Session& session) {
        Admin admin = session.admin();
        begin(admin);
        const VerifyState verify = wait_for_end(admin);
        if (verify.failure) throw SwarmqError(*verify.failure);
        print_verify(verify, *is_json);
        return verify.problem_count == 0 ? kExitOk : kExitDamaged;
    };
}

}  // namespace swarmq::cli
