// What a lease list, a session and a subscription do.
#include "engine/leases.h"

#include <algorithm>
#include <utility>

#include "engine/attempts.h"
#include "engine/events.h"
#include "engine/limits.h"
#include "engine/new_queues.h"
#include "engine/transitions.h"
#include "engine/validate.h"
#include "model/check.h"

namespace swarmq::engine {
namespace {

Session* find_session(Memory& memory, SessionKey key) {
    const auto found = memory.sessions.find(key);
    return found == memory.sessions.end() ? nullptr : &found->second;
}

SubscriptionIndex find_subscription(Memory& memory, SessionKey key, std::uint32_t client_number) {
    const Session* const session = find_session(memory, key);
    if (session == nullptr) return kNone;
    for (const auto index : session->subscriptions) {
        const Subscription& candidate = memory.subscriptions[index];
        if (candidate.is_open && candidate.take_request == 0 &&
            candidate.client_number == client_number)
            return index;
    }
    return kNone;
}

std::string make_session_id(Memory& memory) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string id = "s" + std::to_string(raw(memory.epoch)) + "-";
    std::uint64_t bits[2] = {memory.random(), memory.random()};
    for (const auto word : bits)
        for (int shift = 60; shift >= 0; shift -= 4) id += kDigits[word >> shift & 0xf];
    return id;
}

Session& insert_session(Memory& memory, std::shared_ptr<const SessionRecord> record) {
    const SessionKey key{memory.next_session++};
    Session& session = memory.sessions[key];
    session.key = key;
    session.record = std::move(record);
    memory.session_by_id.emplace(session.record->id, key);
    memory.session_keys.insert(key);
    return session;
}

// A session that is neither connected nor holds anything is over.
void drop_if_over(Memory& memory, SessionKey key) {
    Session* const session = find_session(memory, key);
    if (session == nullptr || session->is_connected || !session->subscriptions.empty()) return;
    memory.timeline.cancel(session->grace_timer);
    memory.session_by_id.erase(session->record->id);
    memory.session_keys.erase(key);
    memory.sessions.erase(key);
}

void drop_subscription_if_over(Memory& memory, SubscriptionIndex index) {
    Subscription& over = memory.subscriptions[index];
    if (over.is_open || over.leases > 0) return;
    const SessionKey key = over.session;
    memory.timeline.cancel(over.lease_timer);
    std::erase(memory.sessions.at(key).subscriptions, index);
    memory.subscriptions.remove(index);
    drop_if_over(memory, key);
}

void close_all(Memory& memory, const Session& session) {
    const auto subscriptions = session.subscriptions;  // Closing changes the session's own list.
    for (const auto index : subscriptions) close_subscription(memory, index);
}

std::vector<Slot> leases_of(const Memory& memory, const Session& session) {
    std::vector<Slot> slots;
    for (const auto index : session.subscriptions)
        for (Slot slot = memory.subscriptions[index].lease_head; slot != kNone;
             slot = memory.jobs.detail_if_any(slot)->lease_next)
            slots.push_back(slot);
    return slots;
}

SubscriptionIndex open_subscription(Memory& memory, SessionKey key, Subscription made,
                                    const std::vector<std::string>& queues) {
    made.session = key;
    made.is_open = true;
    for (const auto& name : queues) {
        QueueState& queue = memory.find_or_create_queue(name);
        ++queue.subscribers;
        queue.last_used_ms = memory.now_ms;
        made.sources.push_back({queue.index, false});
    }
    const SubscriptionIndex index = memory.subscriptions.add(std::move(made));
    memory.sessions.at(key).subscriptions.push_back(index);
    return index;
}

Result<> check_sources(const std::vector<std::string>& queues, DurationMs lease_ms) {
    if (queues.empty() || queues.size() > kQueuesPerSubscriptionMax)
        return Error{Code::InvalidArgument, "queues: " + std::to_string(queues.size()) +
                                                " were named; name 1.." +
                                                std::to_string(kQueuesPerSubscriptionMax)};
    for (const auto& name : queues)
        if (auto checked = check_name("queue", name); !checked) return checked;
    auto sorted = queues;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
        return Error{Code::InvalidArgument, "queues: one was named twice; name each once"};
    if (lease_ms != 0 && (lease_ms < kLeaseMinMs || lease_ms > kLeaseMaxMs))
        return Error{Code::InvalidArgument, "lease_ms: " + std::to_string(lease_ms) +
                                                " is not in 1000..86400000"};
    return {};
}

Result<> check_new_queues(const Memory& memory, const std::vector<std::string>& queues) {
    NewQueues used(memory);
    for (const auto& name : queues) used.use(name);
    return used.check();
}

Result<> check_subscriptions(const Memory& memory, SessionKey key) {
    const auto& all = memory.sessions.at(key).subscriptions;
    const auto open = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](auto index) {
        return memory.subscriptions[index].is_open && memory.subscriptions[index].take_request == 0;
    }));
    if (open < kSubscriptionsPerSessionMax) return {};
    return Error{Code::TooManyInflight,
                 std::to_string(open) + " subscriptions are open on this connection, at most " +
                     std::to_string(kSubscriptionsPerSessionMax) +
                     " may be; end one with Quiet, or name several queues in one"};
}

}  // namespace

