// Rounds of grants.
#include "engine/dispatch.h"

#include <utility>
#include <vector>

#include "engine/attempts.h"
#include "engine/children.h"
#include "engine/family_links.h"
#include "engine/events.h"
#include "engine/leases.h"
#include "engine/rate_limit.h"
#include "engine/size_class.h"
#include "engine/transitions.h"

namespace swarmq::engine {
namespace {

Delivery& open_delivery(Memory& memory, SubscriptionIndex index) {
    Subscription& to = memory.subscriptions[index];
    auto& deliveries = memory.effects.deliveries;
    if (to.open_delivery == 0) {
        deliveries.push_back({to.session, to.client_number, to.take_request, to.lease_ms, {}});
        to.open_delivery = deliveries.size();
        memory.served.push_back(index);
    }
    return deliveries[to.open_delivery - 1];
}

void give(Memory& memory, Slot slot, SubscriptionIndex index) {
    ++memory.subscriptions[index].granted_total;
    QueueState& queue = memory.queue_of(slot);
    queue.ready.take_turn(memory.jobs, slot);
    const bool has_flow = memory.jobs.detail(slot).flow != kNone;
    if (has_flow) note_children_seen(memory, slot);
    to_active(memory, slot, index);
    note_begin(memory, queue, memory.classes.key(memory.jobs[slot].job_class));
    const JobDetail& detail = memory.jobs.detail(slot);
    note_event(memory, slot, {EventKind::Active, detail.attempts_made + 1});
    const JobSlot& job = memory.jobs[slot];
    auto& given = open_delivery(memory, index).jobs;
    given.push_back({job.seq, detail.token, memory.classes.shared(job.job_class),
                         detail.chosen_id, detail.attempts_made + 1, detail.stalls,
                         static_cast<std::uint8_t>(job.priority), detail.rows});
    if (const Family* const family = has_flow ? find_own_family(memory, slot) : nullptr) {
        given.back().children_ended = family->counts.added - family->pending;
        given.back().children_pending = family->pending;
    }
}

bool has_credit(const Subscription& subscription) {
    return subscription.granted_total < subscription.credit_total;
}

// True: the job's bytes are counted. False: the subscription waits for the next turn, or for its
// connection to have sent what it has.
bool take_room(Memory& memory, Slot slot, Subscription& subscription) {
    Session& session = memory.sessions.at(subscription.session);
    std::size_t bytes = kSizeClassBytes[memory.jobs[slot].size_class];
    if (const JobDetail* const detail = memory.jobs.detail_if_any(slot)) bytes += detail->checkpoint_bytes;
    if (session.delivered_bytes == 0 && !session.wants_room)
        memory.busy_sessions.push_back(session.key);
    const bool has_room = session.delivered_bytes == 0 ||
                          session.delivered_bytes + bytes <= kDeliveredBytesPerTurnMax;
    if (!session.is_held && has_room) {
        session.delivered_bytes += bytes;
        return true;
    }
    subscription.wants_room = session.wants_room = true;
    return false;
}

void drop_ready(Memory& memory, QueueState& queue, std::size_t position) {
    auto& ready = queue.ready_subscriptions;
    for (auto& source : memory.subscriptions[ready[position]].sources)
        if (source.queue == queue.index) source.is_ready = false;
    ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(position));
}

// The job that runs next. Those whose ttl is over end here when their timer has not had its turn yet, in
// a storm: late is never (R16).
Slot next_in_time(Memory& memory, QueueState& queue) {
    while (true) {
        const Slot slot = queue.ready.front(memory.jobs);
        const JobDetail* const detail = slot == kNone ? nullptr : memory.jobs.detail_if_any(slot);
        const bool is_late = detail && detail->timer != kNone &&
                             memory.timeline.when(detail->timer) <= memory.now_ms;
        if (!is_late) return slot;
        memory.timeline.cancel(memory.jobs.detail(slot).timer);
        expire(memory, slot);
    }
}

// One job for each ready subscription. True while there may be more to do.
bool serve_once(Memory& memory, QueueState& queue) {
    auto& ready = queue.ready_subscriptions;
    for (std::size_t turns = ready.size(); turns > 0 && !ready.empty(); --turns) {
        if (!is_open(memory, queue)) return false;
        if (queue.next_subscription >= ready.size()) queue.next_subscription = 0;
        const SubscriptionIndex index = ready[queue.next_subscription];
        if (!has_credit(memory.subscriptions[index])) {
            drop_ready(memory, queue, queue.next_subscription);
            continue;
        }
        const Slot slot = next_in_time(memory, queue);
        if (slot == kNone) return false;
        if (!take_room(memory, slot, memory.subscriptions[index])) {
            drop_ready(memory, queue, queue.next_subscription);
            continue;
        }
        give(memory, slot, index);
        ++queue.next_subscription;
    }
    return !ready.empty();
}

// A Take ends with its first delivery.
void close_served(Memory& memory) {
    for (const auto index : std::exchange(memory.served, {})) {
        memory.subscriptions[index].open_delivery = 0;
        if (memory.subscriptions[index].take_request != 0) close_subscription(memory, index);
    }
}

// Those that waited for it take part in the turns of their queues again.
void give_room(Memory& memory, Session& session) {
    if (!std::exchange(session.wants_room, false)) return;
    for (const auto index : session.subscriptions) {
        Subscription& subscription = memory.subscriptions[index];
        if (!std::exchange(subscription.wants_room, false) || !subscription.is_open) continue;
        make_ready(memory, index);
        // The wait of the Take is over: it ends with what the next turn has for it.
        if (subscription.take_request != 0 && subscription.take_timer == kNone)
            subscription.take_timer = memory.timeline.set(memory.now_ms, TimerKind::TakeEnd, index);
    }
}

}  // namespace

void dispatch(Memory& memory) {
    std::vector<QueueIndex> wanted = std::exchange(memory.dispatch_wanted, {});
    for (const auto index : wanted) memory.queue(index).wants_dispatch = false;
    while (!wanted.empty()) {
        std::size_t kept = 0;
        for (const auto index : wanted)
            if (serve_once(memory, memory.queue(index))) wanted[kept++] = index;
        wanted.resize(kept);
    }
    close_served(memory);
}

std::vector<JobSeq> coming_jobs(const Memory& memory, QueueId id, std::size_t jobs_max,
                                std::size_t bytes_max) {
    std::vector<JobSeq> coming;
    const auto found = memory.queue_by_id.find(id);
    if (found == memory.queue_by_id.end()) return coming;
    std::size_t bytes = 0;
    for (const Slot slot : memory.queues[found->second]->ready.coming(memory.jobs, jobs_max)) {
        const JobSlot& job = memory.jobs[slot];
        bytes += kSizeClassBytes[job.size_class];
        if (bytes > bytes_max) break;
        coming.push_back(job.seq);
    }
    return coming;
}

void end_turn_of_deliveries(Memory& memory) {
    for (const SessionKey key : std::exchange(memory.busy_sessions, {})) {
        const auto found = memory.sessions.find(key);
        if (found == memory.sessions.end()) continue;
        found->second.delivered_bytes = 0;
        if (!found->second.is_held) give_room(memory, found->second);
    }
}

void set_held(Memory& memory, SessionKey key, bool is_held) {
    const auto found = memory.sessions.find(key);
    if (found == memory.sessions.end()) return;
    found->second.is_held = is_held;
    if (!is_held) give_room(memory, found->second);
}

}  // namespace swarmq::engine
