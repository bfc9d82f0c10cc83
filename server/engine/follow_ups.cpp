// Checks first, so that nothing is changed when one of them is refused.
#include "engine/follow_ups.h"

#include "engine/dedup.h"
#include "engine/limits.h"
#include "engine/new_queues.h"
#include "engine/producers.h"
#include "engine/settings.h"
#include "engine/validate.h"

#include <map>
#include <utility>

namespace swarmq::engine {
namespace {

Error at(std::size_t index, Error error) {
    error.detail = "follow_ups[" + std::to_string(index) + "]: " + error.detail +
                   "; the job is still held, and nothing was changed";
    return error;
}

Result<> check_follow_up(const FollowUp& follow_up) {
    if (auto checked = check_name("queue", follow_up.queue); !checked) return checked;
    return check_spec(follow_up.job);
}

}  // namespace

Result<> check_follow_ups(const std::vector<FollowUp>& jobs) {
    if (jobs.size() > kFollowUpsMax)
        return Error{Code::TooLarge, "follow_ups: " + std::to_string(jobs.size()) +
                                         " in one item, at most 100 are accepted"};
    for (std::size_t i = 0; i < jobs.size(); ++i)
        if (auto checked = check_follow_up(jobs[i]); !checked) return at(i, checked.error());
    return {};
}

Result<> check_room_for(const Memory& memory, Slot ending, const std::vector<FollowUp>& jobs) {
    NewQueues used(memory);
    std::map<std::string_view, AddCounter> by_queue;
    std::size_t windows = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        used.use(jobs[i].queue);
        used.use(jobs[i].job.on_failure_queue);
        if (auto checked = used.check(); !checked) return at(i, checked.error());
        const QueueState* const queue = memory.find_queue(jobs[i].queue);
        AddCounter& counter =
            by_queue.try_emplace(jobs[i].queue, memory, queue, ending).first->second;
        const std::size_t windows_before = counter.windows();
        counter.count(jobs[i].job);
        windows += counter.windows() - windows_before;
        if (auto checked = check_windows(memory, windows); !checked) return at(i, checked.error());
        if (queue == nullptr) continue;
        if (auto checked = check_room(*queue, counter.jobs()); !checked)
            return at(i, checked.error());
    }
    return {};
}

void add_follow_ups(Memory& memory, std::vector<FollowUp>&& jobs) {
    for (FollowUp& follow_up : jobs)
        add_unless_known(memory, memory.find_or_create_queue(follow_up.queue),
                         std::move(follow_up.job));
}

}  // namespace swarmq::engine
