// Finds out about the superblock's writes.
#include "crash/recorded_disk.h"

#include <fstream>
#include <iterator>

#include "format.h"

namespace swarmq::test {
namespace {

constexpr std::size_t kSlots[] = {0, 4096};
constexpr std::size_t kSlotBytes = 512;

}  // namespace

RecordedDisk::RecordedDisk(DiskRecord& record, const std::string& data_dir)
    : record_(record),
      superblock_path_(storage::shard_paths(data_dir, ShardId{}).superblock),
      superblock_name_(superblock_path_.substr(data_dir.size() + 1)),
      driver_(std::this_thread::get_id()),
      files_(std::make_shared<RecordingFileSystem>(record, data_dir,
                                                   [this] { look_at_superblock(); })),
      env_(rocksdb::NewCompositeEnv(files_)) {}

void RecordedDisk::look_at_superblock() {
    if (std::this_thread::get_id() != driver_) return;
    std::ifstream file(superblock_path_, std::ios::binary);
    if (!file) return;
    std::string content(std::istreambuf_iterator<char>(file), {});
    if (content == seen_) return;
    if (!superblock_) {
        note_new_superblock(content);
    } else {
        for (const std::size_t slot : kSlots)
            if (content.compare(slot, kSlotBytes, seen_, slot, kSlotBytes) != 0)
                record_.write(*superblock_, slot, content.substr(slot, kSlotBytes));
        record_.sync(*superblock_);
    }
    seen_ = std::move(content);
}

// Made under another name, synced, then renamed.
void RecordedDisk::note_new_superblock(const std::string& content) {
    superblock_ = record_.create(superblock_name_ + ".new");
    for (const std::size_t slot : kSlots)
        record_.write(*superblock_, slot, content.substr(slot, kSlotBytes));
    record_.sync(*superblock_);
    record_.rename(superblock_name_ + ".new", superblock_name_);
    record_.sync_folder("");
}

}  // namespace swarmq::test
