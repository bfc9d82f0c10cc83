// What a new configuration changes in a daemon that runs.
#pragma once

#include <string>
#include <vector>

#include "options.h"

namespace swarmq {

struct Reload {
    std::vector<std::string> taken_up;       // "log_level = debug"
    std::vector<std::string> needs_restart;  // "listen = 127.0.0.1:7000"
};

// Moves what may change while the daemon runs from `fresh` to `running`, and says what did and did not.
Reload reload(Options& running, const Options& fresh);

}  // namespace swarmq
