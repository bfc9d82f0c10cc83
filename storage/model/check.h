// Checks that are always on: a failed one is a bug of ours, prints its values and aborts; recovery runs.
#pragma once

#include <cstdint>
#include <string_view>

namespace swarmq {

[[noreturn]] void check_failed(std::string_view condition, std::string_view file, int line,
                               std::int64_t left, std::int64_t right);

}  // namespace swarmq

#define SWARMQ_CHECK(condition)                                               \
    do {                                                                      \
        if (!(condition)) [[unlikely]]                                        \
            ::swarmq::check_failed(#condition, __FILE__, __LINE__, 0, 0);     \
    } while (false)

// Also prints two numbers that explain the failure.
#define SWARMQ_CHECK_VALUES(condition, left, right)                           \
    do {                                                                      \
        if (!(condition)) [[unlikely]]                                        \
            ::swarmq::check_failed(#condition, __FILE__, __LINE__,            \
                                   static_cast<std::int64_t>(left),           \
                                   static_cast<std::int64_t>(right));         \
    } while (false)
