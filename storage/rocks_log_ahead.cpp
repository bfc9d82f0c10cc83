// Writes zeros in front of the log, in steps that grow with it.
#include "rocks_log_ahead.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace swarmq::storage {
namespace {

using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// Small stores stay small: a log is as much again as it has, between these.
constexpr std::uint64_t kAheadBytesMin = 64u << 10;
constexpr std::uint64_t kPageBytes = 4096;

class LogFile : public rocksdb::FSWritableFileOwnerWrapper {
  public:
    using FSWritableFileOwnerWrapper::FSWritableFileOwnerWrapper;

    IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
        if (IOStatus zeroed = write_ahead(data.size(), options, debug); !zeroed.ok()) return zeroed;
        IOStatus written = target()->PositionedAppend(data, size_, options, debug);
        if (written.ok()) size_ += data.size();
        return written;
    }
    IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                    IODebugContext* debug) override {
        return Append(data, options, debug);
    }
    IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
        IOStatus cut = target()->Truncate(size, options, debug);
        if (cut.ok()) size_ = zeroed_ = size;
        return cut;
    }
    IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
        if (zeroed_ > size_)
            if (IOStatus cut = Truncate(size_, options, debug); !cut.ok()) return cut;
        return target()->Close(options, debug);
    }
    std::uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return size_; }
    // The zeros are what is allocated ahead.
    void PrepareWrite(std::size_t, std::size_t, const IOOptions&, IODebugContext*) override {}

  private:
    IOStatus write_ahead(std::uint64_t bytes, const IOOptions& options, IODebugContext* debug) {
        const std::uint64_t end = size_ + bytes;
        if (end <= zeroed_) return IOStatus::OK();
        const std::uint64_t ahead =
            std::clamp<std::uint64_t>(end, kAheadBytesMin, kLogAheadBytesMax) / kPageBytes * kPageBytes;
        const std::string zeros(ahead, '\0');
        IOStatus written = target()->PositionedAppend(zeros, end, options, debug);
        zeroed_ = end + ahead;
        // On a full disk there may still be room for what is to be said.
        return written.IsNoSpace() ? IOStatus::OK() : written;
    }

    std::uint64_t size_ = 0;    // Of what was appended.
    std::uint64_t zeroed_ = 0;  // Of the file.
};

class LogAheadFileSystem : public rocksdb::FileSystemWrapper {
  public:
    using FileSystemWrapper::FileSystemWrapper;
    const char* Name() const override { return "LogAheadFileSystem"; }

    IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                             std::unique_ptr<FSWritableFile>* file, IODebugContext* debug) override {
        IOStatus made = target()->NewWritableFile(name, options, file, debug);
        if (made.ok() && name.ends_with(".log")) *file = std::make_unique<LogFile>(std::move(*file));
        return made;
    }
};

}  // namespace

std::unique_ptr<rocksdb::Env> make_log_ahead_env(rocksdb::Env* env) {
    return rocksdb::NewCompositeEnv(std::make_shared<LogAheadFileSystem>(env->GetFileSystem()));
}

}  // namespace swarmq::storage
