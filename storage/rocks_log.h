// The log of a store: every batch with its position, in the order of applying, in files of growing numbers
// ("000001.rowlog"). What it holds and RocksDB's tables do not yet is read back at the next start; the format is in
// storage/README.md. Thread rule: one thread at a time appends, syncs and rotates; any may ask and forget.
#pragma once

#include "store.h"

#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace swarmq::storage {

// An open log file has at most so many zeros behind what is in it.
inline constexpr std::uint64_t kLogAheadBytesMax = 4u << 20;

enum class WriteAhead : bool {
    No,     // Files grow with what is appended: where syncs are rare.
    Zeros,  // Files are zeros where nothing is yet, so that a sync is short.
};

struct ClosedLogFile {
    Position last;  // Nothing in the file is after it.
    std::uint64_t bytes = 0;
};
using ClosedLogFiles = std::map<std::uint64_t, ClosedLogFile>;  // By number.

// Files that were there before, and go before the log goes on: what counts of them is in the tables.
struct InheritedLog {
    std::vector<std::string> names = {};
    bool is_set_aside = false;  // They are renamed (NAME.set-aside) and stay: not all of them could be read.
};

class RowLog {
  public:
    // Nothing is changed before the first append. Files get numbers above `newest`.
    RowLog(std::shared_ptr<rocksdb::FileSystem> files, std::string directory, std::uint64_t newest,
           InheritedLog inherited, WriteAhead write_ahead = WriteAhead::Zeros);
    ~RowLog();

    // `before`: the position of the batch before. After an error of these three it is not known
    // what was kept, and nothing may be appended any more.
    rocksdb::IOStatus append(Position before, Position position, std::string_view batch);
    rocksdb::IOStatus sync();
    // Syncs; the next append begins another file.
    rocksdb::IOStatus rotate();
    // False: the next append makes one first, which waits for the disk.
    bool has_file() const { return file_ != nullptr; }

    // Of the file being written, or of the next one; for people.
    std::uint64_t number() const;
    // Of the file being written.
    std::uint64_t file_bytes() const;
    // Of all files.
    std::uint64_t bytes() const;
    // Removes the closed files that hold nothing after `upto`. One that cannot be removed is tried
    // again.
    void forget(Position upto);

  private:
    class File;
    rocksdb::IOStatus begin_file(Position before);
    rocksdb::IOStatus drop_inherited();
    rocksdb::IOStatus sync_folder();
    void note_appended(Position last, std::uint64_t bytes);
    // Of the closed files, if nothing in it is after `upto`.
    std::optional<std::uint64_t> oldest_closed(Position upto) const;

    const std::shared_ptr<rocksdb::FileSystem> files_;
    const std::string directory_;
    InheritedLog inherited_;
    const WriteAhead write_ahead_;
    std::unique_ptr<File> file_;
    std::string frame_;  // Reused.

    mutable std::mutex mutex_;  // Guards what follows.
    ClosedLogFiles closed_;
    std::uint64_t number_;
    ClosedLogFile open_;
};

}  // namespace swarmq::storage
