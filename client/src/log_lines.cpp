// Cuts text into lines from its end, for only the newest are kept.
#include "log_lines.h"

#include "utf8.h"

#include <swarmq/handler.h>
#include <swarmq/job.h>

#include <algorithm>

namespace swarmq::inline sdk {
namespace {

std::string to_line(std::string_view text) {
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    // One byte more than fits says that a character was cut.
    return to_utf8(std::string(text.substr(0, kLogLineBytesMax + 1)), kLogLineBytesMax);
}

Error too_large(std::string_view what, std::size_t bytes, std::size_t bytes_max) {
    return {Code::TooLarge, "the " + std::string(what) + " has " + std::to_string(bytes) +
                                " bytes; at most " + std::to_string(bytes_max) + " are allowed"};
}

}  // namespace

std::vector<std::string> split_log(std::string_view text) {
    if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    std::vector<std::string> lines;
    while (lines.size() < kLogLinesMax) {
        const auto end = text.rfind('\n');
        lines.push_back(to_line(end == text.npos ? text : text.substr(end + 1)));
        if (end == text.npos) break;
        text = text.substr(0, end);
    }
    std::reverse(lines.begin(), lines.end());
    return lines;
}

std::optional<Error> check_progress(std::string_view progress) {
    if (progress.size() <= kProgressBytesMax) return std::nullopt;
    return too_large("progress", progress.size(), kProgressBytesMax);
}

std::optional<Error> check_checkpoint(std::string_view checkpoint) {
    if (checkpoint.size() <= kCheckpointBytesMax) return std::nullopt;
    return too_large("checkpoint", checkpoint.size(), kCheckpointBytesMax);
}

}  // namespace swarmq::inline sdk
