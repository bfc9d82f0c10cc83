// A backup: a data directory of its own, made of a store in use. A daemon starts from it, `swarmqd
// verify` reads it, and a shard that moves is one, too.
#pragma once

#include "model/error.h"
#include "model/ids.h"
#include "store.h"

#include <cstdint>
#include <string>

namespace swarmq::storage {

struct BackupPlace {
    std::string parent;  // Made where it is missing.
    std::string name;    // The backup's own directory below it.

    std::string path() const { return parent + "/" + name; }
    // Until all of it is durable it has another name, so that nobody takes a part for the whole.
    std::string partial_path() const { return parent + "/." + name + ".partial"; }
};

struct BackupReport {
    Position position;        // What it stands for.
    std::uint64_t bytes = 0;  // Of its files.
};

// 1..64 of A-Z a-z 0-9 . _ - and not beginning with a dot; InvalidArgument otherwise.
Result<> check_backup_name(const std::string& name);

// Makes room for it, and removes what an earlier attempt of that name left. AlreadyExists: a backup
// of that name is there. Internal: the parent cannot be made, or written.
Result<> prepare_backup(const BackupPlace& place);

// Makes it: the rows, a superblock that says how far they go, and at last its name. What has come
// so far is removed again when that fails.
Result<BackupReport> back_up(const Store& store, ShardId shard, const BackupPlace& place,
                             const Store::CopyWatch& watch);

}  // namespace swarmq::storage
