// Notes rows; the job's status says that they are there.
#include "engine/job_notes.h"

#include <utility>

#include "engine/limits.h"
#include "engine/validate.h"

namespace swarmq::engine {

Result<> check_log_lines(const std::vector<std::string>& lines) {
    if (lines.size() > kLogLinesMax)
        return Error{Code::TooLarge, "log_lines: " + std::to_string(lines.size()) +
                                         " in one item, at most 100 are accepted and kept"};
    for (const auto& line : lines)
        if (line.size() > kLogLineBytesMax)
            return too_large("log_lines", line.size(), kLogLineBytesMax);
    return {};
}

void append_log(Memory& memory, Slot slot, std::vector<std::string>&& lines) {
    JobDetail& detail = memory.jobs.detail(slot);
    for (std::string& line : lines)
        memory.effects.changes.logs.push_back(
            {memory.jobs[slot].seq, ++detail.log_lines, memory.now_ms, std::move(line)});
    detail.rows |= kLogRows;
    memory.note_status(slot);
}

void save_checkpoint(Memory& memory, Slot slot, std::shared_ptr<const std::string> data) {
    JobDetail& detail = memory.jobs.detail(slot);
    // One that was large stays in its table: its row is written over, and none is left behind.
    const bool is_large = (detail.rows & kLargeCheckpointRow) != 0 || data->size() > kLargeValueBytes;
    detail.rows |= is_large ? kLargeCheckpointRow : kCheckpointRow;
    detail.checkpoint_bytes = static_cast<std::uint32_t>(data->size());
    memory.effects.changes.checkpoints.push_back({memory.jobs[slot].seq, std::move(data), is_large});
    memory.note_status(slot);
}

void drop_checkpoint(Memory& memory, Slot slot) {
    constexpr unsigned kRows = kCheckpointRow | kLargeCheckpointRow;
    JobDetail& detail = memory.jobs.detail(slot);
    if ((detail.rows & kRows) == 0) return;
    memory.effects.changes.checkpoints_dropped.push_back({memory.jobs[slot].seq, detail.rows});
    detail.rows &= static_cast<RowBits>(~kRows);
    detail.checkpoint_bytes = 0;
}

}  // namespace swarmq::engine
