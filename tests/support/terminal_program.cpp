// Forks with a terminal, and reads with a bound.
#include "support/terminal_program.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <poll.h>
#include <pty.h>
#include <regex>
#include <signal.h>
#include <sstream>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace swarmq::test {
namespace {

constexpr std::chrono::seconds kLongest{20};

std::string_view name_of(std::string_view entry) {
    return entry.substr(0, entry.find('='));
}

std::vector<std::string> whole_environment(std::vector<std::string> added) {
    bool has_term = false;
    for (const std::string& entry : added) has_term |= name_of(entry) == "TERM";
    if (!has_term) added.push_back("TERM=xterm");
    std::vector<std::string> all = added;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        bool is_left_out = name_of(*entry) == "NO_COLOR";
        for (const std::string& other : added) is_left_out |= name_of(other) == name_of(*entry);
        if (!is_left_out) all.emplace_back(*entry);
    }
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (std::string& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

}  // namespace

TerminalProgram::TerminalProgram(const std::vector<std::string>& command,
                                 const std::vector<std::string>& environment, TerminalSize size) {
    std::vector<std::string> words = command;
    std::vector<std::string> variables = whole_environment(environment);
    // All made before the fork: the child of a process with threads may only call what a signal
    // handler may.
    const std::vector<char*> argv = pointers(words);
    const std::vector<char*> envp = pointers(variables);
    winsize window{size.rows, size.columns, 0, 0};
    pid_ = ::forkpty(&terminal_, nullptr, nullptr, &window);
    if (pid_ < 0) throw std::runtime_error(std::string("no terminal: ") + std::strerror(errno));
    if (pid_ == 0) {
        ::execve(argv[0], argv.data(), envp.data());
        ::_exit(127);
    }
}

TerminalProgram::~TerminalProgram() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    ::close(terminal_);
}

bool TerminalProgram::read_some(std::string_view wanted) {
    std::array<char, 65'536> buffer;
    pollfd ready{terminal_, POLLIN, 0};
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(kLongest).count();
    if (::poll(&ready, 1, static_cast<int>(ms)) == 0) {
        throw std::runtime_error("nothing more comes; wanted: " + std::string(wanted) +
                                 "; there was: " + output_);
    }
    // A terminal that its program has left reads as EIO.
    const ssize_t count = ::read(terminal_, buffer.data(), buffer.size());
    if (count <= 0) return false;
    output_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
}

std::string TerminalProgram::wait_for(std::string_view text) {
    const auto latest = std::chrono::steady_clock::now() + kLongest;
    for (;;) {
        const auto at = output_.find(text, found_);
        if (at != std::string::npos) {
            const std::string read = output_.substr(found_, at + text.size() - found_);
            found_ = at + text.size();
            return read;
        }
        if (!read_some(text) || std::chrono::steady_clock::now() > latest) {
            throw std::runtime_error("wanted: " + std::string(text) + "; there was: " + output_);
        }
    }
}

void TerminalProgram::type(std::string_view keys) {
    if (::write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
        throw std::runtime_error(std::string("cannot type: ") + std::strerror(errno));
}

void TerminalProgram::resize(TerminalSize size) {
    const winsize window{size.rows, size.columns, 0, 0};
    if (::ioctl(terminal_, TIOCSWINSZ, &window) != 0)
        throw std::runtime_error(std::string("cannot resize: ") + std::strerror(errno));
}

int TerminalProgram::wait() {
    const auto latest = std::chrono::steady_clock::now() + kLongest;
    while (read_some("its end")) {
        if (std::chrono::steady_clock::now() > latest)
            throw std::runtime_error("it does not end; there was: " + output_);
    }
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<std::string> plain_lines(const std::string& written) {
    static const std::regex kEscapes("\x1b\\[[?0-9;]*[A-Za-z]|\r");
    std::istringstream in(std::regex_replace(written, kEscapes, ""));
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

}  // namespace swarmq::test
