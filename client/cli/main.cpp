// The entry of the `swarm` command.
#include "command.h"

#include <string>
#include <vector>

int main(int argc, char** argv) {
    return swarmq::cli::run_command(
        std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
