// One pass over the queues, none over their jobs.
#include "engine/overview.h"

#include <algorithm>
#include <utility>

namespace swarmq::engine {
namespace {

// How many of a queue's oldest running attempts are looked at for their timeout.
constexpr int kAttemptsLookedAt = 1'000;
// And how many of its keys, for the age of its oldest waiting job.
constexpr std::size_t kKeysLookedAt = 100;
// An attempt is near its timeout in the last part of it: one in so many.
constexpr DurationMs kNearShare = 5;

std::uint64_t near_timeout(const Memory& memory, const QueueState& queue) {
    std::uint64_t found = 0;
    int looked_at = 0;
    for (Slot slot = queue.active_head; slot != kNone && looked_at < kAttemptsLookedAt;
         slot = memory.jobs[slot].next, ++looked_at) {
        const JobDetail* const detail = memory.jobs.detail_if_any(slot);
        const DurationMs timeout_ms = memory.class_of(slot).timeout_ms;
        if (detail == nullptr || detail->timer == kNone || timeout_ms == 0) continue;
        const DurationMs left_ms = memory.timeline.when(detail->timer) - memory.now_ms;
        if (left_ms * kNearShare <= timeout_ms) ++found;
    }
    return found;
}

void add_to(QueueGlance& sum, const QueueGlance& queue) {
    for (std::size_t i = 0; i < sum.by_state.size(); ++i) sum.by_state[i] += queue.by_state[i];
    sum.added_total += queue.added_total;
    sum.completed_total += queue.completed_total;
    sum.failed_total += queue.failed_total;
    sum.retried_total += queue.retried_total;
    sum.stalled_total += queue.stalled_total;
    sum.workers += queue.workers;
    sum.near_timeout += queue.near_timeout;
    if (queue.oldest_waiting_ms > 0 &&
        (sum.oldest_waiting_ms == 0 || queue.oldest_waiting_ms < sum.oldest_waiting_ms))
        sum.oldest_waiting_ms = queue.oldest_waiting_ms;
}

}  // namespace

// A lane's first job became runnable first, but for jobs put at the head.
TimeMs oldest_waiting_ms(const Memory& memory, const QueueState& queue) {
    TimeMs oldest_ms = 0;
    for (const auto& level : queue.ready.levels())
        level->each_front(memory.jobs, kKeysLookedAt, [&](Slot slot) {
            const TimeMs since_ms = runnable_since(memory.jobs.rank(slot).when_ms);
            if (since_ms > 0 && (oldest_ms == 0 || since_ms < oldest_ms)) oldest_ms = since_ms;
        });
    return oldest_ms;
}

QueueGlance glance_at(const Memory& memory, const QueueState& queue) {
    QueueGlance glance;
    glance.id = queue.record.id;
    glance.name = queue.record.name;
    glance.by_state = queue.by_state;
    glance.is_paused = queue.controls.hold.is_paused;
    glance.added_total = queue.record.added_total;
    glance.completed_total = queue.record.completed_total;
    glance.failed_total = queue.record.failed_total;
    glance.retried_total = queue.record.retried_total;
    glance.stalled_total = queue.record.stalled_total;
    glance.workers = queue.subscribers;
    glance.oldest_waiting_ms = oldest_waiting_ms(memory, queue);
    glance.near_timeout = near_timeout(memory, queue);
    return glance;
}

Overview overview(const Memory& memory, std::size_t queues_max) {
    std::vector<const QueueState*> all;
    for (const auto& queue : memory.queues)
        if (queue) all.push_back(queue.get());
    const std::size_t shown = std::min(queues_max, all.size());
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(shown);
    std::nth_element(all.begin(), end, all.end(),
                     [](const auto* a, const auto* b) { return a->jobs() > b->jobs(); });
    std::sort(all.begin(), end,
              [](const auto* a, const auto* b) { return a->record.name < b->record.name; });
    Overview made;
    made.queues.reserve(shown);
    for (std::size_t i = 0; i < all.size(); ++i) {
        QueueGlance seen = glance_at(memory, *all[i]);
        if (i < shown) {
            seen.times = memory.history.times(all[i]->history, memory.now_ms);
            made.queues.push_back(std::move(seen));
        } else {
            add_to(made.others, seen);
        }
    }
    made.other_queues = all.size() - shown;
    made.sessions = memory.sessions.size();
    return made;
}

std::vector<QueueGlance> glance(const Memory& memory, std::size_t& cursor, std::size_t limit) {
    std::vector<QueueGlance> seen;
    for (std::size_t steps = 0; cursor < memory.queues.size() && steps < limit; ++cursor, ++steps)
        if (const auto& queue = memory.queues[cursor]) seen.push_back(glance_at(memory, *queue));
    if (cursor >= memory.queues.size()) cursor = 0;
    return seen;
}

}  // namespace swarmq::engine
