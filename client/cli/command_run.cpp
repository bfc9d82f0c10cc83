// One poll loop over the child's four pipes and its end.
#include "command_run.h"

#include <swarmq/job.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <signal.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace swarmq::cli {
namespace {

// How late a cancellation, or the end of a child without a descriptor for it, may be seen.
constexpr int kTickMs = 50;

// What there is now, in parts, handed to `take`. Closes the descriptor at its end.
template <class Take>
void read_from(Fd& fd, Take take) {
    std::array<char, 64 * 1024> buffer;
    while (fd.is_open()) {
        const ssize_t count = ::read(fd.number(), buffer.data(), buffer.size());
        if (count > 0) {
            take(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
        } else if (count < 0 && errno == EINTR) {
            continue;
        } else if (count < 0 && errno == EAGAIN) {
            return;
        } else {
            fd.close();
        }
    }
}

// The last bytes of a text; a character that is cut in two goes.
void keep_end(std::string& text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return;
    std::size_t begin = text.size() - bytes_max;
    while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) ++begin;
    text.erase(0, begin);
}

std::string describe(int wait_status) {
    if (WIFEXITED(wait_status)) {
        return fmt::format("the command ended with exit code {}", WEXITSTATUS(wait_status));
    }
    return fmt::format("the command was ended by signal {} ({})", WTERMSIG(wait_status),
                       ::strsignal(WTERMSIG(wait_status)));
}

}  // namespace

void CommandRun::run() {
    while (!child_.has_ended()) {
        wait_for_news();
        feed();
        read_all();
        check_cancellation();
    }
    read_all();
    if (!log_rest_.empty()) context_.log(log_rest_);
    if (!progress_.empty()) {
        progress_ += '\n';
        report_lines();
    }
}

void CommandRun::wait_for_news() {
    const ChildPipes& pipes = child_.pipes();
    // A negative descriptor is passed over.
    std::array<pollfd, 5> fds{{{pipes.input.number(), POLLOUT, 0},
                               {pipes.output.number(), POLLIN, 0},
                               {pipes.errors.number(), POLLIN, 0},
                               {pipes.progress.number(), POLLIN, 0},
                               {child_.ended_fd(), POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), kTickMs);
}

// A command that does not read its input is none of our business: SIGPIPE is ignored, EPIPE closes.
void CommandRun::feed() {
    Fd& input = child_.pipes().input;
    const std::string& payload = context_.payload();
    while (input.is_open() && fed_ < payload.size()) {
        const ssize_t count = ::write(input.number(), payload.data() + fed_, payload.size() - fed_);
        if (count > 0) {
            fed_ += static_cast<std::size_t>(count);
        } else if (count < 0 && errno == EAGAIN) {
            return;
        } else if (count < 0 && errno != EINTR) {
            break;
        }
    }
    input.close();
}

void CommandRun::read_all() {
    read_output();
    read_errors();
    read_progress();
}

void CommandRun::read_output() {
    read_from(child_.pipes().output, [this](std::string_view part) {
        if (output_.size() + part.size() <= kOutputBytesMax) {
            output_ += part;
            return;
        }
        is_output_too_long_ = true;
        end_child();
    });
}

void CommandRun::read_errors() {
    read_from(child_.pipes().errors, [this](std::string_view part) {
        if (options_.is_logging) log_lines(part);
        errors_ += part;
        keep_end(errors_, kErrorBytesMax);
    });
}

// Whole lines; of one that is too long the rest is not worth keeping.
void CommandRun::log_lines(std::string_view part) {
    const auto end = part.rfind('\n');
    if (end != part.npos) {
        context_.log(log_rest_ + std::string(part.substr(0, end)));
        log_rest_.clear();
        part.remove_prefix(end + 1);
    }
    log_rest_ += part.substr(0, kLogLineBytesMax + 1 - std::min(log_rest_.size(), kLogLineBytesMax + 1));
}

void CommandRun::read_progress() {
    read_from(child_.pipes().progress, [this](std::string_view part) {
        progress_ += part;
        report_lines();
        // The rest of a line that is too long already is not worth keeping.
        if (progress_.size() > kProgressBytesMax) progress_.resize(kProgressBytesMax + 1);
    });
}

// Lines that are too long are no progress that the broker would take.
void CommandRun::report_lines() {
    for (std::size_t end = 0; (end = progress_.find('\n')) != std::string::npos;) {
        std::string line = progress_.substr(0, end);
        progress_.erase(0, end + 1);
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty() && line.size() <= kProgressBytesMax) {
            context_.update_progress(std::move(line));
        }
    }
}

void CommandRun::check_cancellation() {
    if (context_.is_cancelled()) end_child();
    if (kill_at_ && Clock::now() >= *kill_at_) child_.signal_group(SIGKILL);
}

void CommandRun::end_child() {
    if (kill_at_) return;
    kill_at_ = Clock::now() + options_.kill_after;
    child_.signal_group(SIGTERM);
}

Outcome CommandRun::outcome(int wait_status, const std::string& content_type) {
    if (is_output_too_long_) {
        return Outcome::fail(fmt::format(
            "the command wrote more than {} bytes; a result is no longer", kOutputBytesMax));
    }
    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0) {
        return Outcome::complete(std::move(output_), content_type);
    }
    std::string reason = errors_;
    while (!reason.empty() && (reason.back() == '\n' || reason.back() == '\r')) reason.pop_back();
    return Outcome::fail(reason.empty() ? describe(wait_status) : std::move(reason));
}

}  // namespace swarmq::cli
