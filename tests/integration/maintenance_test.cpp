// Backups and verifications of a daemon at work.
#include "support/programs.h"
#include "support/requests.h"
#include "support/table_files.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace swarmq;
using namespace swarmq::test;

namespace {

struct Served {
    explicit Served(std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"--data-dir", directory.file("data"), "--disk-reserve",
                                           "0",          "--backup-dir",         backups()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        daemon.emplace(arguments);
    }
    std::string backups() const { return directory.file("backups"); }

    TemporaryDirectory directory;
    std::optional<DaemonProcess> daemon;
};

v1::Envelope start_backup(RawClient& client, const std::string& name) {
    v1::Envelope request;
    request.mutable_start_backup()->set_name(name);
    return client.call(request);
}

v1::Maintenance maintenance(RawClient& client) {
    v1::Envelope request;
    request.mutable_get_maintenance();
    return client.call(request).maintenance();
}

v1::BackupState backup_end(RawClient& client) {
    while (true) {
        const auto state = maintenance(client).backup();
        if (!state.running()) return state;
    }
}

v1::VerifyState verify_end(RawClient& client) {
    while (true) {
        const auto state = maintenance(client).verify();
        if (!state.running()) return state;
    }
}

v1::Code start_verify(RawClient& client) {
    v1::Envelope request;
    request.mutable_start_verify();
    return client.call(request).status().code();
}

// Adds jobs and completes some of them, and remembers what was acknowledged, until it is told to
// stop.
struct Load {
    explicit Load(std::uint16_t port) : client(port) { client.greet(); }

    void run() {
        while (!is_over) {
            const std::string payload(static_cast<std::size_t>(100 + added.size() % 20 * 500), 'x');
            const std::string id = add_one(client, "q", payload);
            added.insert(id);
            ++acknowledged;
            if (added.size() % 3 != 0) continue;
            const auto taken = take(client, "q");
            if (taken.jobs_size() != 1 ||
                complete(client, taken.jobs(0), "done") != v1::CODE_UNSPECIFIED)
                continue;
            completed.insert(taken.jobs(0).id());
        }
    }

    RawClient client;
    std::set<std::string> added;
    std::set<std::string> completed;
    std::atomic<std::uint64_t> acknowledged = 0;
    std::atomic<bool> is_over = false;
};

}  // namespace

