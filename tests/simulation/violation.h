// What the simulation throws when the engine does what the contract forbids.
#pragma once

#include <stdexcept>
#include <string>

namespace swarmq::simulation {

class Violation : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Builds the sentence only when it is needed.
template <class... Parts>
void require(bool holds, const Parts&... parts) {
    if (holds) [[likely]]
        return;
    std::string text;
    const auto append = [&](const auto& part) {
        if constexpr (requires { std::to_string(part); })
            text += std::to_string(part);
        else
            text += part;
    };
    (append(parts), ...);
    throw Violation(text);
}

}  // namespace swarmq::simulation
