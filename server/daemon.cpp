// What is made in which order, and stopped in the opposite one.
#include "daemon.h"

#include <unistd.h>

#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>
#include <stdexcept>
#include <utility>

#include "alert_watch.h"
#include "api/server_facts.h"
#include "base/address.h"
#include "base/asio.h"
#include "base/log.h"
#include "base/loop.h"
#include "broker/broker.h"
#include "broker/time_zones.h"
#include "disk_guard.h"
#include "engine/engine.h"
#include "engine/recovery.h"
#include "exit_codes.h"
#include "format.h"
#include "local_journal.h"
#include "memory_store.h"
#include "net/listener.h"
#include "operations.h"
#include "records.h"
#include "reload.h"
#include "rocks_store.h"

namespace swarmq {
namespace {

constexpr ShardId kShard{0};  // One shard; more come with their own loops.
constexpr std::size_t kAlertSamplesMax = 1'000;  // On the page of metrics.
constexpr std::chrono::seconds kHangUpWithin{2};
constexpr std::chrono::milliseconds kLookEvery{10};

const char* name_of(DurabilityMode mode) {
    switch (mode) {
        case DurabilityMode::Sync:
            return "sync";
        case DurabilityMode::Periodic:
            return "periodic";
        case DurabilityMode::Memory:
            return "memory";
    }
    return "sync";
}

[[noreturn]] void refuse_start(const std::string& what, const Error& error) {
    if (error.is_damage) throw DamagedStore(what + ": " + error.detail);
    throw std::runtime_error(what + ": " + error.detail);
}

template <class T>
T value_or_throw(Result<T>&& result, const std::string& what) {
    if (!result) refuse_start(what, result.error());
    return std::move(result).value();
}

// The directory of --dev, gone at the end.
class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string path = (std::filesystem::temp_directory_path() / "swarmqd-XXXXXX").string();
        if (mkdtemp(path.data()) == nullptr)
            throw std::runtime_error("cannot make a temporary directory like " + path);
        path_ = path;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

void make_directory(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error)
        throw std::runtime_error("data_dir: cannot make " + path + ": " + error.message() +
                                 "; choose another with --data-dir, or try --dev");
}

std::unique_ptr<storage::Store> open_store(const std::string& data_dir, DurabilityMode durability) {
    if (durability == DurabilityMode::Memory) return std::make_unique<storage::MemoryStore>();
    storage::RocksStoreOptions options;
    options.directory = storage::shard_paths(data_dir, kShard).store;
    options.shard = kShard;
    options.log_syncs_late = durability == DurabilityMode::Periodic;
    options.compacts_when_told = true;  // When all is recovered.
    return value_or_throw(storage::RocksStore::open(options), "cannot open " + options.directory);
}

std::unique_ptr<storage::LocalJournal> open_journal(storage::Store& store, const std::string& data_dir,
                                                    DurabilityMode durability, TimeMs now_ms) {
    storage::LocalJournalOptions options;
    options.shard = kShard;
    options.now_ms = now_ms;
    switch (durability) {
        case DurabilityMode::Sync:
            options.durability = storage::Durability::Sync;
            break;
        case DurabilityMode::Periodic:
            options.durability = storage::Durability::Periodic;
            break;
        case DurabilityMode::Memory:
            options.durability = storage::Durability::Memory;
            break;
    }
    if (durability != DurabilityMode::Memory)
        options.superblock_path = storage::shard_paths(data_dir, kShard).superblock;
    return value_or_throw(storage::LocalJournal::open(store, options), "cannot open the store");
}

class EngineSink : public storage::RecoverySink {
  public:
    explicit EngineSink(engine::Recovery& recovery) : recovery_(recovery) {}
    void recover_queue(QueueRecord&& queue) override { recovery_.queue(std::move(queue)); }
    void recover_controls(QueueControls&& controls) override { recovery_.controls(std::move(controls)); }
    void recover_scheduler(SchedulerRecord&& record) override { recovery_.scheduler(std::move(record)); }
    void recover_dedup_key(DedupRecord&& key) override { recovery_.dedup_key(std::move(key)); }
    void recover_job(JobRecord&& job) override { recovery_.job(job); }
    void recover_status(TurnNumber turn, JobStatus&& status) override { recovery_.status(turn, status); }
    void recover_condemned(JobSeq seq) override { recovery_.condemned(seq); }
    void recover_answers(AnswersRecord&& answers) override { recovery_.answers(std::move(answers)); }

