// Links what never changes, copies the rest.
#include "rocks_copy.h"

#include "files.h"

#include <rocksdb/metadata.h>
#include <rocksdb/options.h>

#include <unistd.h>
#include <vector>

namespace swarmq::storage {
namespace {

// Obsolete files stay for as long as it lives.
class FilesKept {
  public:
    explicit FilesKept(rocksdb::DB& db) : db_(db), status_(db.DisableFileDeletions()) {}
    ~FilesKept() {
        if (status_.ok()) static_cast<void>(db_.EnableFileDeletions(false));
    }
    FilesKept(const FilesKept&) = delete;
    const rocksdb::Status& status() const { return status_; }

  private:
    rocksdb::DB& db_;
    rocksdb::Status status_;
};

bool is_immutable(const rocksdb::LiveFileStorageInfo& file) {
    return !file.trim_to_size &&
           (file.file_type == rocksdb::kTableFile || file.file_type == rocksdb::kBlobFile);
}

Error list_error(const rocksdb::Status& status) {
    return {Code::Internal, "the files of the store cannot be listed: " + status.ToString()};
}

class Copier {
  public:
    Copier(std::string directory, const Store::CopyWatch& watch)
        : directory_(std::move(directory)), watch_(watch) {}

    Result<> copy(const rocksdb::LiveFileStorageInfo& file) {
        const std::string to = directory_ + "/" + file.relative_filename;
        const std::string from = file.directory + "/" + file.relative_filename;
        if (is_immutable(file) && ::link(from.c_str(), to.c_str()) == 0) return note(file.size, 0);
        if (file.replacement_contents.empty())
            return copy_file(from, to, file.size,
                             [this](std::uint64_t part) { return note(part, part).ok(); });
        if (auto written = write_new_file(to, file.replacement_contents); !written) return written;
        return note(file.size, file.size);
    }

  private:
    Result<> note(std::uint64_t bytes, std::uint64_t copied) {
        steps_.bytes += bytes;
        steps_.copied += copied;
        return watch_(steps_) ? Result<>{} : copy_stopped();
    }

    const std::string directory_;
    const Store::CopyWatch& watch_;
    Store::CopySteps steps_;
};

}  // namespace

Result<> copy_live_files(rocksdb::DB& db, const std::string& directory,
                         const Store::CopyWatch& watch) {
    const FilesKept kept(db);
    if (!kept.status().ok()) return list_error(kept.status());
    std::vector<rocksdb::LiveFileStorageInfo> files;
    const rocksdb::Status listed = db.GetLiveFilesStorageInfo({}, &files);
    if (!listed.ok()) return list_error(listed);
    Copier copier(directory, watch);
    for (const auto& file : files)
        if (auto copied = copier.copy(file); !copied) return copied;
    return sync_directory(directory);
}

}  // namespace swarmq::storage
