// Feeds and reads the child until it ends.
#include "integration/swarm_program.h"

#include "child.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace swarmq::test {
namespace {

constexpr std::chrono::seconds kLongest{60};
constexpr int kTickMs = 20;

void feed(cli::Fd& fd, std::string& rest) {
    while (fd.is_open() && !rest.empty()) {
        const ssize_t count = ::write(fd.number(), rest.data(), rest.size());
        if (count <= 0) return;
        rest.erase(0, static_cast<std::size_t>(count));
    }
    fd.close();
}

void read_all(cli::Fd& fd, std::string& into) {
    std::array<char, 65'536> buffer;
    ssize_t count = 0;
    while (fd.is_open() && (count = ::read(fd.number(), buffer.data(), buffer.size())) != 0) {
        if (count < 0) return;
        into.append(buffer.data(), static_cast<std::size_t>(count));
    }
    fd.close();
}

}  // namespace

std::string swarm_path() {
    const char* const daemon = std::getenv("SWARMQD");
    return daemon ? (std::filesystem::path(daemon).parent_path() / "swarm").string() : "swarm";
}

SwarmProgram::SwarmProgram(const std::string& server, std::vector<std::string> arguments,
                           std::string input)
    : input_(std::move(input)) {
    ::signal(SIGPIPE, SIG_IGN);
    arguments.insert(arguments.begin(), swarm_path());
    child_ = std::make_unique<cli::Child>(arguments,
                                          std::vector<std::string>{"SWARMQ_SERVER=" + server});
}

SwarmProgram::~SwarmProgram() = default;

void SwarmProgram::signal(int number) {
    ::kill(child_->pid(), number);
}

Ended SwarmProgram::wait() {
    Ended ended;
    cli::ChildPipes& pipes = child_->pipes();
    const auto latest = std::chrono::steady_clock::now() + kLongest;
    while (!child_->has_ended()) {
        feed(pipes.input, input_);
        std::array<pollfd, 3> fds{{{pipes.output.number(), POLLIN, 0},
                                   {pipes.errors.number(), POLLIN, 0},
                                   {child_->ended_fd(), POLLIN, 0}}};
        ::poll(fds.data(), fds.size(), kTickMs);
        read_all(pipes.output, ended.out);
        read_all(pipes.errors, ended.err);
        if (std::chrono::steady_clock::now() > latest)
            throw std::runtime_error("swarm does not end; it said: " + ended.out + ended.err);
    }
    read_all(pipes.output, ended.out);
    read_all(pipes.errors, ended.err);
    const int status = child_->reap();
    ended.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return ended;
}

Ended swarm(const std::string& server, std::vector<std::string> arguments, std::string input) {
    return SwarmProgram(server, std::move(arguments), std::move(input)).wait();
}

std::string last_line(const std::string& text) {
    if (text.empty() || text.back() != '\n') return "(no line) " + text;
    const auto before = text.rfind('\n', text.size() - 2);
    const std::size_t begin = text.size() < 2 || before == std::string::npos ? 0 : before + 1;
    return text.substr(begin, text.size() - 1 - begin);
}

}  // namespace swarmq::test
