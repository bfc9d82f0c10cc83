// Spawning and ending. Every descriptor of ours is closed on exec, so that no child keeps the pipe
// of another one open.
#include "child.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdexcept>
#include <string_view>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace swarmq::cli {
namespace {

// Above the four that the child gets, so that putting one into place overwrites no other.
constexpr int kLowestFd = 4;

[[noreturn]] void throw_error(const std::string& what, int error) {
    throw std::runtime_error(what + ": " + std::strerror(error));
}

struct Pipe {
    Fd read_end;
    Fd write_end;
};

Fd moved_up(Fd fd) {
    if (fd.number() >= kLowestFd) return fd;
    const int high = ::fcntl(fd.number(), F_DUPFD_CLOEXEC, kLowestFd);
    if (high < 0) throw_error("no pipe for a command", errno);
    return Fd(high);
}

Pipe make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw_error("no pipe for a command", errno);
    Fd read_end(ends[0]);
    Fd write_end(ends[1]);
    return {moved_up(std::move(read_end)), moved_up(std::move(write_end))};
}

void set_nonblocking(const Fd& fd) {
    ::fcntl(fd.number(), F_SETFL, ::fcntl(fd.number(), F_GETFL) | O_NONBLOCK);
}

// What posix_spawn wants to know, freed at the end.
class SpawnPlan {
  public:
    SpawnPlan() {
        posix_spawn_file_actions_init(&actions_);
        posix_spawnattr_init(&attributes_);
        sigset_t signals;
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&attributes_, &signals);
        for (const int number : {SIGPIPE, SIGTERM, SIGINT}) sigaddset(&signals, number);
        posix_spawnattr_setsigdefault(&attributes_, &signals);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    SpawnPlan(const SpawnPlan&) = delete;

    void place(const Fd& fd, int number) {
        posix_spawn_file_actions_adddup2(&actions_, fd.number(), number);
    }

    pid_t spawn(const std::vector<std::string>& command,
                const std::vector<std::string>& environment) {
        std::vector<char*> argv = pointers(command);
        std::vector<char*> envp = pointers(environment);
        pid_t pid = -1;
        const int error =
            ::posix_spawnp(&pid, argv[0], &actions_, &attributes_, argv.data(), envp.data());
        if (error != 0) throw_error("cannot run '" + command.front() + "'", error);
        return pid;
    }

  private:
    static std::vector<char*> pointers(const std::vector<std::string>& texts) {
        std::vector<char*> list;
        for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
        list.push_back(nullptr);
        return list;
    }

    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
};

std::string_view name_of(std::string_view entry) {
    return entry.substr(0, entry.find('='));
}

// Ours, less those that are set anew.
std::vector<std::string> whole_environment(const std::vector<std::string>& added) {
    std::vector<std::string> all(added);
    for (char** entry = environ; *entry != nullptr; ++entry) {
        bool is_replaced = false;
        for (const std::string& other : added) is_replaced |= name_of(other) == name_of(*entry);
        if (!is_replaced) all.emplace_back(*entry);
    }
    return all;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
    if (this != &other) {
        close();
        number_ = std::exchange(other.number_, -1);
    }
    return *this;
}

void Fd::close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
}

Child::Child(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
    Pipe input = make_pipe();
    std::array<Pipe, 3> outputs{make_pipe(), make_pipe(), make_pipe()};
    SpawnPlan plan;
    plan.place(input.read_end, STDIN_FILENO);
    plan.place(outputs[0].write_end, STDOUT_FILENO);
    plan.place(outputs[1].write_end, STDERR_FILENO);
    plan.place(outputs[2].write_end, 3);
    pid_ = plan.spawn(command, whole_environment(environment));
    pipes_ = {std::move(input.write_end), std::move(outputs[0].read_end),
              std::move(outputs[1].read_end), std::move(outputs[2].read_end)};
    for (const Fd* fd : {&pipes_.input, &pipes_.output, &pipes_.errors, &pipes_.progress}) {
        set_nonblocking(*fd);
    }
    ended_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
}

Child::~Child() {
    if (pid_ > 0) reap();
}

bool Child::has_ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
}

void Child::signal_group(int number) const {
    ::kill(-pid_, number);
}

int Child::reap() {
    // Before the wait: as long as the child is not waited for, no other group can have its number.
    signal_group(SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
}

}  // namespace swarmq::cli
