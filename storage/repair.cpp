// Sets unreadable rows aside and accepts the rest.
#include "repair.h"

#include "files.h"
#include "readable_rows.h"
#include "rocks_store.h"
#include "superblock.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

namespace swarmq::storage {
namespace {

// Copies the rows into the file, and their erasure into `changes`.
Result<> set_aside(const Store& store, const VerifyReport& found, const std::string& path,
                   RepairReport& report, Batch& changes) {
    Batch copy;
    for (const auto* rows : {&found.unreadable, &found.orphans}) {
        for (const auto& [table, key] : *rows) {
            auto value = store.get(table, key);
            if (!value.ok()) return value.error();
            if (!*value) continue;
            copy.put(table, key, **value);
            changes.erase(table, key);
            ++report.set_aside;
        }
    }
    if (copy.empty()) return {};
    report.set_aside_path = path;
    if (auto written = write_new_file(path, copy.bytes()); !written)
        return Error{Code::Internal, written.error().detail + "; nothing was changed"};
    return {};
}

Epoch epoch_noted(const std::string& path) {
    const auto superblock = Superblock::open(path);
    return superblock.ok() ? superblock.value().content().epoch : Epoch{};
}

Result<RepairReport> begin_anew(const std::string& superblock_path) {
    auto created = Superblock::create(superblock_path, {epoch_noted(superblock_path), 0, {}});
    if (!created.ok()) return created.error();
    return RepairReport{};
}

// Copies all that can be read into a new store and puts it in the place of the damaged one.
Result<> replace_store(const std::string& directory, ShardId shard, const std::string& damaged) {
    const std::string copy = directory + ".copy";
    std::filesystem::remove_all(copy);
    {
        auto from =
            RocksStore::open({.directory = directory, .shard = shard, .access = Access::Salvage});
        if (!from.ok()) return from.error();
        auto to = RocksStore::open({.directory = copy, .shard = shard});
        if (!to.ok()) return to.error();
        if (auto copied = copy_readable(**from, **to); !copied.ok()) return copied;
    }
    std::error_code error;
    std::filesystem::rename(directory, damaged, error);
    if (!error) std::filesystem::rename(copy, directory, error);
    if (!error) return {};
    return Error{Code::Internal, "putting " + copy + " in the place of " + directory +
                                     " failed: " + error.message() + "; the store as it was is " +
                                     "there or in " + damaged};
}

// Opens the store to be repaired and looks at it.
Result<std::unique_ptr<RocksStore>> open_and_verify(const std::string& directory, ShardId shard,
                                                    VerifyReport& found,
                                                    const VerifyProgress& progress) {
    auto opened =
        RocksStore::open({.directory = directory, .shard = shard, .access = Access::Salvage});
    if (opened.ok()) found = verify(**opened, shard, progress);
    return opened;
}

}  // namespace

Result<RepairReport> repair_data_dir(const std::string& data_dir, ShardId shard,
                                     std::uint32_t shard_count, TimeMs now_ms,
                                     const VerifyProgress& progress) {
    const ShardPaths paths = shard_paths(data_dir, shard);
    if (!std::filesystem::exists(data_dir))
        return Error{Code::NotFound, data_dir + " does not exist: name the data directory"};
    if (!std::filesystem::exists(paths.store + "/CURRENT")) return begin_anew(paths.superblock);
    RepairReport report;
    auto opened = open_and_verify(paths.store, shard, report.found, progress);
    if (!opened.ok()) return opened.error();
    VerifyReport rows = report.found;
    if (!report.found.gaps.empty()) {
        opened.value().reset();
        report.damaged_path = paths.store + ".damaged-" + std::to_string(now_ms);
        if (auto replaced = replace_store(paths.store, shard, report.damaged_path); !replaced.ok())
            return replaced.error();
        opened = open_and_verify(paths.store, shard, rows, progress);
        if (!opened.ok()) return opened.error();
    }
    RocksStore& store = **opened;

    Batch changes;
    const std::string aside = data_dir + "/set-aside-" + std::to_string(now_ms) + ".batch";
    if (auto copied = set_aside(store, rows, aside, report, changes); !copied.ok())
        return copied.error();
    Meta meta = rows.meta ? *rows.meta : make_meta(shard_count, now_ms);
    meta.epoch = std::max({meta.epoch, rows.newest_epoch, epoch_noted(paths.superblock)});
    put_meta(shard, meta, changes);
    const Position before = store.applied();
    report.position = {std::max(static_cast<std::uint64_t>(now_ms), before.incarnation + 1),
                       before.sequence + 1};
    if (auto applied = store.apply(changes, report.position, Sync::Yes); !applied.ok())
        return applied.error();
    auto created =
        Superblock::create(paths.superblock, {meta.epoch, store.log_number(), report.position});
    if (!created.ok()) return created.error();
    return report;
}

}  // namespace swarmq::storage
