// How a call of the library ended, as its error or its code.
#pragma once

#include <functional>

#include <swarmq/error.h>

namespace swarmq::test {

// With code Ok when it did not fail.
inline Error error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const SwarmqError& error) {
        return error.error();
    }
    return {Code::Ok, ""};
}

inline Code code_of(const std::function<void()>& call) { return error_of(call).code; }

}  // namespace swarmq::test
