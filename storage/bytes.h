// Numbers as bytes: big-endian fields and varints, and a reader that never passes the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace swarmq::storage {

template <class UInt>
void store_be(UInt value, char* to) {
    for (std::size_t i = 0; i < sizeof value; ++i)
        to[i] = static_cast<char>(value >> 8 * (sizeof value - 1 - i));
}

template <class UInt>
void append_be(UInt value, std::string& to) {
    char bytes[sizeof value];
    store_be(value, bytes);
    to.append(bytes, sizeof bytes);
}

template <class UInt>
UInt load_be(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(UInt); ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return static_cast<UInt>(value);
}

// Seven bits a byte, lowest first, the high bit set on all but the last: as protobuf writes them.
inline void append_varint(std::uint64_t value, std::string& to) {
    while (value >= 0x80) {
        to.push_back(static_cast<char>((value & 0x7f) | 0x80));
        value >>= 7;
    }
    to.push_back(static_cast<char>(value));
}

// Takes fields off the front of bytes it does not own. Every read answers false when too few are
// left.
class ByteReader {
  public:
    explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

    bool at_end() const { return bytes_.empty(); }
    std::string_view rest() const { return bytes_; }

    template <class UInt>
    bool read_be(UInt& value) {
        if (bytes_.size() < sizeof value) return false;
        value = load_be<UInt>(bytes_);
        bytes_.remove_prefix(sizeof value);
        return true;
    }

    bool read_varint(std::uint64_t& value) {
        value = 0;
        for (int shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(bytes_.front());
            bytes_.remove_prefix(1);
            value |= std::uint64_t{byte & 0x7fu} << shift;
            if (byte < 0x80) return true;
        }
        return false;
    }

    bool read_bytes(std::uint64_t count, std::string_view& value) {
        if (count > bytes_.size()) return false;
        value = bytes_.substr(0, count);
        bytes_.remove_prefix(count);
        return true;
    }

  private:
    std::string_view bytes_;
};

}  // namespace swarmq::storage