  private:
    engine::Recovery& recovery_;
};

std::unique_ptr<engine::Engine> recover_engine(const storage::Store& store, Epoch epoch, TimeMs now_ms,
                                               Operations& operations,
                                               const engine::ZoneSource& zones) {
    engine::EngineOptions options;
    options.shard = kShard;
    options.epoch = epoch;
    options.seed = std::random_device{}() | std::uint64_t{std::random_device{}()} << 32;
    options.now_ms = now_ms;
    options.zones = &zones;
    options.clock_step_ms = broker::Clock::kStepMs;
    auto made = std::make_unique<engine::Engine>(options);
    EngineSink sink(made->recovery());
    std::uint64_t told = 0;
    const auto progress = [&](std::uint64_t rows) {
        operations.recovering(rows);
        if (rows - told < 1'000'000) return;
        told = rows;
        log(LogLevel::Info, "recovering: " + std::to_string(rows) + " rows read");
    };
    if (auto recovered = storage::recover(store, kShard, sink, progress); !recovered)
        refuse_start("cannot recover", recovered.error());
    made->recovery().finish();
    return made;
}

}  // namespace

struct Daemon::Parts {
    explicit Parts(const Options& the_options)
        : options(the_options), data_dir(choose_data_dir()), operations(options), disk(prepare_disk()), store(open_store(data_dir, options.durability)),
          journal(open_journal(*store, data_dir, options.durability, clock.now_ms())),
          epoch(value_or_throw(journal->claim(), "cannot claim the store")),
          engine(recover_engine(*store, epoch, clock.now_ms(), operations, zones)), loop(context),
          broker(loop, clock, *engine, *journal, *store, broker_options()), looks(make_looks()),
          facts(make_facts()),
          listener(context, options.host, options.port, options.connections_max, broker, facts),
          signals(context, SIGTERM, SIGINT), hangups(context, SIGHUP),
          alerts(context, broker, options.alerts) {
        if (auto* const rocks = dynamic_cast<storage::RocksStore*>(store.get()))
            if (auto started = rocks->start_compactions(); !started)
                refuse_start("cannot open the store", started.error());
    }
    ~Parts() { operations.stop(); }

    std::string choose_data_dir() {
        if (!is_loopback("--listen", options.host) && !options.is_insecure)
            throw std::runtime_error("--listen " + options.host +
                                     " can be reached from other machines, and there is no authentication; "
                                     "listen on 127.0.0.1, or say --insecure if that is what you want");
        if (options.is_dev) {
            temporary.emplace();
            if (!options.disk_reserve_bytes) options.disk_reserve_bytes = 0;
            return temporary->path();
        }
        if (options.durability != DurabilityMode::Memory) make_directory(options.data_dir);
        return options.data_dir;
    }

    DiskGuard prepare_disk() {
        DiskGuard guard(data_dir, options.disk_reserve_bytes);
        if (options.durability != DurabilityMode::Memory) guard.prepare();
        return guard;
    }

    broker::BrokerOptions broker_options() {
        broker::BrokerOptions made;
        made.shard = kShard;
        if (options.durability == DurabilityMode::Periodic)
            made.sync_every = std::chrono::milliseconds(options.sync_every_ms);
        if (options.durability != DurabilityMode::Memory)
            made.check_disk = [this] { return disk.refusal(); };
        const std::string backups = options.backup_dir.empty()
                                        ? std::string()
                                        : std::filesystem::absolute(options.backup_dir).string();
        made.maintenance = {kShard, options.durability != DurabilityMode::Memory, backups,
                            options.maintenance_rate_bytes};
        made.on_failure = [this](const Error&) { fail(); };
        return made;
    }

