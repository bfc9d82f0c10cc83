// Big-endian fields under XXH3 checksums.
#include "row_log_format.h"

#include "bytes.h"
#include "model/check.h"

#define XXH_INLINE_ALL
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <xxhash.h>

namespace swarmq::storage {
namespace {

constexpr std::string_view kMagic = "swarmqRL";
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kVersionsBelow = 1'000;  // What is above is no version but damage.
constexpr std::string_view kExtension = ".rowlog";
constexpr std::size_t kChecksumBytes = 8;
constexpr std::uint32_t kLengthsBelow = 1u << 31;
constexpr std::size_t kCheckedFrom =
    4 + kChecksumBytes;  // Of a frame: the position, then the batch.

std::uint64_t checksum(std::string_view bytes) {
    return XXH3_64bits(bytes.data(), bytes.size());
}

bool read_position(ByteReader& reader, Position& position) {
    return reader.read_be(position.incarnation) && reader.read_be(position.sequence);
}

}  // namespace

std::string log_file_name(std::uint64_t number) {
    return fmt::format("{:06}{}", number, kExtension);
}

std::optional<std::uint64_t> log_file_number(std::string_view name) {
    if (!name.ends_with(kExtension)) return std::nullopt;
    name.remove_suffix(kExtension.size());
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    return number;
}

std::string encode_log_head(const LogHead& head) {
    std::string bytes{kMagic};
    append_be(kVersion, bytes);
    append_be(head.number, bytes);
    append_be(head.before.incarnation, bytes);
    append_be(head.before.sequence, bytes);
    append_be(checksum(bytes), bytes);
    return bytes;
}

std::optional<LogHead> decode_log_head(std::string_view bytes) {
    if (bytes.size() < kLogHeadBytes || !bytes.starts_with(kMagic)) return std::nullopt;
    ByteReader reader{bytes.substr(kMagic.size())};
    std::uint32_t version = 0;
    std::uint64_t sum = 0;
    LogHead head;
    if (!reader.read_be(version) || version != kVersion || !reader.read_be(head.number) ||
        !read_position(reader, head.before) || !reader.read_be(sum) ||
        sum != checksum(bytes.substr(0, kLogHeadBytes - kChecksumBytes)))
        return std::nullopt;
    return head;
}

bool is_of_other_version(std::string_view bytes) {
    ByteReader reader{bytes.substr(std::min(bytes.size(), kMagic.size()))};
    std::uint32_t version = 0;
    return bytes.starts_with(kMagic) && reader.read_be(version) && version > kVersion &&
           version < kVersionsBelow;
}

void encode_frame(Position position, std::string_view batch, std::string& frame) {
    frame.resize(kFrameHeadBytes);
    store_be(position.incarnation, frame.data() + kCheckedFrom);
    store_be(position.sequence, frame.data() + kCheckedFrom + sizeof position.incarnation);
    frame += batch;
    SWARMQ_CHECK(frame.size() - kCheckedFrom < kLengthsBelow);
    store_be(static_cast<std::uint32_t>(frame.size() - kCheckedFrom), frame.data());
    store_be(checksum(std::string_view{frame}.substr(kCheckedFrom)), frame.data() + 4);
}

FrameHead decode_frame_head(std::string_view bytes) {
    ByteReader reader{bytes};
    std::uint32_t length = 0;
    FrameHead head;
    reader.read_be(length);
    reader.read_be(head.checksum);
    read_position(reader, head.position);
    constexpr std::size_t kPositionBytes = kFrameHeadBytes - kCheckedFrom;
    if (length >= kPositionBytes && length < kLengthsBelow)
        head.frame_bytes = length + static_cast<std::uint32_t>(kCheckedFrom);
    return head;
}

bool is_whole(const FrameHead& head, std::string_view bytes) {
    return head.frame_bytes > 0 && bytes.size() >= head.frame_bytes &&
           checksum(bytes.substr(kCheckedFrom, head.frame_bytes - kCheckedFrom)) == head.checksum;
}

}  // namespace swarmq::storage