void make_ready(Memory& memory, SubscriptionIndex index) {
    for (auto& source : memory.subscriptions[index].sources) {
        QueueState& queue = memory.queue(source.queue);
        memory.want_dispatch(queue);
        if (std::exchange(source.is_ready, true)) continue;
        queue.ready_subscriptions.push_back(index);
    }
}

void link_lease(Memory& memory, Slot slot, SubscriptionIndex index, TimeMs until_ms) {
    Subscription& holder = memory.subscriptions[index];
    JobDetail& detail = memory.jobs.detail(slot);
    detail.subscription = index;
    detail.lease_until_ms = until_ms;
    detail.lease_next = kNone;
    detail.lease_prev = holder.lease_tail;
    (holder.lease_tail == kNone ? holder.lease_head
                                : memory.jobs.detail(holder.lease_tail).lease_next) = slot;
    holder.lease_tail = slot;
    ++holder.leases;
    if (holder.lease_timer == kNone)
        holder.lease_timer = memory.timeline.set(until_ms, TimerKind::LeaseEnd, index);
}

void unlink_lease(Memory& memory, Slot slot) {
    JobDetail& detail = memory.jobs.detail(slot);
    Subscription& holder = memory.subscriptions[detail.subscription];
    (detail.lease_prev == kNone ? holder.lease_head
                                : memory.jobs.detail(detail.lease_prev).lease_next) =
        detail.lease_next;
    (detail.lease_next == kNone ? holder.lease_tail
                                : memory.jobs.detail(detail.lease_next).lease_prev) =
        detail.lease_prev;
    detail.lease_next = detail.lease_prev = kNone;
    SWARMQ_CHECK(holder.leases > 0);
    --holder.leases;
    const SubscriptionIndex index = std::exchange(detail.subscription, kNone);
    drop_subscription_if_over(memory, index);
}

void renew_lease(Memory& memory, Slot slot) {
    const SubscriptionIndex index = memory.jobs.detail(slot).subscription;
    Subscription& holder = memory.subscriptions[index];
    const TimeMs until_ms = memory.now_ms + holder.lease_ms;
    ++holder.leases;  // Keeps the holder alive while its only lease is out of the list.
    unlink_lease(memory, slot);
    link_lease(memory, slot, index, until_ms);
    --memory.subscriptions[index].leases;
}

SessionKey open_session(Memory& memory, const std::string& worker) {
    auto record = std::make_shared<SessionRecord>(SessionRecord{make_session_id(memory), worker});
    Session& session = insert_session(memory, std::move(record));
    session.is_connected = true;
    return session.key;
}

std::optional<Resumed> resume_session(Memory& memory, const std::string& session_id) {
    const auto found = memory.session_by_id.find(session_id);
    if (found == memory.session_by_id.end()) return std::nullopt;
    Session& session = memory.sessions.at(found->second);
    Resumed resumed;
    resumed.was_connected = std::exchange(session.is_connected, true);
    session.is_held = session.wants_room = false;
    resumed.session = session.key;
    memory.timeline.cancel(session.grace_timer);
    close_all(memory, session);
    // What this turn has for the connection before is lost with it: it is no answer to what this one asks,
    // and its jobs are among the leases that are told now.
    std::erase_if(memory.effects.deliveries,
                  [&](const Delivery& delivery) { return delivery.session == session.key; });
    for (const Slot slot : leases_of(memory, session)) {
        renew_lease(memory, slot);
        resumed.held.push_back({memory.jobs.detail(slot).token,
                                {memory.queue_of(slot).record.name, memory.id_of(slot)}});
    }
    return resumed;
}

