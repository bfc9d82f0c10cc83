// What could be wrong with a broker, seen from its users' side.
#pragma once

#include "session.h"

#include <string>
#include <vector>

namespace swarmq::cli {

enum class Severity { Problem, Warning, Note };

struct Finding {
    Severity severity = Severity::Note;
    std::string check;  // "no_worker" and so on: a contract for programs, never renamed.
    std::string queue;  // Empty: of the broker.
    std::string what;
    std::string advice;  // What to do about it.
};

// Asks the broker, and only asks. In order of severity. Throws SwarmqError when it cannot be asked.
std::vector<Finding> examine(Session& session);

}  // namespace swarmq::cli
