// A file system under a store that keeps a record of every change, and can fail from one of them on, as a
// disk does that has lost its power.
#pragma once

#include <rocksdb/file_system.h>

#include <functional>
#include <limits>
#include <memory>
#include <string>

#include "crash/disk_record.h"

namespace swarmq::test {

class RecordingFileSystem : public rocksdb::FileSystemWrapper {
  public:
    // Records what happens below `root`; `before` is called ahead of each change, by whichever thread.
    RecordingFileSystem(DiskRecord& record, std::string root, std::function<void()> before);
    const char* Name() const override { return "RecordingFileSystem"; }

    // Every change after so many in the record fails.
    void cut_at(std::size_t operations) { cut_at_ = operations; }

    using Status = rocksdb::IOStatus;
    using Options = rocksdb::IOOptions;
    using Debug = rocksdb::IODebugContext;
    Status NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, Debug* debug) override;
    Status NewDirectory(const std::string& name, const Options& options,
                        std::unique_ptr<rocksdb::FSDirectory>* folder, Debug* debug) override;
    Status DeleteFile(const std::string& name, const Options& options, Debug* debug) override;
    Status RenameFile(const std::string& from, const std::string& to, const Options& options,
                      Debug* debug) override;
    Status LinkFile(const std::string& from, const std::string& to, const Options& options,
                    Debug* debug) override;
    // For syncing what is there.
    Status ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file, Debug* debug) override;
    // Ways to change files that nobody goes here. It would have to be recorded if they did.
    Status ReuseWritableFile(const std::string& name, const std::string& old_name,
                             const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file, Debug* debug) override;
    Status NewRandomRWFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSRandomRWFile>* file, Debug* debug) override;
    Status Truncate(const std::string& name, std::size_t size, const Options& options,
                    Debug* debug) override;
    // RocksDB's log for people is no part of what must survive.
    Status NewLogger(const std::string& name, const Options& options,
                     std::shared_ptr<rocksdb::Logger>* logger, Debug* debug) override;

  private:
    class File;
    class Folder;

    // Makes the change and then notes it, unless the power is gone.
    template <class Change, class Note>
    Status change(Change make, Note note);
    std::string inside(const std::string& name) const;

    DiskRecord& record_;
    const std::string root_;
    const std::function<void()> before_;
    std::size_t cut_at_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace swarmq::test
