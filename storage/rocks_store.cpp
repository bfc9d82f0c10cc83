// A log, windows of rows above it in memory, and RocksDB's tables below them.
#include "rocks_store.h"

#include "format.h"
#include "keys.h"
#include "rocks_copy.h"
#include "rocks_log.h"
#include "rocks_log_reader.h"
#include "rocks_reads.h"
#include "rocks_snapshot.h"
#include "rocks_store_env.h"
#include "rocks_tables.h"
#include "row_layers.h"
#include "row_log_format.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace swarmq::storage {
namespace {

// A log file of so many windows' size makes the window full, however few rows are left in it:
// bounds what is read at a start.
constexpr std::uint64_t kLogFileWindows = 2;
// What a row of a window takes besides its key and value is less.
constexpr std::size_t kRowBytesMax = 256;
// With more full windows than this an apply waits.
constexpr std::size_t kSealedMax = 2;
// In a pause a window that is full to a sixteenth is written; less is not worth a table.
constexpr std::size_t kRestShare = 16;
// With more files than this in the first level the next window waits for compactions.
constexpr unsigned long kFirstLevelFilesMax = 24;
constexpr std::chrono::milliseconds kCompactionWait{20};

}  // namespace

struct RocksStore::Impl {
    Impl(const RocksStoreOptions& the_options, rocksdb::Env* the_env)
        : options(the_options),
          files(the_env->GetFileSystem()),
          position_row(position_key(options.shard).str()) {}
    ~Impl();

    Result<> open_layers();
    Result<LogContent> read_log_into_layers();
    Result<> take_over(LogContent content);
    Result<std::vector<std::string>> find_keys(const Windows& windows, Table table,
                                               std::string_view first, std::string_view last) const;
    // The tables and windows as they are now; its snapshot is to be released.
    RocksSource view(Table table, std::string_view first, std::string_view last) const;
    RocksSource view_all() const;
    void write_windows();
    rocksdb::Status write_window(const SealedWindow& window);
    rocksdb::IOStatus log_batch(const Batch& batch, Position position, Sync sync);
    // With so much more in the window and in the log file.
    bool is_full(std::size_t more_bytes) const;
    Result<> seal();

    Error fail(const std::string& what, const rocksdb::Status& status);
    Result<> check_not_failed() const;
    // Waits while too many windows are full.
    Result<> check_can_write() const;

    const RocksStoreOptions options;
    const std::shared_ptr<rocksdb::FileSystem> files;
    const std::string position_row;
    RocksTables tables;
    std::unique_ptr<RowLayers> layers;
    std::unique_ptr<RowLog> log;   // Null: only for reading.
    std::uint64_t torn_bytes = 0;  // Of unfinished writes, at the open.
    std::thread writer;            // Writes full windows into the tables.

    mutable std::mutex mutex;   // Guards `first_failure`.
    std::string first_failure;  // Empty: none.
};

namespace {

Result<NewestKeys> read_newest_keys(const RocksSource& source, ShardId shard, Position applied) {
    const auto row = read_row(source, Table::Main, newest_keys_key(shard));
    if (!row) return row.error();
    if (!*row && applied == Position{}) return NewestKeys{};
    auto newest = *row ? NewestKeys::decode(**row) : std::nullopt;
    if (newest) return *std::move(newest);
    return damage("the row of the newest keys in " + source.directory + " is missing or cannot be understood");
}

LogTrust trust_of(const RocksStoreOptions& options) {
    if (options.access == Access::Salvage) return LogTrust::Salvage;
    return options.log_syncs_late ? LogTrust::SyncedLate : LogTrust::EachSynced;
}

}  // namespace

RocksStore::Impl::~Impl() {
    if (layers) layers->stop();
    if (writer.joinable()) writer.join();
    if (!first_failure.empty() || tables.has_background_error()) tables.abandon();
}

// The first one counts.
Error RocksStore::Impl::fail(const std::string& what, const rocksdb::Status& status) {
    if (layers) layers->stop();
    const std::lock_guard lock{mutex};
    if (first_failure.empty())
        first_failure = what + " in " + options.directory + " failed: " + status.ToString();
    return Error{Code::Unknown, first_failure + "; whether it was kept shows at the next start"};
}

Result<> RocksStore::Impl::check_not_failed() const {
    const std::lock_guard lock{mutex};
    if (first_failure.empty()) return {};
    return Error{Code::Unknown, "nothing is written any more, because " + first_failure};
}

Result<> RocksStore::Impl::open_layers() {
    const auto position = read_position(tables.source(), position_row);
    if (!position) return position.error();
    auto newest = read_newest_keys(tables.source(), options.shard, *position);
    if (!newest) return newest.error();
    layers = std::make_unique<RowLayers>(
        options.shard, *std::move(newest), *position,
        [this](const Windows& windows, Table table, std::string_view first, std::string_view last) {
            return find_keys(windows, table, first, last);
        });
    auto content = read_log_into_layers();
    if (!content) return content.error();
    torn_bytes = tables.torn_bytes() + content->torn_bytes;
    return options.access == Access::ReadOnly ? Result<>{} : take_over(*std::move(content));
}

