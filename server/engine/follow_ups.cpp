// Checks first, so that nothing is changed when one of them is refused.
#include "engine/follow_ups.h"

#include "engine/limits.h"
#include "engine/producers.h"
#include "engine/room_check.h"
#include "engine/validate.h"

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
    RoomCheck room(memory, ending);
    for (std::size_t i = 0; i < jobs.size(); ++i)
        if (auto checked = room.count(jobs[i].queue, jobs[i].job); !checked) return at(i, checked.error());
    return {};
}

void add_follow_ups(Memory& memory, std::vector<FollowUp>&& jobs) {
    for (FollowUp& follow_up : jobs)
        add_unless_known(memory, memory.find_or_create_queue(follow_up.queue),
                         std::move(follow_up.job));
}

}  // namespace swarmq::engine
