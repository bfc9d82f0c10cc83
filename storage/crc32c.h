// The Castagnoli checksum of a superblock slot.
#pragma once

#include <cstdint>
#include <string_view>

namespace swarmq::storage {

std::uint32_t crc32c(std::string_view bytes);

}  // namespace swarmq::storage
