// Reads and writes the superblock file: two slots of 512 bytes, 4096 bytes apart.
#include "superblock.h"

#include "bytes.h"
#include "crc32c.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace swarmq::storage {
namespace {

// Stored: never renumber. The layout is in storage/README.md.
constexpr std::string_view kMagic = "swarmqSB";
constexpr std::uint32_t kVersion = 1;
constexpr off_t kSlotDistance = 4096;  // Two sectors never share a slot's fate.
constexpr std::size_t kSlotBytes = 512;

std::string encode_slot(std::uint64_t generation, const SuperblockContent& content) {
    std::string slot{kMagic};
    append_be(kVersion, slot);
    append_be(generation, slot);
    append_be(raw(content.epoch), slot);
    append_be(content.log_number, slot);
    append_be(content.synced.incarnation, slot);
    append_be(content.synced.sequence, slot);
    append_be(crc32c(slot), slot);
    slot.resize(kSlotBytes, '\0');
    return slot;
}

struct Slot {
    std::uint64_t generation = 0;
    SuperblockContent content;
};

std::optional<Slot> decode_slot(std::string_view bytes) {
    ByteReader reader{bytes};
    std::string_view magic;
    std::uint32_t version = 0;
    std::uint32_t epoch = 0;
    std::uint32_t crc = 0;
    Slot slot;
    if (!reader.read_bytes(kMagic.size(), magic) || magic != kMagic || !reader.read_be(version) ||
        version != kVersion || !reader.read_be(slot.generation) || !reader.read_be(epoch) ||
        !reader.read_be(slot.content.log_number) ||
        !reader.read_be(slot.content.synced.incarnation) ||
        !reader.read_be(slot.content.synced.sequence))
        return std::nullopt;
    const std::string_view covered = bytes.substr(0, bytes.size() - reader.rest().size());
    if (!reader.read_be(crc) || crc != crc32c(covered)) return std::nullopt;
    slot.content.epoch = Epoch{epoch};
    return slot;
}

std::optional<Slot> read_slot(int file, int index) {
    char bytes[kSlotBytes];
    const ssize_t count = ::pread(file, bytes, sizeof bytes, index * kSlotDistance);
    if (count <= 0) return std::nullopt;
    return decode_slot({bytes, static_cast<std::size_t>(count)});
}

Error system_error(Code code, const std::string& what, const std::string& path) {
    return Error{code, what + " " + path +
                           " failed: " + std::error_code{errno, std::generic_category()}.message()};
}

bool write_slot(int file, int index, const std::string& slot) {
    return ::pwrite(file, slot.data(), slot.size(), index * kSlotDistance) ==
           static_cast<ssize_t>(slot.size());
}

bool sync_directory_of(const std::string& path) {
    const auto parent = std::filesystem::path{path}.parent_path();
    const int directory =
        ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return false;
    const bool synced = ::fsync(directory) == 0;
    ::close(directory);
    return synced;
}

}  // namespace

Result<> check_recovered(const std::optional<SuperblockContent>& noted, Position recovered,
                         const std::string& path) {
    const std::string advice =
        ": run `swarmqd verify` to see what is there, `swarmqd repair` to go on with it";
    if (!noted)
        return damage("the store stands at position " + describe(recovered) + " but " + path +
                      ", which says how far it should, is missing" + advice);
    if (noted->synced.sequence > 0 && noted->synced.incarnation != recovered.incarnation)
        return damage("the store stands at position " + describe(recovered) + " but " + path +
                      " belongs to position " + describe(noted->synced) +
                      ": they are of different stores" + advice);
    if (noted->synced > recovered)
        return damage("the store has lost acknowledged work: it was recovered to position " +
                      describe(recovered) + ", and had been durable to position " +
                      describe(noted->synced) + " (log file " + std::to_string(noted->log_number) +
                      ")" + advice);
    return {};
}

Result<Superblock> Superblock::open(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0)
        return system_error(errno == ENOENT ? Code::NotFound : Code::Internal, "opening", path);
    Superblock superblock{path, file};
    bool found = false;
    for (int index = 0; index < 2; ++index) {
        const auto slot = read_slot(file, index);
        if (!slot || (found && slot->generation < superblock.generation_)) continue;
        superblock.generation_ = slot->generation;
        superblock.content_ = slot->content;
        found = true;
    }
    if (!found)
        return damage(path + " has no slot with a right checksum, expected one of two: "
                             "run `swarmqd verify`, then `swarmqd repair`");
    return superblock;
}

Result<Superblock> Superblock::create(const std::string& path, const SuperblockContent& content) {
    const std::string temporary = path + ".new";
    const int file =
        ::open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return system_error(Code::Internal, "creating", temporary);
    Superblock superblock{path, file};
    superblock.content_ = content;
    superblock.generation_ = 1;
    if (!write_slot(file, 0, encode_slot(0, content)) ||
        !write_slot(file, 1, encode_slot(1, content)) || ::fsync(file) != 0)
        return system_error(Code::Internal, "writing", temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0 || !sync_directory_of(path))
        return system_error(Code::Internal, "putting in place", path);
    return superblock;
}

Superblock::Superblock(Superblock&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      generation_(other.generation_),
      content_(other.content_) {}

Superblock::~Superblock() {
    if (file_ >= 0) ::close(file_);
}

Result<> Superblock::write(const SuperblockContent& content) {
    ++generation_;
    if (!write_slot(file_, static_cast<int>(generation_ % 2), encode_slot(generation_, content)) ||
        ::fdatasync(file_) != 0)
        return system_error(Code::Unknown, "writing", path_);
    content_ = content;
    return {};
}

}  // namespace swarmq::storage