TEST_CASE("a backup taken under load, and started from, has every job acknowledged before it",
          "[integration][R28][R34]") {
    Served served;
    RawClient client(served.daemon->port());
    client.greet();
    // Known before: acknowledged adds, completions, and what people set.
    std::map<std::string, v1::JobState> before;
    for (int i = 0; i < 200; ++i)
        before[add_one(client, "known", std::string(3'000, 'p'))] = v1::JOB_STATE_WAITING;
    const auto taken = take(client, "known", 50);
    REQUIRE(taken.jobs_size() == 50);
    for (const auto& job : taken.jobs()) {
        CHECK(complete(client, job, "result of " + job.id()) == v1::CODE_UNSPECIFIED);
        before[job.id()] = v1::JOB_STATE_COMPLETED;
    }
    v1::Envelope settings;
    settings.mutable_set_queue_settings()->set_queue("known");
    settings.mutable_set_queue_settings()->mutable_settings()->set_waiting_max(1'000'000);
    client.call(settings);

    Load load(served.daemon->port());
    std::thread loader([&] { load.run(); });
    while (load.acknowledged < 50) std::this_thread::yield();
    const std::uint64_t at_least = load.acknowledged;
    const auto begun = start_backup(client, "under-load");
    const auto state = backup_end(client);
    load.is_over = true;
    loader.join();
    CHECK(begun.status().code() == v1::CODE_UNSPECIFIED);
    INFO(state.failure().message());
    CHECK_FALSE(state.has_failure());
    CHECK(state.bytes() > 0);
    CHECK(state.finished_ms() >= state.started_ms());
    CHECK(state.path() == served.backups() + "/under-load");

    const auto verified = run(0, "swarmqd verify --data-dir " + state.path());
    INFO(verified.text);
    CHECK(verified.exit_code == 0);
    CHECK(verified.text.find(std::to_string(state.sequence()) + " of incarnation " +
                             std::to_string(state.incarnation())) != std::string::npos);
    const DaemonProcess restored({"--data-dir", state.path(), "--disk-reserve", "0"});
    RawClient reader(restored.port());
    reader.greet();
    for (const auto& [id, job_state] : before) {
        const auto job = get_job(reader, "known", id);
        CHECK(job.state() == job_state);
        if (job_state == v1::JOB_STATE_COMPLETED) CHECK(job.result() == "result of " + id);
    }
    const auto counted = metrics(reader, "q");
    CHECK(counted.added_total() >= at_least);
    CHECK(counted.waiting() + counted.active() + counted.completed() == counted.added_total());
    v1::Envelope ask;
    ask.mutable_get_queue_settings()->set_queue("known");
    CHECK(reader.call(ask).queue_settings().waiting_max() == 1'000'000);
    // The restored one works, and the other goes on as if nothing had been.
    CHECK(take(reader, "known", 150).jobs_size() == 150);
    CHECK(take(client, "known", 150).jobs_size() == 150);
}

TEST_CASE("a backup is refused where it cannot be made, with what would be right",
          "[integration][R28]") {
    Served served;
    RawClient client(served.daemon->port());
    client.greet("operator");
    CHECK(start_backup(client, "../elsewhere").status().code() == v1::CODE_INVALID_ARGUMENT);
    CHECK_FALSE(maintenance(client).has_backup());
    v1::Envelope request;
    request.set_id(500);
    request.mutable_start_backup()->set_name("b");
    CHECK(client.call(request).status().code() == v1::CODE_UNSPECIFIED);
    CHECK_FALSE(backup_end(client).has_failure());
    // Sent again it is known; asked for anew the name is taken.
    CHECK(client.call(request).status().code() == v1::CODE_UNSPECIFIED);
    CHECK(start_backup(client, "b").status().code() == v1::CODE_ALREADY_EXISTS);
    const DaemonProcess without(
        {"--data-dir", served.directory.file("other"), "--disk-reserve", "0"});
    RawClient other(without.port());
    other.greet();
    const auto refused = start_backup(other, "b").status();
    CHECK(refused.code() == v1::CODE_WRONG_STATE);
    CHECK(refused.message().find("--backup-dir") != std::string::npos);
    const DaemonProcess memory({"--ephemeral", "--backup-dir", served.backups()});
    RawClient third(memory.port());
    third.greet();
    CHECK(start_backup(third, "c").status().code() == v1::CODE_INVALID_ARGUMENT);
    // A directory that cannot be made.
    std::ofstream(served.directory.file("file")) << "";
    const DaemonProcess blocked({"--data-dir", served.directory.file("third"), "--disk-reserve",
                                 "0", "--backup-dir", served.directory.file("file") + "/below"});
    RawClient fourth(blocked.port());
    fourth.greet();
    CHECK(start_backup(fourth, "d").status().code() == v1::CODE_INTERNAL);
    CHECK_FALSE(maintenance(fourth).has_backup());
}

TEST_CASE(
    "a verification reads everything beside the work, one at a time, and ends with the daemon",
    "[integration][R28]") {
    Served served({"--maintenance-rate", "1M"});
    RawClient client(served.daemon->port());
    client.greet();
    for (int i = 0; i < 20; ++i) add_one(client, "q", std::string(300'000, 'x'));
    CHECK(start_verify(client) == v1::CODE_UNSPECIFIED);
    // Six megabytes at one a second: it runs on while others work.
    CHECK(start_verify(client) == v1::CODE_TOO_MANY_INFLIGHT);
    CHECK(maintenance(client).verify().running());
    CHECK_FALSE(add_one(client, "q", "{}").empty());
    CHECK(maintenance(client).verify().finished_ms() == 0);
    client.drop();
    CHECK(served.daemon->stop() == 0);
}

TEST_CASE("an online verification counts what is there, and names what is damaged",
          "[integration][R28]") {
    TemporaryDirectory directory;
    const std::string data = directory.file("data");
    const std::vector<std::string> arguments{
        "--data-dir", data, "--disk-reserve", "0", "--backup-dir", directory.file("backups")};
    {
        DaemonProcess daemon(arguments);
        RawClient client(daemon.port());
        client.greet();
        v1::Envelope request = add_request("q");
        for (int i = 0; i < 500; ++i) one_more(request, std::to_string(i));
        client.call(request);
        CHECK(start_verify(client) == v1::CODE_UNSPECIFIED);
        const auto sound = verify_end(client);
        CHECK_FALSE(sound.has_failure());
        CHECK(sound.problem_count() == 0);
        CHECK(sound.jobs() == 500);
        CHECK(sound.rows() > 500);
        CHECK(sound.bytes() > 0);
        CHECK(sound.finished_ms() >= sound.started_ms());
        daemon.kill();
    }
    const std::string table = move_rows_into_tables(data + "/shard-0");
    DaemonProcess daemon(arguments);
    std::fstream file(table, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(5'000);
    file << std::string(20, '\x55');
    file.close();
    RawClient client(daemon.port());
    client.greet();
    CHECK(start_verify(client) == v1::CODE_UNSPECIFIED);
    const auto damaged = verify_end(client);
    INFO(damaged.DebugString());
    CHECK(damaged.problem_count() > 0);
    CHECK(damaged.problems_size() > 0);
    // What is damaged holds nobody up, however often it is looked at, until the next start.
    CHECK_FALSE(add_one(client, "other", "{}").empty());
    CHECK(start_verify(client) == v1::CODE_UNSPECIFIED);
    CHECK(verify_end(client).problem_count() > 0);
    for (int i = 0; i < 20; ++i) CHECK_FALSE(add_one(client, "other", "{}").empty());
    CHECK(start_backup(client, "of-what-is-left").status().code() == v1::CODE_UNSPECIFIED);
    const auto backup = backup_end(client);
    INFO(backup.DebugString());
    CHECK_FALSE(backup.has_failure());
    CHECK_FALSE(add_one(client, "other", "{}").empty());
    client.drop();
    CHECK(daemon.stop() == 0);
    const auto refused = run(0, "swarmqd --listen 127.0.0.1:0 --data-dir " + data);
    INFO(refused.text);
    CHECK(refused.exit_code == 2);
}
