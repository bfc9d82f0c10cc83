// Runs the programs of the build as a user would, against a daemon of the test's own.
#pragma once

#include "support/daemon_process.h"
#include "support/temporary_directory.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace swarmq::test {

struct Broker {
    TemporaryDirectory directory;
    DaemonProcess daemon{{"--data-dir", directory.file("data"), "--disk-reserve", "0"}};

    std::filesystem::path folder() const { return directory.path(); }
};

struct Output {
    std::string text;  // Standard output and standard error.
    int exit_code = -1;
};

// Runs a shell command that may name our programs without their folder, for at most a minute.
// Throws std::runtime_error when it cannot be started.
Output run(std::uint16_t port, const std::string& command);

}  // namespace swarmq::test
