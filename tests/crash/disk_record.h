// All that a disk was told, in order, and what a power cut after any of it may leave there: of bytes and
// names that were not synced, nothing is certain. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace swarmq::test {

// What becomes of the unsynced part.
enum class Loss {
    Forget,  // All of it is gone.
    Keep,    // All of it is there.
    Part,    // Of each file and each folder a beginning of it is there, by seed.
    Torn,    // Likewise, and of each file the last bytes that are there are not those written.
};

class DiskRecord {
  public:
    using FileId = std::size_t;

    // Names are paths inside the recorded folder. A file that has the name is replaced.
    FileId create(const std::string& name);
    void write(FileId file, std::uint64_t offset, std::string bytes);
    void truncate(FileId file, std::uint64_t size);
    void sync(FileId file);
    void rename(const std::string& from, const std::string& to);
    // A second name, in the same folder.
    void link(const std::string& name, const std::string& other);
    void remove(const std::string& name);
    // The file that has the name now.
    FileId file_of(const std::string& name) const;
    // Names made, changed and removed in the folder before are certain from here on.
    void sync_folder(const std::string& name);

    // How many operations there were.
    std::size_t size() const;

    // Writes into `directory` what a power cut after the first `cut` operations may leave.
    void leave(std::size_t cut, Loss loss, std::uint64_t seed, const std::string& directory) const;
    // The operation before the cut, for people.
    std::string describe(std::size_t cut) const;

  private:
    enum class Kind : std::uint8_t { Create, Write, Truncate, Sync, Rename, Link, Remove, SyncFolder };
    struct Operation {
        Kind kind{};
        FileId file = 0;
        std::uint64_t at = 0;  // Offset, or the size to truncate to.
        std::string bytes;
        std::string name;  // Of a file or folder.
        std::string to;
    };
    class Remains;

    void add(Operation operation);

    mutable std::mutex mutex_;
    std::vector<Operation> operations_;
    FileId files_ = 0;
    std::map<std::string, FileId> names_;  // As they are now.
};

}  // namespace swarmq::test
