// A disk that takes no more: the daemon acknowledges nothing that it could not write, ends with a
// code of its own, and has everything acknowledged at the next start.
#include "exit_codes.h"
#include "support/daemon_process.h"
#include "support/requests.h"
#include "support/temporary_directory.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/resource.h>

using namespace swarmq;
using namespace swarmq::test;

namespace {

// No file of the process may grow beyond this from now on: writes answer EFBIG.
void limit_files(pid_t process, rlim_t bytes) {
    const rlimit limit{bytes, bytes};
    REQUIRE(::prlimit(process, RLIMIT_FSIZE, &limit, nullptr) == 0);
}

// Writes beyond the limit would end the daemon with this signal; a child inherits that it is
// ignored.
struct IgnoredSignal {
    IgnoredSignal() { before = std::signal(SIGXFSZ, SIG_IGN); }
    ~IgnoredSignal() { std::signal(SIGXFSZ, before); }
    void (*before)(int);
};

struct Told {
    std::set<std::string> acknowledged;
    std::set<std::string> completed;
    bool was_unknown = false;
    bool was_sent_away = false;
};

void complete_one(RawClient& client, Told& told) {
    const auto taken = take(client, "q");
    if (taken.jobs_size() != 1) return;
    const auto code = complete(client, taken.jobs(0), "r");
    told.was_unknown = code == v1::CODE_UNKNOWN;
    if (code == v1::CODE_UNSPECIFIED) told.completed.insert(taken.jobs(0).id());
}

// Adds, and completes every third, until the daemon ends the connection.
Told work_until_sent_away(RawClient& client) {
    Told told;
    try {
        for (int i = 0; i < 10'000 && !told.was_unknown; ++i) {
            v1::Envelope request = add_request("q");
            one_more(request, std::string(2'000, 'p'));
            const auto answer = client.call(request);
            told.was_unknown = answer.status().code() == v1::CODE_UNKNOWN;
            for (const auto& job : answer.add_jobs_result().jobs())
                told.acknowledged.insert(job.id());
            if (i % 3 == 0 && !told.was_unknown) complete_one(client, told);
        }
    } catch (const std::runtime_error&) {  // The connection ended, or says goodbye below.
    }
    try {
        while (!told.was_sent_away)
            told.was_sent_away =
                client.receive_push().go_away().reason() == v1::GoAway::REASON_STORE_FAILED;
    } catch (const std::runtime_error&) {  // It ended without.
    }
    client.drop();
    return told;
}

}  // namespace

TEST_CASE(
    "a daemon that cannot write ends with its code, and has all that it acknowledged afterwards",
    "[crash][R34][R35]") {
    const IgnoredSignal ignored;
    TemporaryDirectory directory;
    const std::string durability = GENERATE("sync", "periodic");
    const std::vector<std::string> arguments{"--data-dir", directory.path(), "--disk-reserve",
                                             "0",          "--durability",   durability};
    Told told;
    {
        DaemonProcess daemon(arguments);
        RawClient client(daemon.port());
        client.greet("producer");
        limit_files(daemon.pid(), 300'000);
        told = work_until_sent_away(client);
        CHECK(told.was_sent_away);
        CHECK(daemon.wait() == kExitStoreFailed);
    }
    INFO(durability);
    CHECK(told.acknowledged.size() > 20);
    CHECK(told.completed.size() > 5);
    DaemonProcess daemon(arguments);
    RawClient client(daemon.port());
    client.greet("producer");
    for (const auto& id : told.acknowledged) {
        const auto job = get_job(client, "q", id);
        CHECK(job.id() == id);
        CHECK((told.completed.count(id) == 0 || job.state() == v1::JOB_STATE_COMPLETED));
    }
    v1::Envelope request = add_request("q");
    one_more(request, "after");
    CHECK(client.call(request).add_jobs_result().jobs_size() == 1);
    client.drop();
    CHECK(daemon.stop() == kExitOk);
}
