// Writes frames behind one another into a file that is written ahead with zeros.
#include "rocks_log.h"

#include "row_log_format.h"

#include <algorithm>
#include <array>
#include <utility>

namespace swarmq::storage {
namespace {

using rocksdb::FSWritableFile;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// A file is as much again as it has, between these: small stores stay small, and a slow trickle seldom waits for the file
// to grow.
constexpr std::uint64_t kAheadBytesMin = 1u << 20;
constexpr std::uint64_t kPageBytes = 4096;
constexpr std::array<char, 64u << 10> kZeros{};

bool is_missing(const IOStatus& status) { return status.IsNotFound() || status.IsPathNotFound(); }

}  // namespace

// With zeros ahead a write changes neither its length nor its extents: a sync waits for the data
// alone, not for the file system's journal. Closed it has its true length; after a crash the zeros
// stay.
class RowLog::File {
  public:
    File(std::unique_ptr<FSWritableFile> file, WriteAhead ahead)
        : file_(std::move(file)), writes_ahead_(ahead == WriteAhead::Zeros) {}
    ~File() {
        if (zeroed_ > size_) file_->Truncate(size_, IOOptions(), nullptr).PermitUncheckedError();
        file_->Close(IOOptions(), nullptr).PermitUncheckedError();
    }

    IOStatus append(std::string_view bytes) {
        if (IOStatus zeroed = write_ahead(bytes.size()); !zeroed.ok()) return zeroed;
        IOStatus written =
            file_->PositionedAppend({bytes.data(), bytes.size()}, size_, IOOptions(), nullptr);
        if (written.ok()) size_ += bytes.size();
        return written;
    }
    IOStatus sync() { return file_->Sync(IOOptions(), nullptr); }

  private:
    IOStatus write_ahead(std::uint64_t bytes) {
        const std::uint64_t end = size_ + bytes;
        if (end <= zeroed_ || !writes_ahead_) return IOStatus::OK();
        const std::uint64_t ahead =
            std::clamp<std::uint64_t>(end, kAheadBytesMin, kLogAheadBytesMax) / kPageBytes *
            kPageBytes;
        IOStatus written = write_zeros(end, ahead);
        zeroed_ = end + ahead;
        if (!written.IsNoSpace()) return written;
        // On a full disk there may still be room for what is to be said, but not behind zeros.
        zeroed_ = size_;
        return file_->Truncate(size_, IOOptions(), nullptr);
    }

    IOStatus write_zeros(std::uint64_t from, std::uint64_t bytes) {
        IOStatus written;
        for (std::uint64_t done = 0; done < bytes && written.ok(); done += kZeros.size()) {
            const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kZeros.size(), bytes - done));
            written = file_->PositionedAppend({kZeros.data(), count}, from + done, IOOptions(), nullptr);
        }
        return written;
    }

    std::unique_ptr<FSWritableFile> file_;
    const bool writes_ahead_;
    std::uint64_t size_ = 0;    // Of what was appended.
    std::uint64_t zeroed_ = 0;  // Of the file.
};

RowLog::RowLog(std::shared_ptr<rocksdb::FileSystem> files, std::string directory, std::uint64_t newest,
               InheritedLog inherited, WriteAhead write_ahead)
    : files_(std::move(files)), directory_(std::move(directory)), inherited_(std::move(inherited)),
      write_ahead_(write_ahead), number_(newest + 1) {}

RowLog::~RowLog() = default;

IOStatus RowLog::append(Position before, Position position, std::string_view batch) {
    if (!file_)
        if (IOStatus begun = begin_file(before); !begun.ok()) return begun;
    encode_frame(position, batch, frame_);
    IOStatus written = file_->append(frame_);
    if (written.ok()) note_appended(position, frame_.size());
    return written;
}

IOStatus RowLog::sync() {
    return file_ ? file_->sync() : IOStatus::OK();
}

IOStatus RowLog::rotate() {
    if (!file_) return IOStatus::OK();
    if (IOStatus synced = file_->sync(); !synced.ok()) return synced;
    file_.reset();
    const std::lock_guard lock{mutex_};
    closed_.emplace(number_++, std::exchange(open_, {}));
    return IOStatus::OK();
}

// The file and its name are durable before anything that is to be is in it.
IOStatus RowLog::begin_file(Position before) {
    if (IOStatus dropped = drop_inherited(); !dropped.ok()) return dropped;
    std::unique_ptr<FSWritableFile> made;
    const std::string path = directory_ + "/" + log_file_name(number());
    IOStatus done = files_->NewWritableFile(path, rocksdb::FileOptions(), &made, nullptr);
    if (!done.ok()) return done;
    file_ = std::make_unique<File>(std::move(made), write_ahead_);
    if (done = file_->append(encode_log_head({number(), before})); !done.ok()) return done;
    if (done = file_->sync(); !done.ok()) return done;
    if (done = sync_folder(); !done.ok()) return done;
    note_appended(before, kLogHeadBytes);
    return done;
}

IOStatus RowLog::drop_inherited() {
    if (inherited_.names.empty()) return IOStatus::OK();
    for (const std::string& name : inherited_.names) {
        const std::string path = directory_ + "/" + name;
        IOStatus gone = inherited_.is_set_aside
                            ? files_->RenameFile(path, path + ".set-aside", IOOptions(), nullptr)
                            : files_->DeleteFile(path, IOOptions(), nullptr);
        if (!gone.ok() && !is_missing(gone)) return gone;
    }
    inherited_.names.clear();
    return sync_folder();
}

IOStatus RowLog::sync_folder() {
    std::unique_ptr<rocksdb::FSDirectory> folder;
    IOStatus done = files_->NewDirectory(directory_, IOOptions(), &folder, nullptr);
    return done.ok() ? folder->Fsync(IOOptions(), nullptr) : done;
}

void RowLog::note_appended(Position last, std::uint64_t bytes) {
    const std::lock_guard lock{mutex_};
    open_.last = last;
    open_.bytes += bytes;
}

std::uint64_t RowLog::number() const {
    const std::lock_guard lock{mutex_};
    return number_;
}

std::uint64_t RowLog::file_bytes() const {
    const std::lock_guard lock{mutex_};
    return open_.bytes;
}

std::uint64_t RowLog::bytes() const {
    const std::lock_guard lock{mutex_};
    std::uint64_t sum = open_.bytes;
    for (const auto& [unused, file] : closed_) sum += file.bytes;
    return sum;
}

// In the order of their numbers, up to the first that is needed or stays: none is missing between others.
void RowLog::forget(Position upto) {
    while (const auto number = oldest_closed(upto)) {
        const std::string path = directory_ + "/" + log_file_name(*number);
        const IOStatus removed = files_->DeleteFile(path, IOOptions(), nullptr);
        if (!removed.ok() && !is_missing(removed)) return;
        const std::lock_guard lock{mutex_};
        closed_.erase(*number);
    }
}

std::optional<std::uint64_t> RowLog::oldest_closed(Position upto) const {
    const std::lock_guard lock{mutex_};
    if (closed_.empty() || closed_.begin()->second.last.sequence > upto.sequence) return std::nullopt;
    return closed_.begin()->first;
}

}  // namespace swarmq::storage
