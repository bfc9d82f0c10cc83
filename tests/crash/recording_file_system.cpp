// Passes every change on to the real file system and notes it.
#include "crash/recording_file_system.h"

#include <rocksdb/env.h>

#include <cstdarg>
#include <utility>

namespace swarmq::test {

using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

class Silence : public rocksdb::Logger {
  public:
    using Logger::Logv;
    void Logv(const char*, va_list) override {}
    std::size_t GetLogFileSize() const override { return 0; }
};

}  // namespace

template <class Change, class Note>
IOStatus RecordingFileSystem::change(Change make, Note note) {
    before_();
    if (record_.size() >= cut_at_) return IOStatus::IOError("the power is gone");
    IOStatus made = make();
    if (made.ok()) note();
    return made;
}

class RecordingFileSystem::File : public rocksdb::FSWritableFileOwnerWrapper {
  public:
    File(std::unique_ptr<rocksdb::FSWritableFile>&& file, RecordingFileSystem& owner,
         DiskRecord::FileId id, std::uint64_t size)
        : FSWritableFileOwnerWrapper(std::move(file)), owner_(owner), id_(id), size_(size) {}

    IOStatus Append(const Slice& data, const Options& options, Debug* debug) override {
        return append(data, [&] { return FSWritableFileOwnerWrapper::Append(data, options, debug); });
    }
    IOStatus Append(const Slice& data, const Options& options,
                    const rocksdb::DataVerificationInfo& info, Debug* debug) override {
        return append(
            data, [&] { return FSWritableFileOwnerWrapper::Append(data, options, info, debug); });
    }
    IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const Options& options,
                              Debug* debug) override {
        return owner_.change(
            [&] { return FSWritableFileOwnerWrapper::PositionedAppend(data, offset, options, debug); },
            [&] {
                owner_.record_.write(id_, offset, data.ToString());
                size_ = offset + data.size();
            });
    }
    IOStatus Truncate(std::uint64_t size, const Options& options, Debug* debug) override {
        if (size == size_) return FSWritableFileOwnerWrapper::Truncate(size, options, debug);
        return owner_.change(
            [&] { return FSWritableFileOwnerWrapper::Truncate(size, options, debug); },
            [&] {
                owner_.record_.truncate(id_, size);
                size_ = size;
            });
    }
    IOStatus Sync(const Options& options, Debug* debug) override {
        return owner_.change([&] { return FSWritableFileOwnerWrapper::Sync(options, debug); },
                             [&] { owner_.record_.sync(id_); });
    }
    IOStatus Fsync(const Options& options, Debug* debug) override {
        return owner_.change([&] { return FSWritableFileOwnerWrapper::Fsync(options, debug); },
                             [&] { owner_.record_.sync(id_); });
    }

  private:
    template <class Make>
    IOStatus append(const Slice& data, Make make) {
        return owner_.change(make, [&] {
            owner_.record_.write(id_, size_, data.ToString());
            size_ += data.size();
        });
    }

    RecordingFileSystem& owner_;
    const DiskRecord::FileId id_;
    std::uint64_t size_;
};

class RecordingFileSystem::Folder : public rocksdb::FSDirectoryWrapper {
  public:
    Folder(std::unique_ptr<rocksdb::FSDirectory>&& folder, RecordingFileSystem& owner,
           std::string name)
        : FSDirectoryWrapper(std::move(folder)), owner_(owner), name_(std::move(name)) {}

    IOStatus Fsync(const Options& options, Debug* debug) override {
        return owner_.change([&] { return FSDirectoryWrapper::Fsync(options, debug); },
                             [&] { owner_.record_.sync_folder(name_); });
    }
    IOStatus FsyncWithDirOptions(const Options& options, Debug* debug,
                                 const rocksdb::DirFsyncOptions& how) override {
        return owner_.change(
            [&] { return FSDirectoryWrapper::FsyncWithDirOptions(options, debug, how); },
            [&] { owner_.record_.sync_folder(name_); });
    }