Result<LogContent> RocksStore::Impl::read_log_into_layers() {
    auto content = read_log(*files, options.directory, layers->applied(), trust_of(options),
                            [this](Position position, std::string_view bytes) -> Result<bool> {
                                auto batch = Batch::from_bytes(std::string{bytes});
                                if (!batch) return damage(batch.error().detail);
                                auto applied = layers->apply(*batch, position);
                                if (!applied) return applied.error();
                                return true;
                            });
    if (content.code() == Code::NotFound) return damage(content.error().detail);
    return content;
}

// What is in the log may be in the memory of the system alone, after a sync that failed or never was: it is made durable
// in tables before anything is built on it, and the files stay until then. A database to be salvaged that takes nothing in is
// only read.
Result<> RocksStore::Impl::take_over(LogContent content) {
    InheritedLog inherited{std::move(content.ruled_out), options.access == Access::Salvage};
    for (const auto& [number, unused] : content.files)
        inherited.names.push_back(log_file_name(number));
    std::uint64_t newest = 0;
    for (const std::string& name : inherited.names) newest = std::max(newest, *log_file_number(name));
    layers->seal();
    if (const auto window = layers->oldest_sealed()) {
        const rocksdb::Status written = tables.take_in(window->rows);
        if (!written.ok() && options.access == Access::Salvage) return {};
        if (!written.ok()) return open_error(options, written);
        layers->drop_sealed();
    }
    const WriteAhead ahead = options.log_syncs_late ? WriteAhead::No : WriteAhead::Zeros;
    log = std::make_unique<RowLog>(files, options.directory, newest, std::move(inherited), ahead);
    writer = std::thread{[this] { write_windows(); }};
    return {};
}

Result<std::vector<std::string>> RocksStore::Impl::find_keys(const Windows& windows, Table table,
                                                             std::string_view first,
                                                             std::string_view last) const {
    RocksSource below = tables.source();
    below.windows = windows;
    std::vector<std::string> keys;
    auto scanned =
        scan_rows(below, table, first, last, [&](std::string_view key, std::string_view) {
            keys.emplace_back(key);
            return true;
        });
    // Whoever only looks, or repairs, goes on with the rows that can be read.
    if (!scanned && options.access == Access::ReadWrite) return scanned.error();
    return keys;
}

RocksSource RocksStore::Impl::view(Table table, std::string_view first,
                                   std::string_view last) const {
    RocksSource now = tables.source();
    now.windows = layers->view(table, first, last, [&] { now.snapshot = tables.db().GetSnapshot(); });
    return now;
}

RocksSource RocksStore::Impl::view_all() const {
    RocksSource now = tables.source();
    now.windows = layers->view_all([&] { now.snapshot = tables.db().GetSnapshot(); });
    return now;
}

// The writing thread's loop.
void RocksStore::Impl::write_windows() {
    while (const auto window = layers->wait_for_sealed()) {
        if (const rocksdb::Status written = write_window(*window); !written.ok()) {
            fail("writing rows into tables", written);
            return;
        }
        layers->drop_sealed();
        log->forget(window->last);
    }
}

rocksdb::Status RocksStore::Impl::write_window(const SealedWindow& window) {
    if (tables.first_level_files() > kFirstLevelFilesMax)
        if (auto started = tables.start_compactions(); !started.ok()) return started;
    while (tables.first_level_files() > kFirstLevelFilesMax) {
        if (tables.has_background_error())
            return rocksdb::Status::Aborted("RocksDB stopped compacting after an error; its LOG file has it");
        if (layers->wait_until_stopped(kCompactionWait)) break;
    }
    return tables.take_in(window.rows);
}

rocksdb::IOStatus RocksStore::Impl::log_batch(const Batch& batch, Position position, Sync sync) {
    rocksdb::IOStatus logged = log->append(layers->applied(), position, batch.bytes());
    return logged.ok() && sync == Sync::Yes ? log->sync() : logged;
}

bool RocksStore::Impl::is_full(std::size_t more_bytes) const {
    return layers->filling_bytes() + more_bytes >= options.window_bytes ||
           log->file_bytes() + more_bytes >= kLogFileWindows * options.window_bytes;
}

Result<> RocksStore::Impl::seal() {
    if (auto rotated = log->rotate(); !rotated.ok()) return fail("a sync", rotated);
    layers->seal();
    return {};
}

Result<> RocksStore::Impl::check_can_write() const {
    if (!log && first_failure.empty())
        return Error{Code::Internal, options.directory + " was opened only for reading"};
    layers->wait_until_sealed_at_most(kSealedMax);
    return check_not_failed();
}

Result<std::unique_ptr<RocksStore>> open_rocks_store(const RocksStoreOptions& options,
                                                     rocksdb::Env* env) {
    if (options.access == Access::ReadWrite) {
        std::error_code error;
        std::filesystem::create_directories(options.directory, error);
        if (error)
            return Error{Code::Internal, "cannot create " + options.directory + ": " +
                                             error.message() +
                                             "; name a directory that can be written"};
    }
    auto impl = std::make_unique<RocksStore::Impl>(options, env);
    if (auto opened = impl->tables.open(options, env); !opened) return opened.error();
    if (auto opened = impl->open_layers(); !opened) return opened.error();
    return std::make_unique<RocksStore>(std::move(impl));
}

