// One event a line on standard error, for people and for the journal. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace swarmq {

enum class LogLevel { Debug, Info, Warning, Error };

// With `with_journal_priorities` lines begin with <N> as systemd reads it instead of a time.
void start_log(LogLevel level, bool with_journal_priorities);
void log(LogLevel level, const std::string& line);
// Nothing when the word is none of debug, info, warning, error.
bool parse_log_level(std::string_view word, LogLevel& level);

}  // namespace swarmq
