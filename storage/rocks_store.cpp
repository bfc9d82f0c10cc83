// One RocksDB per shard behind the Store interface.
#include "rocks_store.h"

#include "format.h"
#include "keys.h"
#include "rocks_batch.h"
#include "rocks_copy.h"
#include "rocks_log_ahead.h"
#include "rocks_options.h"
#include "rocks_reads.h"
#include "rocks_snapshot.h"
#include "rocks_store_env.h"
#include "rocks_torn_tail.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/transaction_log.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>
#include <system_error>

namespace swarmq::storage {

struct RocksStore::Impl {
    Impl(const RocksStoreOptions& options, rocksdb::Env* base)
        : directory(options.directory), position_row(position_key(options.shard).str()),
          env(make_log_ahead_env(base)) {}
    ~Impl() {
        if (!first_failure.empty()) abandon();
        for (rocksdb::ColumnFamilyHandle* table : tables)
            if (db) db->DestroyColumnFamilyHandle(table);
    }

    rocksdb::ColumnFamilyHandle* table(Table which) const {
        return tables[static_cast<std::size_t>(which)];
    }
    RocksSource source() const { return {*db, tables, directory}; }
    void abandon();
    Error fail(const std::string& what, const rocksdb::Status& status);
    Error stopped() const;

    const std::string directory;
    const std::string position_row;
    std::unique_ptr<rocksdb::Env> env;
    std::unique_ptr<rocksdb::DB> db;
    std::vector<rocksdb::ColumnFamilyHandle*> tables;  // In the order of Table.
    rocksdb::WriteBatch batch;                         // Reused.
    std::string first_failure;                         // Empty: none.
    std::uint64_t torn_bytes = 0;                      // Of unfinished writes, at the open.

