// CRC32C by table: a superblock has some sixty bytes.
#include "crc32c.h"

#include <array>

namespace swarmq::storage {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // Bits reversed.

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
        table[byte] = crc;
    }
    return table;
}

constexpr auto kTable = make_table();

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
    std::uint32_t crc = ~0u;
    for (const char c : bytes)
        crc = crc >> 8 ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xff];
    return ~crc;
}

}  // namespace swarmq::storage
