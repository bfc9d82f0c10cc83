// The unit, the alert rules and what is installed, judged by the tools that will read them.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "support/programs.h"

using namespace swarmq::test;

namespace {

std::string read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The unit as it is, but for a daemon and a user that need not be installed.
std::string unit_for_here(const TemporaryDirectory& directory) {
    std::istringstream lines(read(SWARMQ_UNIT));
    std::ofstream out(directory.file("swarmqd.service"));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("ExecStart=")) line = "ExecStart=/bin/true";
        if (line.starts_with("Documentation=")) line.clear();
        out << line << "\n";
    }
    return directory.file("swarmqd.service");
}

}  // namespace

TEST_CASE("systemd accepts the unit", "[integration][R33]") {
    const TemporaryDirectory directory;
    const auto verified = run(0, "systemd-analyze verify " + unit_for_here(directory));
    INFO("systemd-analyze comes with deploy/dependencies test");
    CHECK(verified.text == "");
    CHECK(verified.exit_code == 0);
}

TEST_CASE("systemd rates the exposure of the unit at 2.0 or better", "[integration][R33][R37]") {
    const TemporaryDirectory directory;
    const auto rated = run(0, "systemd-analyze security --no-pager --offline=true --threshold=20 " +
                                  unit_for_here(directory));
    INFO(rated.text);
    CHECK(rated.exit_code == 0);
    CHECK(rated.text.find("Overall exposure level for swarmqd.service") != std::string::npos);
}

TEST_CASE("the unit starts the daemon with the installed configuration and gives it time to stop",
          "[integration][R33]") {
    const std::string unit = read(SWARMQ_UNIT);
    CHECK(unit.find("/sbin/swarmqd --config /") != std::string::npos);
    CHECK(unit.find("Type=notify\n") != std::string::npos);
    CHECK(unit.find("RestartPreventExitStatus=1 2\n") != std::string::npos);
    CHECK(unit.find('@' + std::string("CMAKE")) == std::string::npos);
}

TEST_CASE("an installation has the unit, the user and a configuration, and keeps the operator's own",
          "[integration][R33]") {
    const TemporaryDirectory directory;
    const std::string root = directory.path();
    const std::string install = std::string("cmake --install ") + SWARMQ_BUILD + "/deploy --prefix " + root;
    const auto first = run(0, install);
    INFO(first.text);
    REQUIRE(first.exit_code == 0);
    CHECK(std::filesystem::exists(root + "/lib/systemd/system/swarmqd.service"));
    CHECK(read(root + "/lib/sysusers.d/swarmq.conf").find("u swarmq") != std::string::npos);
    const std::string file = root + "/etc/swarmq/swarmqd.toml";
    const auto printed = run(0, "swarmqd --config " + file + " --print-config");
    CHECK(printed.exit_code == 0);
    std::ofstream(file) << "log_level = \"debug\"\n";
    CHECK(run(0, install).exit_code == 0);
    CHECK(read(file) == "log_level = \"debug\"\n");
}
