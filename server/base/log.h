// One event a line on standard error, for people and for the journal. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace swarmq {

enum class LogLevel { Debug, Info, Warning, Error };

// With `with_journal_priorities` lines begin with <N> as systemd reads it instead of a time.
void start_log(LogLevel level, bool with_journal_priorities);
// True when standard error is the journal's, as JOURNAL_STREAM tells: an inherited variable alone does not.
bool stderr_is_journal();
void set_log_level(LogLevel level);
// Line ends and other control characters in `line` become spaces: an event is one line.
void log(LogLevel level, const std::string& line);
// Nothing when the word is none of debug, info, warning, error.
bool parse_log_level(std::string_view word, LogLevel& level);

}  // namespace swarmq
