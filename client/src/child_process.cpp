// Starts a child, reads its output and waits for its end without polling.
#include "child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace swarmq::inline sdk {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

// Between fork and exec: only what is safe there.
[[noreturn]] void become(char* const* arguments, int output, int errors, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);  // The parent ended before we asked.
    dup2(output, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execvp(arguments[0], arguments);
    const char* const reason = std::strerror(errno);
    static_cast<void>(!write(STDERR_FILENO, reason, std::strlen(reason)));
    _exit(127);
}

bool wait_readable(int file, Milliseconds longest) {
    pollfd waited{file, POLLIN, 0};
    const auto ends = std::chrono::steady_clock::now() + longest;
    while (true) {
        const auto left = std::chrono::duration_cast<Milliseconds>(
            ends - std::chrono::steady_clock::now());
        const int ready = poll(&waited, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
        if (ready >= 0 || errno != EINTR) return ready > 0;
    }
}

}  // namespace

ChildProcess::ChildProcess(std::vector<std::string> command) {
    std::vector<char*> arguments;
    for (auto& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    int output[2];
    if (pipe2(output, O_CLOEXEC) != 0) fail("pipe");
    errors_ = memfd_create("errors", MFD_CLOEXEC);
    if (errors_ < 0) fail("memfd_create");
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ < 0) fail("fork");
    if (pid_ == 0) become(arguments.data(), output[1], errors_, parent);
    close(output[1]);
    output_ = output[0];
    pid_fd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
}

ChildProcess::~ChildProcess() {
    if (!exit_code_) {
        ::kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    if (output_ >= 0) close(output_);
    if (pid_fd_ >= 0) close(pid_fd_);
    if (errors_ >= 0) close(errors_);
}

bool ChildProcess::read_some(Milliseconds longest) {
    if (!wait_readable(output_, longest)) return false;
    char buffer[4096];
    const ssize_t bytes = read(output_, buffer, sizeof buffer);
    if (bytes > 0) unread_.append(buffer, static_cast<std::size_t>(bytes));
    return bytes > 0;
}

std::string ChildProcess::read_line(Milliseconds longest) {
    const auto ends = std::chrono::steady_clock::now() + longest;
    auto end = unread_.find('\n');
    while (end == std::string::npos) {
        const auto left = std::chrono::duration_cast<Milliseconds>(
            ends - std::chrono::steady_clock::now());
        if (!read_some(left)) return std::exchange(unread_, {});
        end = unread_.find('\n');
    }
    std::string line = unread_.substr(0, end + 1);
    unread_.erase(0, end + 1);
    return line;
}

std::string ChildProcess::errors() const {
    std::string text;
    char buffer[4096];
    off_t at = 0;
    for (ssize_t bytes = 0; (bytes = pread(errors_, buffer, sizeof buffer, at)) > 0; at += bytes) {
        text.append(buffer, static_cast<std::size_t>(bytes));
    }
    return text;
}

void ChildProcess::send(int signal) {
    if (!exit_code_) ::kill(pid_, signal);
}

std::optional<int> ChildProcess::wait(Milliseconds longest) {
    if (exit_code_) return exit_code_;
    if (!wait_readable(pid_fd_, longest)) return std::nullopt;
    int status = 0;
    if (waitpid(pid_, &status, 0) != pid_) fail("waitpid");
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return exit_code_;
}

}  // namespace swarmq::inline sdk
