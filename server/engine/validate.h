// Whether what a request brings is within bounds, and a sentence where it is not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/commands.h"
#include "model/error.h"

namespace swarmq::engine {

// 1..128 of A-Z a-z 0-9 . _ : -
Result<> check_name(std::string_view what, std::string_view text);
// 0..a thousand years.
Result<> check_duration(std::string_view what, DurationMs value);
Result<> check_priority(std::uint32_t priority);
Result<> check_tags(const std::vector<std::string>& tags);
Error too_large(std::string_view what, std::size_t bytes, std::size_t bytes_max);
Result<> check_spec(const JobSpec& spec);

}  // namespace swarmq::engine
