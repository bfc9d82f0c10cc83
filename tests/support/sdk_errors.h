// How a call of the library ended, as its code.
#pragma once

#include <functional>

#include <swarmq/error.h>

namespace swarmq::test {

inline Code code_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const SwarmqError& error) {
        return error.code();
    }
    return Code::Ok;
}

}  // namespace swarmq::test
