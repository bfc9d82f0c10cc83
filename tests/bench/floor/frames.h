// Frames as small as they can be: a length of four bytes, and that many bytes of no meaning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace swarmq::bench {

inline constexpr std::size_t kHeaderBytes = 4;

// `bytes`: all of the frame, its header included.
inline std::string frame_of(std::uint32_t bytes) {
    std::string frame(bytes, 'x');
    for (std::size_t i = 0; i < kHeaderBytes; ++i) {
        frame[i] = static_cast<char>((bytes >> (8 * i)) & 0xff);
    }
    return frame;
}

// Counts the frames that have arrived on one connection; keeps no bytes but a cut header.
class FrameCounter {
  public:
    // How many frames end within these bytes.
    std::uint64_t count(const char* bytes, std::size_t length) {
        std::uint64_t frames = 0;
        for (std::size_t at = 0; at < length;) {
            if (header_got_ < kHeaderBytes) {
                const auto byte = static_cast<unsigned char>(bytes[at++]);
                left_ |= static_cast<std::uint32_t>(byte) << (8 * header_got_);
                if (++header_got_ == kHeaderBytes) left_ -= kHeaderBytes;
                continue;
            }
            const std::size_t step = left_ < length - at ? left_ : length - at;
            at += step;
            left_ -= static_cast<std::uint32_t>(step);
            if (left_ == 0) {
                ++frames;
                header_got_ = 0;
            }
        }
        return frames;
    }

  private:
    std::uint32_t left_ = 0;
    std::size_t header_got_ = 0;
};

}  // namespace swarmq::bench
