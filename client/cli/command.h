// From the command line to an exit code.
#pragma once

#include "verbs.h"

#include <string>
#include <vector>

namespace swarmq::cli {

// The words after the program's name. Prints errors as one line on standard error.
int run_command(const std::vector<std::string>& words);

// "swarm queue submit" for people.
std::string full_name(const Verb& verb);

struct VerbOption {
    std::string name;  // "--json" and so on.
    std::string help;
    bool takes_value = false;
};

// What a verb takes, for completion.
struct VerbShape {
    std::vector<VerbOption> options;
    std::vector<std::string> places;  // Of words without a dash, by the name that help gives them: "QUEUE".
};
VerbShape shape_of(const Verb& verb);

}  // namespace swarmq::cli
