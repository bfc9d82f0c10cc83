// A log, windows of rows above it in memory, and RocksDB's tables below them.
#include "rocks_store.h"

#include "format.h"
#include "keys.h"
#include "rocks_copy.h"
#include "rocks_ingest.h"
#include "rocks_log.h"
#include "rocks_log_reader.h"
#include "rocks_options.h"
#include "rocks_reads.h"
#include "rocks_snapshot.h"
#include "rocks_store_env.h"
#include "rocks_torn_tail.h"
#include "row_layers.h"
#include "row_log_format.h"

#include <rocksdb/convenience.h>
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
constexpr std::uint64_t kLogFileWindows = 4;
// With more full windows than this an apply waits.
constexpr std::size_t kSealedMax = 2;
// With more files than this in the first level the next window waits for compactions.
constexpr unsigned long kFirstLevelFilesMax = 24;
constexpr std::chrono::milliseconds kCompactionWait{20};

}  // namespace

struct RocksStore::Impl {
    Impl(const RocksStoreOptions& the_options, rocksdb::Env* the_env)
        : options(the_options),
          env(the_env),
          files(the_env->GetFileSystem()),
          position_row(position_key(options.shard).str()) {}
    ~Impl();

    RocksSource source() const { return {*db, tables, options.directory}; }
    Result<> open_tables();
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
    unsigned long first_level_files() const;
    bool has_background_error() const;
    rocksdb::IOStatus log_batch(const Batch& batch, Position position, Sync sync);
    Result<> seal_if_full();

    void abandon();
    Error fail(const std::string& what, const rocksdb::Status& status);
    Result<> check_not_failed() const;
    // Waits while too many windows are full.
    Result<> check_can_write() const;

    const RocksStoreOptions options;
    rocksdb::Env* const env;
    const std::shared_ptr<rocksdb::FileSystem> files;
    const std::string position_row;
    std::unique_ptr<rocksdb::DB> db;
    std::vector<rocksdb::ColumnFamilyHandle*> tables;  // In the order of Table.
    std::unique_ptr<RowLayers> layers;
    std::unique_ptr<RowLog> log;   // Null: only for reading.
    std::uint64_t torn_bytes = 0;  // Of unfinished writes, at the open.
    std::thread writer;            // Writes full windows into the tables.

    mutable std::mutex mutex;   // Guards `first_failure`.
    std::string first_failure;  // Empty: none.
};

namespace {

Error open_error(const RocksStoreOptions& options, const rocksdb::Status& status) {
    const std::string text = status.ToString();
    if (text.find("lock") != std::string::npos && status.IsIOError())
        return Error{Code::Unavailable,
                     options.directory +
                         " is in use by another process: stop that one, or choose "
                         "another data directory (" +
                         text + ")"};
    return Error{
        Code::Internal,
        "cannot open " + options.directory + ": " + text +
            "; `swarmqd verify` shows what can be read, `swarmqd repair` keeps what can be read",
        0, is_damage(status)};
}

rocksdb::Status open_db(const RocksStoreOptions& options, rocksdb::Env* env,
                        std::vector<rocksdb::ColumnFamilyHandle*>& tables, rocksdb::DB*& db) {
    const rocksdb::DBOptions db_opts = db_options(options, env);
    const auto families = column_families(options);
    if (options.access == Access::ReadOnly)
        return rocksdb::DB::OpenForReadOnly(db_opts, options.directory, families, &tables, &db);
    return rocksdb::DB::Open(db_opts, options.directory, families, &tables, &db);
}

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
    if (db && (!first_failure.empty() || has_background_error())) abandon();
    for (rocksdb::ColumnFamilyHandle* table : tables)
        if (db) db->DestroyColumnFamilyHandle(table);
}

// A database that failed is stopped and never closed: 7.8 may abort the process when it is closed
// after a failed write. The process ends soon; until then the directory stays locked.
void RocksStore::Impl::abandon() {
    struct Abandoned {
        rocksdb::DB* db;
        std::vector<rocksdb::ColumnFamilyHandle*> tables;
    };
    static auto* const all = new std::vector<Abandoned>;
    static std::mutex all_mutex;
    rocksdb::CancelAllBackgroundWork(db.get(), true);
    const std::lock_guard lock{all_mutex};
    all->push_back({db.release(), std::exchange(tables, {})});
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

// What looks like damage of the manifest may be the write during which the power went, which is cut
// off.
Result<> RocksStore::Impl::open_tables() {
    rocksdb::DB* opened_db = nullptr;
    rocksdb::Status opened = open_db(options, env, tables, opened_db);
    if (opened.IsCorruption() && options.access == Access::ReadWrite) {
        const auto tail = find_torn_tail(options.directory);
        if (tail && cut_off(*tail)) {
            torn_bytes = tail->torn_bytes;
            opened = open_db(options, env, tables, opened_db);
        }
    }
    db.reset(opened_db);
    return opened.ok() ? Result<>{} : open_error(options, opened);
}

Result<> RocksStore::Impl::open_layers() {
    const auto position = read_position(source(), position_row);
    if (!position) return position.error();
    auto newest = read_newest_keys(source(), options.shard, *position);
    if (!newest) return newest.error();
    layers = std::make_unique<RowLayers>(
        options.shard, *std::move(newest), *position,
        [this](const Windows& windows, Table table, std::string_view first, std::string_view last) {
            return find_keys(windows, table, first, last);
        });
    auto content = read_log_into_layers();
    if (!content) return content.error();
    torn_bytes += content->torn_bytes;
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
        const rocksdb::Status written = ingest(*db, tables, options.directory, window->rows);
        if (!written.ok() && options.access == Access::Salvage) return {};
        if (!written.ok()) return open_error(options, written);
        layers->drop_sealed();
    }
    log = std::make_unique<RowLog>(files, options.directory, newest, std::move(inherited));
    writer = std::thread{[this] { write_windows(); }};
    return {};
}

