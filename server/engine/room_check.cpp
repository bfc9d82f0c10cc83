// Counts what each queue is to get.
#include "engine/room_check.h"

#include "engine/settings.h"

namespace swarmq::engine {

Result<> RoomCheck::count(std::string_view name, const JobSpec& job) {
    used_.use(name);
    used_.use(job.on_failure_queue);
    if (auto checked = used_.check(); !checked) return checked;
    const QueueState* const queue = memory_.find_queue(name);
    AddCounter& counter = by_queue_.try_emplace(name, memory_, queue, ending_).first->second;
    const std::size_t windows_before = counter.windows();
    counter.count(job);
    windows_ += counter.windows() - windows_before;
    if (auto checked = check_windows(memory_, windows_); !checked) return checked;
    return queue == nullptr ? Result<>{} : check_room(*queue, counter.jobs());
}

}  // namespace swarmq::engine
