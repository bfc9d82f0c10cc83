// A pipe in the place of standard error.
#include "support/error_lines.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

namespace swarmq::test {

using Steady = std::chrono::steady_clock;

ErrorLines::ErrorLines() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for standard error");
    read_ = ends[0];
    write_ = ends[1];
}

ErrorLines::~ErrorLines() {
    ::close(read_);
    ::close(write_);
}

void ErrorLines::while_redirected(const std::function<void()>& start) {
    const int before = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    ::dup2(write_, STDERR_FILENO);
    start();
    ::dup2(before, STDERR_FILENO);
    ::close(before);
}

std::optional<std::string> ErrorLines::take_line() {
    const auto end = received_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = received_.substr(0, end);
    received_.erase(0, end + 1);
    return line;
}

std::optional<std::string> ErrorLines::next_with(const std::string& text,
                                                 std::chrono::milliseconds within) {
    const auto deadline = Steady::now() + within;
    while (true) {
        while (auto line = take_line())
            if (line->find(text) != std::string::npos) return line;
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now());
        pollfd look{read_, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&look, 1, static_cast<int>(left.count())) <= 0)
            return std::nullopt;
        char part[4096];
        const ssize_t got = ::read(read_, part, sizeof part);
        if (got <= 0) return std::nullopt;
        received_.append(part, static_cast<std::size_t>(got));
    }
}

std::string ErrorLines::stream() const {
    struct stat file {};
    ::fstat(write_, &file);
    return std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino);
}

}  // namespace swarmq::test
