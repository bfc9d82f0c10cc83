// Runs programs through a shell.
#include "support/programs.h"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <sys/wait.h>

namespace swarmq::test {
namespace {

namespace fs = std::filesystem;

// Where the programs are: beside the daemon.
fs::path programs() {
    const char* const daemon = std::getenv("SWARMQD");
    if (daemon == nullptr) {
        throw std::runtime_error("SWARMQD does not name the daemon; run this test by ctest");
    }
    return fs::path(daemon).parent_path();
}

}  // namespace

Output run(std::uint16_t port, const std::string& command) {
    const std::string bin = programs().string();
    const std::string line = "export PATH='" + bin +
                             "':\"$PATH\" SWARMQ_SERVER=127.0.0.1:" + std::to_string(port) +
                             "; timeout 60 " + command + " 2>&1";
    std::FILE* const pipe = popen(line.c_str(), "r");
    if (pipe == nullptr) {
        throw std::runtime_error("cannot start a shell for: " + command);
    }
    Output output;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
        output.text += static_cast<char>(c);
    }
    const int status = pclose(pipe);
    output.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return output;
}

}  // namespace swarmq::test
