// Finds and appends frames.
#include "wire/frame.h"

#include <google/protobuf/message_lite.h>

namespace swarmq::wire {
namespace {

std::uint32_t read_u32_be(const char* bytes) {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

}  // namespace

FrontFrame front_frame(std::string_view buffer, std::size_t body_bytes_max) {
    if (buffer.size() < kFrameHeaderBytes) return {};
    const std::size_t length = read_u32_be(buffer.data());
    if (length > body_bytes_max) return {FrontFrame::Kind::TooLarge, {}, length};
    const std::size_t whole = kFrameHeaderBytes + length;
    if (buffer.size() < whole) return {FrontFrame::Kind::Partial, {}, whole};
    return {FrontFrame::Kind::Whole, buffer.substr(kFrameHeaderBytes, length), whole};
}

void append_frame(const google::protobuf::MessageLite& message, std::string& out) {
    const std::size_t length = message.ByteSizeLong();
    const std::size_t start = out.size();
    out.resize(start + kFrameHeaderBytes + length);
    char* bytes = out.data() + start;
    for (int i = 0; i < 4; ++i) bytes[i] = static_cast<char>(length >> (24 - 8 * i));
    message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(bytes + 4));
}

}  // namespace swarmq::wire