Result<std::vector<std::string>> RocksStore::Impl::find_keys(const Windows& windows, Table table,
                                                             std::string_view first,
                                                             std::string_view last) const {
    RocksSource below = source();
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
    RocksSource now = source();
    now.windows = layers->view(table, first, last, [&] { now.snapshot = db->GetSnapshot(); });
    return now;
}

RocksSource RocksStore::Impl::view_all() const {
    RocksSource now = source();
    now.windows = layers->view_all([&] { now.snapshot = db->GetSnapshot(); });
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
    while (first_level_files() > kFirstLevelFilesMax) {
        if (has_background_error())
            return rocksdb::Status::Aborted("RocksDB stopped compacting after an error; its LOG file has it");
        if (layers->wait_until_stopped(kCompactionWait)) break;
    }
    return ingest(*db, tables, options.directory, window.rows);
}

unsigned long RocksStore::Impl::first_level_files() const {
    unsigned long most = 0;
    std::string count;
    for (rocksdb::ColumnFamilyHandle* const table : tables)
        if (db->GetProperty(table, "rocksdb.num-files-at-level0", &count))
            most = std::max(most, std::stoul(count));
    return most;
}

bool RocksStore::Impl::has_background_error() const {
    std::uint64_t count = 0;
    return db->GetIntProperty("rocksdb.background-errors", &count) && count > 0;
}

rocksdb::IOStatus RocksStore::Impl::log_batch(const Batch& batch, Position position, Sync sync) {
    rocksdb::IOStatus logged = log->append(layers->applied(), position, batch.bytes());
    return logged.ok() && sync == Sync::Yes ? log->sync() : logged;
}

Result<> RocksStore::Impl::seal_if_full() {
    if (layers->filling_bytes() < options.window_bytes &&
        log->file_bytes() < kLogFileWindows * options.window_bytes)
        return {};
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
    if (auto opened = impl->open_tables(); !opened) return opened.error();
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
    return impl_->seal_if_full();
}

Result<> RocksStore::sync() {
    if (auto good = impl_->check_can_write(); !good) return good;
    if (auto synced = impl_->log->sync(); !synced.ok()) return impl_->fail("a sync", synced);
    return {};
}

Position RocksStore::applied() const {
    return impl_->layers->applied();
}

Result<std::optional<std::string>> RocksStore::get(Table table, std::string_view key) const {
    RowWindow::Row row;
    if (impl_->layers->find(table, key, row)) return row;
    return read_row(impl_->source(), table, key);
}

Result<std::vector<std::optional<std::string>>> RocksStore::get_many(
    Table table, std::span<const std::string> keys) const {
    return read_rows(impl_->source(), table, keys, [&](std::string_view key, RowWindow::Row& row) {
        return impl_->layers->find(table, key, row);
    });
}

Result<> RocksStore::scan(Table table, std::string_view from, std::string_view to,
                          const RowVisitor& row) const {
    const RocksSource now = impl_->view(table, from, to);
    auto scanned = scan_rows(now, table, from, to, row);
    impl_->db->ReleaseSnapshot(now.snapshot);
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
    return copy_live_files(*impl_->db, directory, watch);
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

std::vector<std::pair<std::string, std::uint64_t>> RocksStore::statistics() const {
    static constexpr std::pair<const char*, const char*> kProperties[] = {
        {"live_data_bytes", "rocksdb.estimate-live-data-size"},
        {"table_files_bytes", "rocksdb.total-sst-files-size"},
        {"blob_files_bytes", "rocksdb.total-blob-file-size"},
        {"keys_estimate", "rocksdb.estimate-num-keys"},
        {"pending_compaction_bytes", "rocksdb.estimate-pending-compaction-bytes"},
        {"running_compactions", "rocksdb.num-running-compactions"},
        {"background_errors", "rocksdb.background-errors"},
        {"block_cache_bytes", "rocksdb.block-cache-usage"},
    };
    std::vector<std::pair<std::string, std::uint64_t>> all{
        {"torn_bytes", impl_->torn_bytes},
        {"window_bytes", impl_->layers->bytes()},
        {"full_windows", impl_->layers->sealed_count()},
        {"log_bytes", impl_->log ? impl_->log->bytes() : 0}};
    for (const auto& [name, property] : kProperties) {
        std::uint64_t value = 0;
        if (impl_->db->GetAggregatedIntProperty(property, &value)) all.emplace_back(name, value);
    }
    return all;
}

}  // namespace swarmq::storage