    api::ServerFacts make_facts() {
        api::ServerFacts made;
        made.version = SWARMQ_VERSION;
        made.durability = name_of(options.durability);
        made.epoch = epoch;
        made.shard = kShard;
        made.started_ms = clock.now_ms();
        made.looks = &looks;
        return made;
    }

    std::optional<std::filesystem::space_info> disk_space() const {
        if (options.durability == DurabilityMode::Memory) return std::nullopt;
        std::error_code error;
        const auto space = std::filesystem::space(data_dir, error);
        return error ? std::nullopt : std::optional(space);
    }

    api::ServerLooks make_looks() {
        api::ServerLooks made;
        made.disk = [this]() -> api::ServerLooks::Disk {
            const auto space = disk_space();
            return space ? api::ServerLooks::Disk{space->available, space->capacity}
                         : api::ServerLooks::Disk{};
        };
        made.alerts = [this](std::size_t size_max) { return alerts.raised(size_max); };
        return made;
    }

    http::Sources sources() {
        http::Sources made;
        made.store_figures = [this]() -> std::vector<std::pair<std::string, std::uint64_t>> {
            const auto* const rocks = dynamic_cast<const storage::RocksStore*>(store.get());
            if (rocks == nullptr) return {};
            return rocks->statistics();
        };
        made.disk_free_bytes = [this]() -> std::optional<std::uint64_t> {
            const auto space = disk_space();
            return space ? std::optional<std::uint64_t>(space->available) : std::nullopt;
        };
        return made;
    }

    http::Snapshot snapshot() {
        http::Snapshot taken = http::take_snapshot(broker, facts);
        taken.alerts = alerts.raised(kAlertSamplesMax);
        return taken;
    }

    void serve();
    void await_hangup();
    void reload_options();
    void drain();
    void await_drained(std::chrono::steady_clock::time_point deadline);
    void fail();
    void end_soon();

    Options options;
    std::optional<TemporaryDirectory> temporary;
    broker::Clock clock;
    std::string data_dir;
    Operations operations;
    DiskGuard disk;
    std::unique_ptr<storage::Store> store;
    std::unique_ptr<storage::LocalJournal> journal;
    Epoch epoch;
    broker::TimeZones zones;
    std::unique_ptr<engine::Engine> engine;
    // Without the hint that one thread runs it: what that posts would wait for it, and not for who stands in.
    asio::io_context context;
    Loop loop;
    broker::Broker broker;
    api::ServerLooks looks;
    api::ServerFacts facts;
    net::Listener listener;
    asio::signal_set signals;
    asio::signal_set hangups;
    AlertWatch alerts;
    asio::steady_timer drain_look{context};
    std::optional<asio::steady_timer> last_call;
    int exit_code = kExitOk;
};

void Daemon::Parts::serve() {
    signals.async_wait([this](error_code error, int) {
        if (!error) drain();
    });
    await_hangup();
    broker.start();
    alerts.start();
    listener.start();
    const std::string status = "listening on " + listener.address() + ", durability " + facts.durability +
                               ", " + std::to_string(engine->job_count()) + " jobs, data in " +
                               (options.durability == DurabilityMode::Memory ? "memory" : data_dir) +
                               ", http on " + operations.http_address();
    log(LogLevel::Info, status);
    operations.serve({loop, [this] { return snapshot(); },
                      [this] { return broker.commit_age_ms(); }, sources(), status});
    // For programs that started the daemon and wait for it: both lines come at once, and no more do.
    std::printf("swarmqd listening on %s\nswarmqd http on %s\n", listener.address().c_str(),
                operations.http_address().c_str());
    std::fflush(stdout);
    // A turn that waits for a sync takes longer than to be woken up.
    loop.run(options.durability == DurabilityMode::Sync ? Loop::WhenIdle::Sleeps : Loop::WhenIdle::Looks);
    operations.stop();
}

