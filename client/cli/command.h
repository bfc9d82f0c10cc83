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

// The names of a verb's options, "--json" and so on.
std::vector<std::string> option_names(const Verb& verb);

}  // namespace swarmq::cli
