// Starts and ends the daemon.
#include "support/daemon_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace swarmq::test {
namespace {

[[noreturn]] void become_daemon(const std::vector<std::string>& arguments, int output) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(output, STDOUT_FILENO);
    const char* const program = std::getenv("SWARMQD");
    std::vector<char*> argv{const_cast<char*>(program ? program : "swarmqd")};
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
}

int exit_code_of(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

DaemonProcess::DaemonProcess(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--listen", "127.0.0.1:0"});
    // A flag would win over what the file says.
    if (std::find(arguments.begin(), arguments.end(), "--config") == arguments.end())
        arguments.insert(arguments.begin(), {"--log-level", "error"});
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for the daemon");
    pid_ = ::fork();
    if (pid_ == 0) become_daemon(arguments, ends[1]);
    ::close(ends[1]);
    FILE* const output = ::fdopen(ends[0], "r");
    char line[256] = {};
    unsigned port = 0;
    char http_line[256] = {};
    unsigned http_port = 0;
    // Both lines are written at once.
    const bool has_line = std::fgets(line, sizeof line, output) != nullptr;
    if (has_line && std::fgets(http_line, sizeof http_line, output) != nullptr)
        std::sscanf(http_line, "swarmqd http on 127.0.0.1:%u", &http_port);
    std::fclose(output);
    if (!has_line || std::sscanf(line, "swarmqd listening on 127.0.0.1:%u", &port) != 1)
        throw std::runtime_error("swarmqd did not start, exit code " + std::to_string(wait()));
    port_ = static_cast<std::uint16_t>(port);
    http_port_ = static_cast<std::uint16_t>(http_port);
}

DaemonProcess::~DaemonProcess() { stop(); }

void DaemonProcess::signal(int number) {
    if (pid_ > 0) ::kill(pid_, number);
}

int DaemonProcess::wait() {
    if (pid_ <= 0) return -1;
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return exit_code_of(status);
}

void DaemonProcess::kill() {
    if (pid_ <= 0) return;
    signal(SIGKILL);
    wait();
}

int DaemonProcess::stop() {
    if (pid_ <= 0) return -1;
    signal(SIGTERM);
    return wait();
}

}  // namespace swarmq::test
