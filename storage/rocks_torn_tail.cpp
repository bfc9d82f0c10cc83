// Reads the format of RocksDB's logs, of which its manifest is one: blocks of 32 KiB, in them
// records of a checksum (4 bytes), a length (2), a type (1) and a payload; a long one goes on in
// the next block.
#include "rocks_torn_tail.h"

#include "crc32c.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace swarmq::storage {
namespace {

constexpr std::size_t kBlockBytes = 32'768;
constexpr std::size_t kHeaderBytes = 7;
// In so many blocks after the damage a whole record is looked for at every byte, later only where
// blocks begin.
constexpr std::size_t kBlocksSearched = 64;

enum class PieceType : unsigned char { Full = 1, First = 2, Middle = 3, Last = 4 };

struct Piece {
    PieceType type{};
    std::size_t end = 0;
};

std::uint32_t little_endian(std::string_view bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

// RocksDB stores checksums changed so, as they may be part of what is checksummed.
std::uint32_t masked(std::uint32_t crc) {
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

std::optional<Piece> whole_piece_at(std::string_view log, std::size_t at) {
    const std::size_t block_end = std::min(log.size(), (at / kBlockBytes + 1) * kBlockBytes);
    if (at + kHeaderBytes > block_end) return std::nullopt;
    const auto type = static_cast<unsigned char>(log[at + 6]);
    const std::size_t length = little_endian(log.substr(at + 4, 2));
    const std::size_t end = at + kHeaderBytes + length;
    if (type < 1 || type > 4 || end > block_end) return std::nullopt;
    if (masked(crc32c(log.substr(at + 6, 1 + length))) != little_endian(log.substr(at, 4)))
        return std::nullopt;
    return Piece{static_cast<PieceType>(type), end};
}

// Where the next piece begins: too few bytes for a header at the end of a block are filled up.
std::size_t next_begin(std::size_t end) {
    const std::size_t left = kBlockBytes - end % kBlockBytes;
    return left < kHeaderBytes ? end + left : end;
}

bool begins_record(const std::optional<Piece>& piece) {
    return piece && (piece->type == PieceType::Full || piece->type == PieceType::First);
}

// Later pieces of the torn record may be whole; the beginning of another one means that it was
// synced.
bool has_record_after(std::string_view log, std::size_t damage) {
    const std::size_t block = damage / kBlockBytes;
    for (std::size_t at = (block + 1) * kBlockBytes; at < log.size(); at += kBlockBytes)
        if (begins_record(whole_piece_at(log, at))) return true;
    const std::size_t searched_end = std::min(log.size(), (block + kBlocksSearched) * kBlockBytes);
    for (std::size_t at = damage + 1; at < searched_end; ++at)
        if (begins_record(whole_piece_at(log, at))) return true;
    return false;
}

std::optional<TornTail> torn_tail_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    const std::string log(std::istreambuf_iterator<char>(file), {});
    std::size_t whole_end = 0;
    std::size_t at = 0;
    while (const auto piece = whole_piece_at(log, at)) {
        at = next_begin(piece->end);
        if (piece->type == PieceType::Full || piece->type == PieceType::Last)
            whole_end = piece->end;
    }
    if (at >= log.size() || has_record_after(log, at)) return std::nullopt;
    return TornTail{path, whole_end, log.size() - whole_end};
}

std::string manifest(const std::string& directory) {
    std::ifstream current(directory + "/CURRENT");
    std::string name;
    return std::getline(current, name) ? directory + "/" + name : "";
}

}  // namespace

std::optional<TornTail> find_torn_tail(const std::string& directory) {
    return torn_tail_of(manifest(directory));
}

bool cut_off(const TornTail& tail) {
    const int file = ::open(tail.path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0) return false;
    const bool is_cut =
        ::ftruncate(file, static_cast<off_t>(tail.whole_bytes)) == 0 && ::fsync(file) == 0;
    ::close(file);
    return is_cut;
}

}  // namespace swarmq::storage