void lose_session(Memory& memory, SessionKey key) {
    Session* const session = find_session(memory, key);
    if (session == nullptr || !session->is_connected) return;
    session->is_connected = false;
    session->grace_timer =
        memory.timeline.set(memory.now_ms + kSessionGraceMs, TimerKind::SessionGrace,
                            static_cast<std::uint32_t>(raw(key)));
    close_all(memory, *session);
    drop_if_over(memory, key);
}

void close_session(Memory& memory, SessionKey key) {
    Session* const session = find_session(memory, key);
    if (session == nullptr) return;
    close_all(memory, *session);
    for (const Slot slot : leases_of(memory, *session)) {
        memory.jobs.detail(slot).last_answer = AnswerKind::Release;
        to_waiting(memory, slot, Place::FormerRank);
        note_event(memory, slot, {EventKind::Waiting});
    }
    // A session that was lost before went with the last of its leases.
    if (Session* const left = find_session(memory, key)) left->is_connected = false;
    drop_if_over(memory, key);
}

void end_session_grace(Memory& memory, SessionKey key) {
    Session* const session = find_session(memory, key);
    if (session == nullptr) return;
    session->grace_timer = kNone;
    for (const Slot slot : leases_of(memory, *session))
        stall(memory, slot, "the connection of worker \"" + memory.jobs.detail(slot).session->worker +
                                "\" was lost");
    drop_if_over(memory, key);
}

SubscriptionIndex recover_holder(Memory& memory, const std::shared_ptr<const SessionRecord>& record,
                                 DurationMs lease_ms) {
    const auto known = memory.session_by_id.find(record->id);
    Session& session = known == memory.session_by_id.end()
                           ? insert_session(memory, record)
                           : memory.sessions.at(known->second);
    for (const auto index : session.subscriptions)
        if (memory.subscriptions[index].lease_ms == lease_ms) return index;
    Subscription made;
    made.session = session.key;
    made.lease_ms = lease_ms;
    const SubscriptionIndex index = memory.subscriptions.add(std::move(made));
    session.subscriptions.push_back(index);
    return index;
}

Result<> subscribe(Memory& memory, SessionKey key, const Subscribe& command) {
    if (auto checked = check_sources(command.queues, command.lease_ms); !checked) return checked;
    if (find_subscription(memory, key, command.subscription) != kNone)
        return Error{Code::AlreadyExists, "subscription " + std::to_string(command.subscription) +
                                              " is open already; choose another number"};
    if (auto checked = check_subscriptions(memory, key); !checked) return checked;
    if (auto checked = check_new_queues(memory, command.queues); !checked) return checked;
    Subscription made;
    made.client_number = command.subscription;
    made.lease_ms = command.lease_ms ? command.lease_ms : kLeaseDefaultMs;
    made.timeouts_start_when_told = command.timeouts_start_when_told;
    open_subscription(memory, key, std::move(made), command.queues);
    return {};
}

Result<> quiet(Memory& memory, SessionKey key, std::uint32_t client_number) {
    const SubscriptionIndex index = find_subscription(memory, key, client_number);
    if (index == kNone)
        return Error{Code::NotFound,
                     "subscription " + std::to_string(client_number) + " is not open"};
    close_subscription(memory, index);
    return {};
}

void grant(Memory& memory, SessionKey key, std::uint32_t client_number, std::uint64_t jobs_total) {
    const SubscriptionIndex index = find_subscription(memory, key, client_number);
    if (index == kNone) return;
    Subscription& subscription = memory.subscriptions[index];
    if (jobs_total <= subscription.credit_total) return;
    subscription.credit_total = jobs_total;
    make_ready(memory, index);
}

