// A file system that fails the n-th write or sync of the store's log files, once told to.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <string>

namespace swarmq::test {

class FaultyFileSystem : public rocksdb::FileSystemWrapper {
  public:
    FaultyFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
    const char* Name() const override { return "FaultyFileSystem"; }

    rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override {
        auto made = FileSystemWrapper::NewWritableFile(name, options, file, debug);
        if (made.ok() && name.ends_with(".rowlog"))
            *file = std::make_unique<LogFile>(std::move(*file), *this);
        if (tables_fail && name.ends_with(".rows")) return rocksdb::IOStatus::IOError("injected");
        return made;
    }

    std::atomic<int> writes_until_failure = -1;  // -1: none fails.
    std::atomic<int> syncs_until_failure = -1;
    std::atomic<int> syncs = 0;
    std::atomic<bool> tables_fail = false;  // None is written any more.

  private:
    class LogFile : public rocksdb::FSWritableFileOwnerWrapper {
      public:
        LogFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, FaultyFileSystem& owner)
            : FSWritableFileOwnerWrapper(std::move(file)), owner_(owner) {}

        // How the store writes its log, see rocks_log.
        rocksdb::IOStatus PositionedAppend(const rocksdb::Slice& data, std::uint64_t offset,
                                           const rocksdb::IOOptions& options,
                                           rocksdb::IODebugContext* debug) override {
            if (fails(owner_.writes_until_failure)) return rocksdb::IOStatus::NoSpace("injected");
            return FSWritableFileOwnerWrapper::PositionedAppend(data, offset, options, debug);
        }
        rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
            ++owner_.syncs;
            if (fails(owner_.syncs_until_failure)) return rocksdb::IOStatus::IOError("injected");
            return FSWritableFileOwnerWrapper::Sync(options, debug);
        }

      private:
        // Fails once: whoever tries again would succeed.
        static bool fails(std::atomic<int>& left) { return left >= 0 && left-- == 0; }

        FaultyFileSystem& owner_;
    };
};

}  // namespace swarmq::test
