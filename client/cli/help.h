// The pages of `swarm --help` and `swarm queue --help`, made from the table of verbs.
#pragma once

#include <string>
#include <string_view>

namespace swarmq::cli {

std::string main_help();
std::string group_help(std::string_view group);

}  // namespace swarmq::cli
