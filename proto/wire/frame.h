// Frames on byte spans: `u32 length, big-endian | Envelope`. No sockets here.
// Stored: never renumber; this layout is the protocol.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace google::protobuf {
class MessageLite;
}

namespace swarmq::wire {

inline constexpr std::size_t kFrameHeaderBytes = 4;
inline constexpr std::uint32_t kProtocolMajor = 1;
inline constexpr std::uint32_t kProtocolMinor = 0;

// Before Welcome and after it. A larger frame ends the connection.
inline constexpr std::size_t kFrameBytesMaxBeforeHello = 4 * 1024;
inline constexpr std::size_t kFrameBytesMax = 4 * 1024 * 1024;

// What lies at the front of a buffer of received bytes.
struct FrontFrame {
    enum class Kind { Whole, Partial, TooLarge };
    Kind kind = Kind::Partial;
    // Whole: the Envelope's bytes; they point into the buffer.
    std::string_view body;
    // Whole: header and body together. Partial: how many bytes the frame needs in all, 0 when the
    // header itself is not there yet. TooLarge: the length the header claims.
    std::size_t bytes = 0;
};

FrontFrame front_frame(std::string_view buffer, std::size_t body_bytes_max);

// Appends one frame with this message to `out`.
void append_frame(const google::protobuf::MessageLite& message, std::string& out);

}  // namespace swarmq::wire
