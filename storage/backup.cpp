// Copies, opens the copy to see what it holds, and writes that down beside it.
#include "backup.h"

#include "files.h"
#include "format.h"
#include "rocks_store.h"
#include "superblock.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace swarmq::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameBytesMax = 64;

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

std::uint64_t bytes_of(const std::string& directory) {
    std::uint64_t bytes = 0;
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(directory, ignored))
        if (entry.is_regular_file(ignored)) bytes += entry.file_size(ignored);
    return bytes;
}

// The copy says itself how far it goes; a superblock beside it makes the loss of its end noticed.
Result<Position> write_superblock(const Store& original, const ShardPaths& paths, ShardId shard) {
    const auto copy =
        RocksStore::open({.directory = paths.store, .shard = shard, .access = Access::ReadOnly});
    if (!copy) return copy.error();
    const auto meta = read_meta(**copy, shard);
    if (!meta) return meta.error();
    const Position position = (*copy)->applied();
    if (!*meta || position.incarnation != original.applied().incarnation)
        return damage("the copy is not of the store that it was made of: it stands at position " +
                      describe(position));
    const auto created = Superblock::create(paths.superblock, {(*meta)->epoch, 0, position});
    if (!created) return created.error();
    return position;
}

Result<BackupReport> make(const Store& store, ShardId shard, const BackupPlace& place,
                          const Store::CopyWatch& watch) {
    const Position least = store.applied();
    const ShardPaths paths = shard_paths(place.partial_path(), shard);
    std::error_code error;
    fs::create_directory(paths.store, error);
    if (error) return file_error("making " + paths.store, error.value());
    if (auto copied = store.copy_to(paths.store, watch); !copied) return copied.error();
    const auto position = write_superblock(store, paths, shard);
    if (!position) return position.error();
    if (*position < least)
        return damage("the copy ends at position " + describe(*position) +
                      ", before what was there when it began: " + describe(least));
    BackupReport report{*position, bytes_of(place.partial_path())};
    if (auto synced = sync_directory(place.partial_path()); !synced) return synced.error();
    fs::rename(place.partial_path(), place.path(), error);
    if (error) return file_error("naming " + place.path(), error.value());
    if (auto synced = sync_directory(place.parent); !synced) return synced.error();
    return report;
}

}  // namespace

Result<> check_backup_name(const std::string& name) {
    const bool is_good = !name.empty() && name.size() <= kNameBytesMax && name.front() != '.' &&
                         std::all_of(name.begin(), name.end(), is_name_character);
    if (is_good) return {};
    return Error{Code::InvalidArgument,
                 "name: \"" + name.substr(0, kNameBytesMax) +
                     "\" is not 1..64 of A-Z a-z 0-9 . _ - without a dot in front"};
}

Result<> prepare_backup(const BackupPlace& place) {
    std::error_code error;
    fs::create_directories(place.parent, error);
    if (error) return file_error("making " + place.parent, error.value());
    if (fs::exists(fs::symlink_status(place.path(), error)))
        return Error{Code::AlreadyExists, place.path() + " is there already; choose another name"};
    fs::remove_all(place.partial_path(), error);
    if (!error) fs::create_directory(place.partial_path(), error);
    if (error) return file_error("making " + place.partial_path(), error.value());
    return {};
}

Result<BackupReport> back_up(const Store& store, ShardId shard, const BackupPlace& place,
                             const Store::CopyWatch& watch) {
    auto report = make(store, shard, place, watch);
    if (report) return report;
    std::error_code ignored;
    fs::remove_all(place.partial_path(), ignored);
    return report;
}

}  // namespace swarmq::storage