void Daemon::Parts::await_hangup() {
    hangups.async_wait([this](error_code error, int) {
        if (error) return;
        if (!facts.is_draining) reload_options();
        await_hangup();
    });
}

// A configuration that cannot be read changes nothing.
void Daemon::Parts::reload_options() {
    operations.reloading();
    try {
        const LogLevel before = options.log_level;
        const Reload done = reload(options, parse_again(options));
        disk.set_reserve(options.disk_reserve_bytes);
        listener.set_connections_max(options.connections_max);
        alerts.set_limits(options.alerts);
        // What changes is told at the more talkative of the two levels.
        set_log_level(std::min(before, options.log_level));
        for (const auto& line : done.taken_up) log(LogLevel::Info, "reloaded: " + line);
        for (const auto& line : done.needs_restart)
            log(LogLevel::Warning, "not reloaded, it needs a restart: " + line);
        if (done.taken_up.empty() && done.needs_restart.empty())
            log(LogLevel::Info, "reloaded: nothing has changed");
        set_log_level(options.log_level);
    } catch (const std::exception& error) {
        log(LogLevel::Error, std::string("not reloaded, the settings stay as they are: ") + error.what());
    }
    operations.reloaded();
}

// Takes no more work, lets what was said become durable and be answered, then ends.
void Daemon::Parts::drain() {
    log(LogLevel::Info, "stopping");
    operations.stopping();
    // A second signal does not wait.
    signals.async_wait([this](error_code error, int) {
        if (!error) context.stop();
    });
    facts.is_draining = true;
    listener.drain();
    await_drained(std::chrono::steady_clock::now() + std::chrono::milliseconds(options.stop_timeout_ms));
}

// Clients that never stop sending, do not read, or wait for something far away must not hold the stop up.
void Daemon::Parts::await_drained(std::chrono::steady_clock::time_point deadline) {
    const std::size_t undrained = listener.undrained();
    const bool is_over = std::chrono::steady_clock::now() >= deadline;
    if (undrained > 0 && !is_over) {
        drain_look.expires_after(kLookEvery);
        drain_look.async_wait([this, deadline](error_code) { await_drained(deadline); });
        return;
    }
    if (undrained > 0)
        log(LogLevel::Warning, std::to_string(undrained) + " connections have not taken all their answers within " +
                                   std::to_string(options.stop_timeout_ms) + " ms; they are closed");
    broker.stop([this] {
        listener.stop();
        end_soon();
    });
}

void Daemon::Parts::fail() {
    exit_code = kExitStoreFailed;
    facts.is_draining = true;
    listener.stop();
    end_soon();
}

// Ends the loop when every connection is gone, or when that takes too long.
void Daemon::Parts::end_soon() {
    if (last_call) return;  // A store that fails while it is drained.
    signals.cancel();
    last_call.emplace(context);
    const auto deadline = std::chrono::steady_clock::now() + kHangUpWithin;
    const auto look = [this, deadline](auto again) -> void {
        if (facts.connections == 0 || std::chrono::steady_clock::now() > deadline) {
            context.stop();
            return;
        }
        last_call->expires_after(kLookEvery);
        last_call->async_wait([again](error_code) { again(again); });
    };
    look(look);
}

Daemon::Daemon(const Options& options) {
    start_log(options.log_level, stderr_is_journal());
    std::signal(SIGHUP, SIG_IGN);  // Until it can reload, it must not die of being told to.
    parts_ = std::make_unique<Parts>(options);
}

Daemon::~Daemon() = default;

int Daemon::run() {
    parts_->serve();
    return parts_->exit_code;
}

}  // namespace swarmq
