// Opens, looks at and closes a database, or leaves it alone once it failed.
#include "rocks_tables.h"

#include "rocks_ingest.h"
#include "rocks_options.h"
#include "rocks_torn_tail.h"

#include <rocksdb/convenience.h>

#include <algorithm>
#include <mutex>

namespace swarmq::storage {

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

RocksTables::~RocksTables() {
    for (rocksdb::ColumnFamilyHandle* handle : handles_)
        if (db_) db_->DestroyColumnFamilyHandle(handle);
}

Result<> RocksTables::open(const RocksStoreOptions& options, rocksdb::Env* env) {
    directory_ = options.directory;
    compacts_ = !options.compacts_when_told;
    rocksdb::Status opened = open_db(options, env);
    if (opened.IsCorruption() && options.access == Access::ReadWrite) {
        const auto tail = find_torn_tail(directory_);
        if (tail && cut_off(*tail)) {
            torn_bytes_ = tail->torn_bytes;
            opened = open_db(options, env);
        }
    }
    return opened.ok() ? Result<>{} : open_error(options, opened);
}

rocksdb::Status RocksTables::open_db(const RocksStoreOptions& options, rocksdb::Env* env) {
    const rocksdb::DBOptions db_opts = db_options(options, env);
    const auto families = column_families(options);
    rocksdb::DB* db = nullptr;
    const rocksdb::Status opened =
        options.access == Access::ReadOnly
            ? rocksdb::DB::OpenForReadOnly(db_opts, directory_, families, &handles_, &db)
            : rocksdb::DB::Open(db_opts, directory_, families, &handles_, &db);
    db_.reset(db);
    return opened;
}

rocksdb::Status RocksTables::take_in(const RowWindow& window) {
    return ingest(*db_, handles_, directory_, window);
}

rocksdb::Status RocksTables::start_compactions() {
    return compacts_.exchange(true) ? rocksdb::Status::OK() : db_->EnableAutoCompaction(handles_);
}

unsigned long RocksTables::first_level_files() const {
    unsigned long most = 0;
    std::string count;
    for (rocksdb::ColumnFamilyHandle* const handle : handles_)
        if (db_->GetProperty(handle, "rocksdb.num-files-at-level0", &count))
            most = std::max(most, std::stoul(count));
    return most;
}

bool RocksTables::has_background_error() const {
    std::uint64_t count = 0;
    return db_ && db_->GetIntProperty("rocksdb.background-errors", &count) && count > 0;
}

std::vector<std::pair<std::string, std::uint64_t>> RocksTables::statistics() const {
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
        {"first_level_files", first_level_files()}};
    for (const auto& [name, property] : kProperties) {
        std::uint64_t value = 0;
        if (db_->GetAggregatedIntProperty(property, &value)) all.emplace_back(name, value);
    }
    return all;
}

void RocksTables::abandon() {
    if (!db_) return;
    struct Abandoned {
        rocksdb::DB* db;
        std::vector<rocksdb::ColumnFamilyHandle*> handles;
    };
    static auto* const all = new std::vector<Abandoned>;
    static std::mutex all_mutex;
    rocksdb::CancelAllBackgroundWork(db_.get(), true);
    const std::lock_guard lock{all_mutex};
    all->push_back({db_.release(), std::exchange(handles_, {})});
}

}  // namespace swarmq::storage
