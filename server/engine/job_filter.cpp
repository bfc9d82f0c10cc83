// Name, state and end of a job are in memory; tags, creation and errors are on disk.
#include "engine/job_filter.h"

#include "engine/limits.h"
#include "engine/validate.h"

namespace swarmq::engine {

Result<> check_filter(const JobFilter& filter) {
    if (!filter.name.empty())
        if (auto checked = check_name("name", filter.name); !checked) return checked;
    if (!filter.tag.empty())
        if (auto checked = check_name("tag", filter.tag); !checked) return checked;
    if (filter.error_text.size() > kErrorTextBytesMax)
        return too_large("error_text", filter.error_text.size(), kErrorTextBytesMax);
    return {};
}

bool may_pass(const JobFilter& filter, JobState state) {
    if (state == JobState::None) return true;
    if (!filter.error_text.empty()) return state == JobState::Failed;
    return (filter.finished_from_ms == 0 && filter.finished_before_ms == 0) || is_ended(state);
}

bool may_pass(const Memory& memory, Slot slot, const JobFilter& filter) {
    if (!may_pass(filter, memory.jobs[slot].state())) return false;
    if (!filter.name.empty() && memory.class_of(slot).name != filter.name) return false;
    if (filter.finished_from_ms == 0 && filter.finished_before_ms == 0) return true;
    const TimeMs finished_ms = memory.jobs.detail_if_any(slot)->finished_ms;
    return finished_ms >= filter.finished_from_ms &&
           (filter.finished_before_ms == 0 || finished_ms < filter.finished_before_ms);
}

}  // namespace swarmq::engine
