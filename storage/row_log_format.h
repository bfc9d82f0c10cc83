// Stored: never renumber. The bytes of a store's log: file names, the head of a file, the head of a frame. Only rocks_log
// and rocks_log_reader include it.
#pragma once

#include "store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace swarmq::storage {

// magic(8) version(4) number(8), incarnation(8) and sequence(8) before the file's first batch,
// checksum(8).
inline constexpr std::size_t kLogHeadBytes = 44;
// length(4) and checksum(8) of what follows: incarnation(8) and sequence(8) of a position, and its
// batch. So no length is 0: zeros are the end.
inline constexpr std::size_t kFrameHeadBytes = 28;

std::string log_file_name(std::uint64_t number);
// Nothing: not the name of a log file.
std::optional<std::uint64_t> log_file_number(std::string_view name);

struct LogHead {
    std::uint64_t number = 0;
    Position before;
};
std::string encode_log_head(const LogHead& head);
// Nothing: damaged, or of another version.
std::optional<LogHead> decode_log_head(std::string_view bytes);
// Whole as far as can be told, and written by another program.
bool is_of_other_version(std::string_view bytes);

// Makes `frame` of it.
void encode_frame(Position position, std::string_view batch, std::string& frame);

struct FrameHead {
    std::uint32_t frame_bytes = 0;  // With the head; 0: this is no frame.
    std::uint64_t checksum = 0;
    Position position;
};
// `bytes` has kFrameHeadBytes at least.
FrameHead decode_frame_head(std::string_view bytes);
// `bytes` begins with the head and has all of the batch.
bool is_whole(const FrameHead& head, std::string_view bytes);

}  // namespace swarmq::storage