    mutable std::mutex mutex;  // Guards `applied`.
    Position applied;
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
    return Error{Code::Internal,
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

// What looks like damage may be the write during which the power went, which was never acknowledged: it is
// cut off, or read over. Answers how many bytes; with none it is damage.
std::uint64_t pass_torn_tails(RocksStoreOptions& options) {
    std::uint64_t bytes = 0;
    for (const TornTail& tail : find_torn_tails(options.directory)) {
        if (options.access == Access::ReadOnly)
            options.log_syncs_late = true;
        else if (!cut_off(tail))
            continue;
        bytes += tail.torn_bytes;
    }
    return bytes;
}

}  // namespace

// A database that failed is stopped and never closed: 7.8 counts the users of a table wrongly after a
// failed switch of its log (its ScheduleFlushes), and aborts the process when it is closed. The process
// ends soon; until then the directory stays locked.
void RocksStore::Impl::abandon() {
    struct Abandoned {
        std::unique_ptr<rocksdb::Env> env;
        rocksdb::DB* db;
        std::vector<rocksdb::ColumnFamilyHandle*> tables;
    };
    static auto* const all = new std::vector<Abandoned>;
    static std::mutex all_mutex;
    rocksdb::CancelAllBackgroundWork(db.get(), true);
    const std::lock_guard lock{all_mutex};
    all->push_back({std::move(env), db.release(), std::exchange(tables, {})});
}

Error RocksStore::Impl::fail(const std::string& what, const rocksdb::Status& status) {
    first_failure = what + " in " + directory + " failed: " + status.ToString();
    return Error{Code::Unknown, first_failure + "; whether it was kept shows at the next start"};
}

Error RocksStore::Impl::stopped() const {
    return Error{Code::Unknown, "nothing is written any more, because " + first_failure};
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
    rocksdb::DB* db = nullptr;
    rocksdb::Status opened = open_db(options, impl->env.get(), impl->tables, db);
    if (opened.IsCorruption() && options.access != Access::Salvage) {
        RocksStoreOptions again = options;
        impl->torn_bytes = pass_torn_tails(again);
        if (impl->torn_bytes > 0) opened = open_db(again, impl->env.get(), impl->tables, db);
    }
    impl->db.reset(db);
    if (!opened.ok()) return open_error(options, opened);

    const auto position = read_position(impl->source(), impl->position_row);
    if (!position) return position.error();
    impl->applied = *position;
    return std::make_unique<RocksStore>(std::move(impl));
}

Result<std::unique_ptr<RocksStore>> RocksStore::open(const RocksStoreOptions& options) {
    return open_rocks_store(options, rocksdb::Env::Default());
}

RocksStore::RocksStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksStore::~RocksStore() = default;

Result<> RocksStore::apply(const Batch& batch, Position position, Sync sync) {
    if (!impl_->first_failure.empty()) return impl_->stopped();
    impl_->batch.Clear();
    WriteBatchFiller filler{*impl_->db, impl_->tables, batch, impl_->batch};
    batch.visit(filler);
    if (!filler.status().ok()) return impl_->fail("making a batch", filler.status());
    const std::string row = encode_position(position);
    rocksdb::Status written =
        impl_->batch.Put(impl_->table(Table::Main), slice(impl_->position_row), slice(row));
    rocksdb::WriteOptions options;
    options.sync = sync == Sync::Yes;
    if (written.ok()) written = impl_->db->Write(options, &impl_->batch);
    if (!written.ok()) return impl_->fail("a write", written);
    const std::lock_guard lock{impl_->mutex};
    impl_->applied = position;
    return {};
}

Result<> RocksStore::sync() {
    if (!impl_->first_failure.empty()) return impl_->stopped();
    const rocksdb::Status synced = impl_->db->SyncWAL();
    if (!synced.ok()) return impl_->fail("a sync", synced);
    return {};
}

Position RocksStore::applied() const {
    const std::lock_guard lock{impl_->mutex};
    return impl_->applied;
}

Result<std::optional<std::string>> RocksStore::get(Table table, std::string_view key) const {
    return read_row(impl_->source(), table, key);
}

Result<std::vector<std::optional<std::string>>> RocksStore::get_many(
    Table table, std::span<const std::string> keys) const {
    return read_rows(impl_->source(), table, keys);
}

Result<> RocksStore::scan(Table table, std::string_view from, std::string_view to,
                          const RowVisitor& row) const {
    return scan_rows(impl_->source(), table, from, to, row);
}

Result<std::unique_ptr<Store>> RocksStore::snapshot() const {
    return RocksSnapshot::take(impl_->source(), impl_->position_row);
}

Result<> RocksStore::copy_to(const std::string& directory, const CopyWatch& watch) const {
    return copy_live_files(*impl_->db, directory, watch);
}

Result<> RocksStore::changes_since(Position after, const BatchVisitor& visit) const {
    const Position last = applied();
    if (after == last) return {};
    const Error not_held{Code::NotFound, "the batch after " + describe(after) +
                                             " is no longer held (the last is " + describe(last) +
                                             "): start from a copy of the whole store"};
    rocksdb::VectorLogPtr files;
    if (after.incarnation != last.incarnation || after > last ||
        !impl_->db->GetSortedWalFiles(files).ok())
        return not_held;
    const auto first = std::find_if(files.begin(), files.end(),
                                    [](const auto& file) { return file->StartSequence() > 0; });
    std::unique_ptr<rocksdb::TransactionLogIterator> log;
    if (first == files.end() || !impl_->db->GetUpdatesSince((*first)->StartSequence(), &log).ok())
        return not_held;
    Position expected{after.incarnation, after.sequence + 1};
    for (; log->Valid(); log->Next()) {
        WriteBatchReader reader{impl_->position_row, impl_->table(Table::Large)->GetID()};
        const rocksdb::BatchResult result = log->GetBatch();
        if (!result.writeBatchPtr->Iterate(&reader).ok()) return not_held;
        if (reader.position() < expected) continue;
        if (reader.position() > expected) return not_held;
        if (!visit(expected, reader.batch()) || expected == last) return {};
        ++expected.sequence;
    }
    return not_held;
}

std::uint64_t RocksStore::log_number() const {
    std::unique_ptr<rocksdb::LogFile> file;
    return impl_->db->GetCurrentWalFile(&file).ok() && file ? file->LogNumber() : 0;
}

std::vector<std::pair<std::string, std::uint64_t>> RocksStore::statistics() const {
    static constexpr std::pair<const char*, const char*> kProperties[] = {
        {"memtable_bytes", "rocksdb.cur-size-all-mem-tables"},
        {"live_data_bytes", "rocksdb.estimate-live-data-size"},
        {"table_files_bytes", "rocksdb.total-sst-files-size"},
        {"blob_files_bytes", "rocksdb.total-blob-file-size"},
        {"keys_estimate", "rocksdb.estimate-num-keys"},
        {"pending_compaction_bytes", "rocksdb.estimate-pending-compaction-bytes"},
        {"running_flushes", "rocksdb.num-running-flushes"},
        {"running_compactions", "rocksdb.num-running-compactions"},
        {"background_errors", "rocksdb.background-errors"},
        {"is_write_stopped", "rocksdb.is-write-stopped"},
        {"block_cache_bytes", "rocksdb.block-cache-usage"},
    };
    std::vector<std::pair<std::string, std::uint64_t>> all{{"torn_bytes", impl_->torn_bytes}};
    for (const auto& [name, property] : kProperties) {
        std::uint64_t value = 0;
        if (impl_->db->GetAggregatedIntProperty(property, &value)) all.emplace_back(name, value);
    }
    return all;
}

}  // namespace swarmq::storage