Result<std::unique_ptr<RocksStore>> RocksStore::open(const RocksStoreOptions& options) {
    return open_rocks_store(options, rocksdb::Env::Default());
}

RocksStore::RocksStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksStore::~RocksStore() = default;

Result<> RocksStore::apply(const Batch& batch, Position position, Sync sync) {
    if (auto good = impl_->check_can_write(); !good) return good;
    if (auto logged = impl_->log_batch(batch, position, sync); !logged.ok())
        return impl_->fail("a write", logged);
    if (auto applied = impl_->layers->apply(batch, position); !applied)
        return impl_->fail("finding the rows of a range",
                           rocksdb::Status::IOError(applied.error().detail));
    return impl_->is_full(0) ? impl_->seal() : Result<>{};
}

// A range is looked up in tables; a full window is a synced log file, and the next one.
bool RocksStore::may_wait(const Batch& batch) const {
    if (batch.erases_ranges() || !impl_->log || !impl_->log->has_file()) return true;
    const std::size_t bytes_max = batch.bytes().size() + batch.operations() * kRowBytesMax;
    return impl_->is_full(bytes_max) || impl_->layers->sealed_count() > kSealedMax;
}

Result<> RocksStore::sync() {
    if (auto good = impl_->check_can_write(); !good) return good;
    if (auto synced = impl_->log->sync(); !synced.ok()) return impl_->fail("a sync", synced);
    return {};
}

Result<> RocksStore::rest() {
    if (impl_->layers->filling_bytes() < impl_->options.window_bytes / kRestShare) return {};
    if (auto good = impl_->check_can_write(); !good) return good;
    return impl_->seal();
}

Position RocksStore::applied() const {
    return impl_->layers->applied();
}

Result<std::optional<std::string>> RocksStore::get(Table table, std::string_view key) const {
    RowWindow::Row row;
    if (impl_->layers->find(table, key, row)) return row;
    return read_row(impl_->tables.source(), table, key);
}

Result<std::vector<std::optional<std::string>>> RocksStore::get_many(
    Table table, std::span<const std::string> keys) const {
    return read_rows(impl_->tables.source(), table, keys, [&](std::string_view key, RowWindow::Row& row) {
        return impl_->layers->find(table, key, row);
    });
}

Result<> RocksStore::scan(Table table, std::string_view from, std::string_view to,
                          const RowVisitor& row) const {
    const RocksSource now = impl_->view(table, from, to);
    auto scanned = scan_rows(now, table, from, to, row);
    impl_->tables.db().ReleaseSnapshot(now.snapshot);
    return scanned;
}

Result<std::unique_ptr<Store>> RocksStore::snapshot() const {
    return RocksSnapshot::take(impl_->view_all(), impl_->position_row);
}

// What lies in windows is written into the tables first: a copy needs no log.
Result<> RocksStore::copy_to(const std::string& directory, const CopyWatch& watch) const {
    if (auto good = impl_->check_can_write(); !good) return good;
    const Position upto = applied();
    impl_->layers->seal();
    if (!impl_->layers->wait_until_written(upto))
        if (auto good = impl_->check_not_failed(); !good) return good;
    return copy_live_files(impl_->tables.db(), directory, watch);
}

Result<> RocksStore::changes_since(Position after, const BatchVisitor& visit) const {
    const Position last = applied();
    if (after == last) return {};
    const Error not_held{Code::NotFound, "the batch after " + describe(after) +
                                             " is no longer held (the last is " + describe(last) +
                                             "): start from a copy of the whole store"};
    if (after.incarnation != last.incarnation || after > last) return not_held;
    const auto content =
        read_log(*impl_->files, impl_->options.directory, after, LogTrust::SyncedLate,
                 [&](Position position, std::string_view bytes) -> Result<bool> {
                     const auto batch = Batch::from_bytes(std::string{bytes});
                     if (!batch) return damage(batch.error().detail);
                     return visit(position, *batch) && position < last;
                 });
    if (content && content->last == after) return not_held;
    if (content) return {};
    return content.code() == Code::NotFound ? not_held : content.error();
}

std::uint64_t RocksStore::log_number() const {
    return impl_->log ? impl_->log->number() : 0;
}

Result<> RocksStore::start_compactions() {
    const rocksdb::Status started = impl_->tables.start_compactions();
    return started.ok() ? Result<>{} : impl_->fail("starting compactions", started);
}

std::vector<std::pair<std::string, std::uint64_t>> RocksStore::statistics() const {
    std::vector<std::pair<std::string, std::uint64_t>> all{
        {"torn_bytes", impl_->torn_bytes},
        {"window_bytes", impl_->layers->bytes()},
        {"full_windows", impl_->layers->sealed_count()},
        {"log_bytes", impl_->log ? impl_->log->bytes() : 0}};
    for (auto& one : impl_->tables.statistics()) all.push_back(std::move(one));
    return all;
}

}  // namespace swarmq::storage
