// The recorded disk of a shard: RocksDB's files through a file system of ours, and the superblock, which is
// written past it, by looking at it before each change.
#pragma once

#include <rocksdb/env.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "crash/disk_record.h"
#include "crash/recording_file_system.h"

namespace swarmq::test {

class RecordedDisk {
  public:
    // Of the thread that drives the shard.
    RecordedDisk(DiskRecord& record, const std::string& data_dir);

    rocksdb::Env* env() { return env_.get(); }
    void cut_at(std::size_t operations) { files_->cut_at(operations); }
    // Notes what was written to the superblock since it was last seen.
    void look_at_superblock();

  private:
    void note_new_superblock(const std::string& content);

    DiskRecord& record_;
    const std::string superblock_path_;
    const std::string superblock_name_;
    const std::thread::id driver_;
    std::string seen_;
    std::optional<DiskRecord::FileId> superblock_;
    std::shared_ptr<RecordingFileSystem> files_;
    std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace swarmq::test
