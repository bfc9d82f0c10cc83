// Sets unreadable rows aside and accepts the rest.
#include "repair.h"

#include "rocks_store.h"
#include "superblock.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace swarmq::storage {
namespace {

Result<> write_file(const std::string& path, const std::string& bytes) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    std::size_t written = 0;
    bool ok = file >= 0;
    while (ok && written < bytes.size()) {
        const ssize_t count = ::write(file, bytes.data() + written, bytes.size() - written);
        ok = count > 0;
        if (ok) written += static_cast<std::size_t>(count);
    }
    ok = ok && ::fsync(file) == 0;
    const int error = errno;
    if (file >= 0) ::close(file);
    if (ok) return {};
    return Error{Code::Internal, "writing " + path + " failed: " +
                                     std::error_code{error, std::generic_category()}.message() +
                                     "; nothing was changed"};
}

// Copies the rows into the file, and their erasure into `changes`.
Result<> set_aside(const Store& store, const std::string& path, RepairReport& report,
                   Batch& changes) {
    Batch copy;
    for (const auto* rows : {&report.found.unreadable, &report.found.orphans}) {
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
    return write_file(path, copy.bytes());
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

}  // namespace

Result<RepairReport> repair_data_dir(const std::string& data_dir, ShardId shard,
                                     std::uint32_t shard_count, TimeMs now_ms,
                                     const VerifyProgress& progress) {
    const ShardPaths paths = shard_paths(data_dir, shard);
    if (!std::filesystem::exists(data_dir))
        return Error{Code::NotFound, data_dir + " does not exist: name the data directory"};
    if (!std::filesystem::exists(paths.store + "/CURRENT")) return begin_anew(paths.superblock);
    auto opened =
        RocksStore::open({.directory = paths.store, .shard = shard, .access = Access::Salvage});
    if (!opened.ok()) return opened.error();
    RocksStore& store = **opened;
    auto found = verify(store, shard, progress);
    if (!found.ok()) return found.error();
    RepairReport report;
    report.found = std::move(found).value();

    Batch changes;
    const std::string aside = data_dir + "/set-aside-" + std::to_string(now_ms) + ".batch";
    if (auto copied = set_aside(store, aside, report, changes); !copied.ok()) return copied.error();
    Meta meta = report.found.meta ? *report.found.meta : make_meta(shard_count, now_ms);
    meta.epoch = std::max({meta.epoch, report.found.newest_epoch, epoch_noted(paths.superblock)});
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
