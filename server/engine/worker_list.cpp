// Looks at sessions one after another, and stops a page when it has looked at enough.
#include "engine/worker_list.h"

#include "engine/limits.h"
#include "engine/validate.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace swarmq::engine {
namespace {

// One session as it is looked at, with what the looking cost.
class Look {
  public:
    Look(const Memory& memory, const Session& session) : memory_(memory), session_(session) {}

    bool takes_or_holds(QueueIndex queue) {
        for (const auto index : session_.subscriptions) {
            const Subscription& subscription = memory_.subscriptions[index];
            for (const auto& source : subscription.sources)
                if (++steps_; source.queue == queue) return true;
            // Leases outlive their subscription, and may be of queues that it names no more.
            for (Slot slot = subscription.is_open ? kNone : subscription.lease_head; slot != kNone;
                 slot = memory_.jobs.detail_if_any(slot)->lease_next)
                if (++steps_; memory_.classes.queue(memory_.jobs[slot].job_class) == queue)
                    return true;
        }
        return false;
    }

    WorkerView view() {
        WorkerView made;
        made.session = session_.key;
        made.name = session_.record->worker;
        std::vector<std::string_view> names;
        for (const auto index : session_.subscriptions) {
            const Subscription& subscription = memory_.subscriptions[index];
            made.leases += subscription.leases;
            if (!subscription.is_open) continue;
            made.credit += subscription.credit_total - subscription.granted_total;
            for (const auto& source : subscription.sources)
                names.push_back(memory_.queues[source.queue]->record.name);
        }
        steps_ += 1 + names.size();
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        const std::size_t shown = std::min(names.size(), kWorkerQueuesShownMax);
        made.queues.assign(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown));
        made.queues_more = names.size() - shown;
        return made;
    }

    std::size_t steps() const { return steps_; }

  private:
    const Memory& memory_;
    const Session& session_;
    std::size_t steps_ = 1;
};

Result<std::size_t> check(const ListWorkers& command) {
    if (command.limit > kItemsPerRequestMax)
        return Error{Code::InvalidArgument,
                     "limit: " + std::to_string(command.limit) + " is not in 1..1000"};
    if (!command.queue.empty())
        if (auto checked = check_name("queue", command.queue); !checked) return checked.error();
    return command.limit == 0 ? kListRowsDefault : command.limit;
}

}  // namespace

Result<WorkerPage> list_workers(const Memory& memory, const ListWorkers& command) {
    const auto limit = check(command);
    if (!limit) return limit.error();
    QueueIndex wanted = kNone;
    if (!command.queue.empty()) {
        wanted = memory.queue_names.find(command.queue);
        if (wanted == kNone) return Error{Code::NotFound, "no queue \"" + command.queue + "\" exists"};
    }
    WorkerPage page;
    std::size_t steps = 0;
    SessionKey last{command.after};
    for (auto at = memory.session_keys.upper_bound(last); at != memory.session_keys.end(); ++at) {
        if (page.workers.size() == *limit || steps >= kListStepsMax) {
            page.next = raw(last);
            return page;
        }
        last = *at;
        Look look(memory, memory.sessions.at(*at));
        const Session& session = memory.sessions.at(*at);
        if (!session.subscriptions.empty() && (wanted == kNone || look.takes_or_holds(wanted)))
            page.workers.push_back(look.view());
        steps += look.steps();
    }
    return page;
}

}  // namespace swarmq::engine