  private:
    RecordingFileSystem& owner_;
    const std::string name_;
};

RecordingFileSystem::RecordingFileSystem(DiskRecord& record, std::string root,
                                         std::function<void()> before)
    : FileSystemWrapper(rocksdb::FileSystem::Default()),
      record_(record),
      root_(std::move(root)),
      before_(std::move(before)) {}

std::string RecordingFileSystem::inside(const std::string& name) const {
    std::string rest = name.substr(root_.size() + 1);
    while (rest.ends_with('/')) rest.pop_back();
    return rest;
}

IOStatus RecordingFileSystem::NewWritableFile(const std::string& name,
                                              const rocksdb::FileOptions& options,
                                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                                              Debug* debug) {
    return change([&] { return FileSystemWrapper::NewWritableFile(name, options, file, debug); },
                  [&] {
                      const auto id = record_.create(inside(name));
                      *file = std::make_unique<File>(std::move(*file), *this, id, 0);
                  });
}

IOStatus RecordingFileSystem::NewDirectory(const std::string& name, const Options& options,
                                           std::unique_ptr<rocksdb::FSDirectory>* folder,
                                           Debug* debug) {
    IOStatus opened = FileSystemWrapper::NewDirectory(name, options, folder, debug);
    if (opened.ok()) *folder = std::make_unique<Folder>(std::move(*folder), *this, inside(name));
    return opened;
}

IOStatus RecordingFileSystem::DeleteFile(const std::string& name, const Options& options,
                                         Debug* debug) {
    return change([&] { return FileSystemWrapper::DeleteFile(name, options, debug); },
                  [&] { record_.remove(inside(name)); });
}

IOStatus RecordingFileSystem::RenameFile(const std::string& from, const std::string& to,
                                         const Options& options, Debug* debug) {
    return change([&] { return FileSystemWrapper::RenameFile(from, to, options, debug); },
                  [&] { record_.rename(inside(from), inside(to)); });
}

IOStatus RecordingFileSystem::ReopenWritableFile(const std::string& name,
                                                 const rocksdb::FileOptions& options,
                                                 std::unique_ptr<rocksdb::FSWritableFile>* file,
                                                 Debug* debug) {
    IOStatus opened = FileSystemWrapper::ReopenWritableFile(name, options, file, debug);
    std::uint64_t size = 0;
    if (opened.ok()) opened = GetFileSize(name, {}, &size, debug);
    if (opened.ok())
        *file = std::make_unique<File>(std::move(*file), *this, record_.file_of(inside(name)), size);
    return opened;
}

IOStatus RecordingFileSystem::ReuseWritableFile(const std::string& name, const std::string&,
                                                const rocksdb::FileOptions&,
                                                std::unique_ptr<rocksdb::FSWritableFile>*, Debug*) {
    return IOStatus::NotSupported("not recorded: using again " + name);
}

IOStatus RecordingFileSystem::NewRandomRWFile(const std::string& name, const rocksdb::FileOptions&,
                                              std::unique_ptr<rocksdb::FSRandomRWFile>*, Debug*) {
    return IOStatus::NotSupported("not recorded: writing anywhere in " + name);
}

IOStatus RecordingFileSystem::Truncate(const std::string& name, std::size_t, const Options&, Debug*) {
    return IOStatus::NotSupported("not recorded: truncating " + name);
}

IOStatus RecordingFileSystem::LinkFile(const std::string& from, const std::string& to,
                                       const Options& options, Debug* debug) {
    return change([&] { return FileSystemWrapper::LinkFile(from, to, options, debug); },
                  [&] { record_.link(inside(from), inside(to)); });
}

IOStatus RecordingFileSystem::NewLogger(const std::string&, const Options&,
                                        std::shared_ptr<rocksdb::Logger>* logger, Debug*) {
    *logger = std::make_shared<Silence>();
    return IOStatus::OK();
}

}  // namespace swarmq::test
