// Subscriptions, waking, and batches.
#include "broker/watchers.h"

#include <algorithm>
#include <utility>

#include "engine/validate.h"

namespace swarmq::broker {
namespace {

// A batch ends behind so many events or bytes, so that a port is asked often enough whether it has room.
constexpr std::size_t kEventsPerBatch = 1'000;
constexpr std::size_t kBytesPerBatch = 128 * 1024;
// A watch that so many events passed by is told its cursor all the same, for it to come back with.
constexpr std::uint64_t kUntoldMax = 10'000;

bool wants(const WatchRequest& request, const engine::Event& event) {
    const bool is_kind = request.kinds == 0 || (request.kinds >> static_cast<std::uint32_t>(event.kind) & 1) != 0;
    return is_kind && (request.queue.empty() || request.queue == event.queue) &&
           (request.id.empty() || request.id == event.id);
}

std::size_t about_bytes(const engine::Event& event) {
    return 32 + event.queue.size() + event.id.size() + event.name.size() + event.worker.size() +
           event.text.size();
}

}  // namespace

Result<> Watchers::check(const Port* port, const WatchRequest& request) const {
    if (request.subscription == 0)
        return Error{Code::InvalidArgument, "subscription: 0 is no number; give one above 0"};
    if (!request.id.empty() && request.queue.empty())
        return Error{Code::InvalidArgument, "id: \"" + request.id + "\" needs the queue it is in"};
    if (!request.id.empty())
        if (auto checked = engine::check_name("id", request.id); !checked) return checked;
    if (request.after && *request.after > log_.last())
        return Error{Code::InvalidArgument, "cursor: number " + std::to_string(*request.after) +
                                                " has not been reached; the newest is " +
                                                std::to_string(log_.last())};
    if (watches_.size() >= kWatchesMax)
        return Error{Code::MemoryLimit, std::to_string(watches_.size()) +
                                            " subscriptions to events are open, which is the most"};
    const auto found = owners_.find(port);
    if (found == owners_.end()) return {};
    if (found->second.watches.contains(request.subscription))
        return Error{Code::AlreadyExists, "subscription " + std::to_string(request.subscription) +
                                              " is open already; choose another number"};
    if (found->second.watches.size() < kWatchesPerPortMax) return {};
    return Error{Code::TooManyInflight,
                 std::to_string(kWatchesPerPortMax) +
                     " subscriptions to events are open on this connection, which is the most; end one "
                     "with StopWatching, or watch all queues in one"};
}

// Makes room for it where only what lingers takes it.
Result<> Watchers::begin(const std::string& queue) {
    while (true) {
        auto begun = engine_.watch(queue);
        if (begun) log_.begin(queue);
        if (begun || begun.error().code != Code::MemoryLimit || lingering_.empty()) return begun;
        end_oldest_lingering();
    }
}

Result<Watchers::Begun> Watchers::watch(const std::shared_ptr<Port>& port, WatchRequest request) {
    if (auto checked = check(port.get(), request); !checked) return checked.error();
    if (auto begun = begin(request.queue); !begun) return begun.error();
    const std::uint64_t complete = log_.complete_after(request.queue);
    Watch made;
    made.after = request.is_from_another_boot ? complete : request.after.value_or(log_.last());
    const bool is_truncated = request.is_from_another_boot || made.after < complete;
    made.after = made.told = std::max(made.after, complete);
    made.is_behind = made.after < log_.last();
    made.port = port;
    const Begun begun{made.after, is_truncated};
    const WatchId id = next_id_++;
    Group& group = groups_[request.queue];
    ++group.size;
    (request.id.empty() ? group.watches : group.by_job[request.id]).push_back(id);
    owners_[port.get()].watches.emplace(request.subscription, id);
    made.request = std::move(request);
    watches_.emplace(id, std::move(made));
    return begun;
}

void Watchers::end(WatchId id, TimeMs now_ms) {
    const auto node = watches_.extract(id);
    const WatchRequest& ended = node.mapped().request;
    Group& group = groups_.at(ended.queue);
    if (ended.id.empty()) {
        std::erase(group.watches, id);
    } else {
        auto& of_job = group.by_job.at(ended.id);
        std::erase(of_job, id);
        if (of_job.empty()) group.by_job.erase(ended.id);
    }
    if (--group.size > 0) return;
    group.idle_until_ms = now_ms + kWatchLingersMs;
    if (!std::exchange(group.is_lingering, true))
        lingering_.push_back({group.idle_until_ms, ended.queue});
}

Result<> Watchers::stop(const Port* port, std::uint32_t subscription, TimeMs now_ms) {
    const auto owner = owners_.find(port);
    if (owner == owners_.end() || !owner->second.watches.contains(subscription))
        return Error{Code::NotFound,
                     "subscription " + std::to_string(subscription) + " to events is not open"};
    const auto found = owner->second.watches.find(subscription);
    end(found->second, now_ms);
    owner->second.watches.erase(found);
    if (owner->second.watches.empty()) owners_.erase(owner);
    return {};
}

void Watchers::stop_all(const Port* port, TimeMs now_ms) {
    const auto owner = owners_.extract(port);
    if (owner.empty()) return;
    for (const auto& [subscription, id] : owner.mapped().watches) end(id, now_ms);
}

void Watchers::end_oldest_lingering() {
    const std::string queue = std::move(lingering_.front().queue);
    lingering_.pop_front();
    const auto found = groups_.find(queue);
    found->second.is_lingering = false;
    if (found->second.size > 0) return;
    groups_.erase(found);
    log_.end(queue);
    engine_.unwatch(queue);
}

void Watchers::advance(TimeMs now_ms) {
    while (!lingering_.empty() && lingering_.front().until_ms <= now_ms) {
        const Group& group = groups_.at(lingering_.front().queue);
        if (group.size == 0 && group.idle_until_ms > now_ms) {  // Somebody was there meanwhile.
            lingering_.push_back({group.idle_until_ms, std::move(lingering_.front().queue)});
            lingering_.pop_front();
        } else {
            end_oldest_lingering();
        }
    }
}

void Watchers::wake(Group& group, const engine::Event& event, std::uint64_t before,
                    std::vector<WatchId>& woken) {
    if (group.woken_at <= before && !group.watches.empty()) {
        group.woken_at = before + 1;
        woken.insert(woken.end(), group.watches.begin(), group.watches.end());
    }
    if (group.by_job.empty() || event.id.empty()) return;
    if (const auto found = group.by_job.find(event.id); found != group.by_job.end())
        woken.insert(woken.end(), found->second.begin(), found->second.end());
}

void Watchers::wake(const engine::Event& event, std::uint64_t before, std::vector<WatchId>& woken) {
    if (const auto found = groups_.find(event.queue); found != groups_.end())
        wake(found->second, event, before, woken);
    if (const auto all = groups_.find(""); all != groups_.end())
        wake(all->second, event, before, woken);
}

void Watchers::publish(std::vector<engine::Event>&& events) {
    if (events.empty()) return;
    const std::uint64_t before = log_.last();
    std::vector<WatchId> woken;
    for (engine::Event& event : events) {
        wake(event, before, woken);
        log_.append(std::move(event));
    }
    for (const WatchId id : woken) push_new(id, before);
}

// A watch that is not behind has had all that was there `before`. A push may end watches, its own too.
void Watchers::push_new(WatchId id, std::uint64_t before) {
    const auto found = watches_.find(id);
    if (found == watches_.end() || found->second.is_behind) return;
    found->second.after = std::max(found->second.after, before);
    found->second.is_behind = true;
    while (true) {
        const auto at = watches_.find(id);
        if (at == watches_.end() || !at->second.is_behind || !at->second.port->has_room()) return;
        push_some(at->second);
    }
}

void Watchers::go_on(const Port* port) {
    while (true) {
        const auto owner = owners_.find(port);
        if (owner == owners_.end()) return;
        // In turns, so that a watch of much does not starve one of little.
        auto& watches = owner->second.watches;
        auto at = watches.upper_bound(owner->second.last_served);
        std::size_t looked = 0;
        for (; looked < watches.size(); ++looked, ++at) {
            if (at == watches.end()) at = watches.begin();
            if (watches_.at(at->second).is_behind) break;
        }
        if (looked == watches.size() || !port->has_room()) return;
        owner->second.last_served = at->first;
        push_some(watches_.at(at->second));
    }
}

// May end the watch.
void Watchers::push_some(Watch& watch) {
    EventBatch batch;
    batch.subscription = watch.request.subscription;
    const std::uint64_t complete = log_.complete_after(watch.request.queue);
    batch.is_truncated = watch.after < complete;
    watch.after = std::max(watch.after, complete);
    watch.is_behind = false;
    std::size_t bytes = 0;
    log_.each_after(watch.after, [&](const LoggedEvent& logged) {
        watch.is_behind = batch.events.size() >= kEventsPerBatch || bytes >= kBytesPerBatch;
        if (watch.is_behind) return false;
        watch.after = logged.number;
        if (!wants(watch.request, logged.event)) return true;
        batch.events.push_back(&logged);
        bytes += about_bytes(logged.event);
        return true;
    });
    batch.after = watch.after;
    if (batch.events.empty() && !batch.is_truncated && watch.after - watch.told < kUntoldMax) return;
    watch.told = watch.after;
    const std::shared_ptr<Port> port = watch.port;
    port->push_events(batch);
}

}  // namespace swarmq::broker
