// Writes through spdlog.
#include "base/log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace swarmq {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return spdlog::level::debug;
        case LogLevel::Info:
            return spdlog::level::info;
        case LogLevel::Warning:
            return spdlog::level::warn;
        case LogLevel::Error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

const char* journal_priority(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return "<7>";
        case LogLevel::Info:
            return "<6>";
        case LogLevel::Warning:
            return "<4>";
        case LogLevel::Error:
            return "<3>";
    }
    return "<6>";
}

std::shared_ptr<spdlog::logger> logger = spdlog::stderr_logger_mt("swarmqd");
bool has_journal_priorities = false;

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

std::string as_one_line(std::string line) {
    std::replace_if(line.begin(), line.end(), is_control, ' ');
    return line;
}

}  // namespace

void start_log(LogLevel level, bool with_journal_priorities) {
    has_journal_priorities = with_journal_priorities;
    logger->set_level(to_spdlog(level));
    logger->set_pattern(with_journal_priorities ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %-7l %v");
    logger->flush_on(spdlog::level::debug);
}

bool stderr_is_journal() {
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat file {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &file) != 0) return false;
    return stream == std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino);
}

void set_log_level(LogLevel level) { logger->set_level(to_spdlog(level)); }

void log(LogLevel level, const std::string& line) {
    const char* const priority = has_journal_priorities ? journal_priority(level) : "";
    if (std::any_of(line.begin(), line.end(), is_control))
        logger->log(to_spdlog(level), "{}{}", priority, as_one_line(line));
    else
        logger->log(to_spdlog(level), "{}{}", priority, line);
}

bool parse_log_level(std::string_view word, LogLevel& level) {
    if (word == "debug") level = LogLevel::Debug;
    else if (word == "info") level = LogLevel::Info;
    else if (word == "warning") level = LogLevel::Warning;
    else if (word == "error") level = LogLevel::Error;
    else return false;
    return true;
}

}  // namespace swarmq
