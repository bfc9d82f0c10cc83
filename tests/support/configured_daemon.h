// A daemon with a configuration file and a log that can be read.
#pragma once

#include "support/daemon_process.h"
#include "support/error_lines.h"
#include "support/temporary_directory.h"

#include <csignal>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace swarmq::test {

struct Configured {
    explicit Configured(const std::string& text) {
        write(text);
        errors.while_redirected([this] {
            daemon.emplace(
                std::vector<std::string>{"--data-dir", directory.file("data"), "--config", file});
        });
    }
    void write(const std::string& text) const {
        std::ofstream(file) << "disk_reserve = 0\n" << text;
    }
    void reload(const std::string& text) {
        write(text);
        daemon->signal(SIGHUP);
    }

    TemporaryDirectory directory;
    std::string file = directory.file("swarmqd.toml");
    ErrorLines errors;
    std::optional<DaemonProcess> daemon;
};

}  // namespace swarmq::test