Result<> take(Memory& memory, SessionKey key, const Take& command) {
    if (auto checked = check_sources(command.queues, command.lease_ms); !checked) return checked;
    if (command.jobs_max < 1 || command.jobs_max > kItemsPerRequestMax)
        return Error{Code::InvalidArgument, "max_jobs: " + std::to_string(command.jobs_max) +
                                                " is not in 1..1000"};
    if (command.wait_ms < 0 || command.wait_ms > kTakeWaitMaxMs)
        return Error{Code::InvalidArgument, "wait_ms: " + std::to_string(command.wait_ms) +
                                                " is not in 0..3600000"};
    if (auto checked = check_new_queues(memory, command.queues); !checked) return checked;
    Subscription made;
    made.lease_ms = command.lease_ms ? command.lease_ms : kLeaseDefaultMs;
    made.credit_total = command.jobs_max;
    made.take_request = command.request;
    const SubscriptionIndex index = open_subscription(memory, key, std::move(made), command.queues);
    // A wait of 0 ends with the first tick after this turn's dispatch had its chance.
    memory.subscriptions[index].take_timer =
        memory.timeline.set(memory.now_ms + command.wait_ms, TimerKind::TakeEnd, index);
    make_ready(memory, index);
    return {};
}

void end_take(Memory& memory, SubscriptionIndex index) {
    Subscription& over = memory.subscriptions[index];
    over.take_timer = kNone;
    memory.effects.deliveries.push_back({over.session, 0, over.take_request, over.lease_ms, {}});
    close_subscription(memory, index);
}

void close_subscription(Memory& memory, SubscriptionIndex index) {
    Subscription& closed = memory.subscriptions[index];
    if (!std::exchange(closed.is_open, false)) return;
    memory.timeline.cancel(closed.take_timer);
    for (auto& source : closed.sources) {
        QueueState& queue = memory.queue(source.queue);
        --queue.subscribers;
        queue.last_used_ms = memory.now_ms;
        if (source.is_ready) std::erase(queue.ready_subscriptions, index);
    }
    closed.sources.clear();
    drop_subscription_if_over(memory, index);
}

std::size_t end_leases(Memory& memory, SubscriptionIndex index, std::size_t limit) {
    memory.subscriptions[index].lease_timer = kNone;
    std::size_t ended = 0;
    // The subscription may go with its last lease, so its head is looked up through the jobs.
    Slot slot = memory.subscriptions[index].lease_head;
    while (slot != kNone) {
        const JobDetail& detail = memory.jobs.detail(slot);
        const TimeMs until_ms = std::max(detail.lease_until_ms, memory.leases_hold_until_ms);
        if (until_ms > memory.now_ms || ended == limit) {
            memory.subscriptions[index].lease_timer = memory.timeline.set(
                std::max(until_ms, memory.now_ms), TimerKind::LeaseEnd, index);
            break;
        }
        const Slot next = detail.lease_next;
        tell_holder(memory, slot, NoticeKind::LeaseLost);
        stall(memory, slot, "worker \"" + detail.session->worker + "\" did not renew its lease");
        ++ended;
        slot = next;
    }
    return ended;
}

void tell_holder(Memory& memory, Slot slot, NoticeKind kind) {
    const JobDetail& detail = memory.jobs.detail(slot);
    memory.effects.notices.push_back({memory.subscriptions[detail.subscription].session,
                                      memory.jobs[slot].seq, memory.class_of(slot).queue,
                                      detail.chosen_id, detail.token, kind});
}

void stall(Memory& memory, Slot slot, const std::string& why) {
    QueueState& queue = memory.queue_of(slot);
    ++queue.record.stalled_total;
    memory.note_changed(queue);
    JobDetail& detail = memory.jobs.detail(slot);
    ++detail.stalls;
    note_attempt(memory, slot, FailureKind::Stalled, why);
    const std::uint32_t allowed = memory.class_of(slot).max_stalled;
    if (detail.stalls <= allowed) {
        to_waiting(memory, slot, Place::FormerRank);
        note_event(memory, slot, {EventKind::Stalled});
        return;
    }
    Ending ending;
    ending.state = JobState::Failed;
    ending.failure_kind = FailureKind::Stalled;
    ending.failed_reason = "stalled " + std::to_string(detail.stalls) + " times, " +
                           std::to_string(allowed) + " allowed: " + why;
    fail_for_good(memory, slot, std::move(ending));
}

}  // namespace swarmq::engine
