// Waits by job and by deadline.
#include "broker/waiters.h"

#include <utility>

namespace swarmq::broker {

void Waiters::wait(JobSeq seq, TimeMs until_ms, const void* owner, Callback callback) {
    const WaitId id = next_id_++;
    waits_.emplace(id, Wait{seq, until_ms, owner, std::move(callback)});
    by_job_.emplace(seq, id);
    by_deadline_.emplace(until_ms, id);
    by_owner_.emplace(owner, id);
}

void Waiters::cancel_all(const void* owner) {
    for (auto at = by_owner_.find(owner); at != by_owner_.end(); at = by_owner_.find(owner))
        cancel(at->second);
}

void Waiters::cancel(WaitId id) {
    const auto found = waits_.find(id);
    if (found == waits_.end()) return;
    const auto erase_from = [id](auto& index, const auto& key) {
        const auto [begin, end] = index.equal_range(key);
        for (auto it = begin; it != end; ++it)
            if (it->second == id) {
                index.erase(it);
                return;
            }
    };
    erase_from(by_job_, found->second.seq);
    erase_from(by_deadline_, found->second.until_ms);
    erase_from(by_owner_, found->second.owner);
    waits_.erase(found);
}

void Waiters::end(engine::EndedJob&& ended, TimeMs now_ms) {
    if (!by_job_.empty()) {
        std::vector<WaitId> ids;
        const auto [begin, end] = by_job_.equal_range(ended.seq);
        for (auto it = begin; it != end; ++it) ids.push_back(it->second);
        for (const WaitId id : ids) {
            const auto found = waits_.find(id);
            if (found == waits_.end()) continue;  // A callback before this ended its owner.
            const Callback callback = std::move(found->second.callback);
            cancel(id);
            callback(&ended);
        }
    }
    (ended.is_stored ? stored_ : removed_).remember(std::move(ended), now_ms);
}

const engine::EndedJob* Waiters::find_recent(JobSeq seq) const {
    const engine::EndedJob* const removed = removed_.find(seq);
    return removed ? removed : stored_.find(seq);
}

const engine::EndedJob* Waiters::find_recent(QueueId queue, const std::string& chosen_id) const {
    const engine::EndedJob* const removed = removed_.find(queue, chosen_id);
    const engine::EndedJob* const stored = stored_.find(queue, chosen_id);
    if (!removed || !stored) return removed ? removed : stored;
    return removed->seq < stored->seq ? stored : removed;  // The id was used again.
}

void Waiters::advance(TimeMs now_ms) {
    while (!by_deadline_.empty() && by_deadline_.begin()->first <= now_ms) {
        const WaitId id = by_deadline_.begin()->second;
        const Callback callback = std::move(waits_.at(id).callback);
        cancel(id);
        callback(nullptr);
    }
    removed_.forget_old(now_ms);
    stored_.forget_old(now_ms);
}

std::optional<TimeMs> Waiters::next_deadline() const {
    if (by_deadline_.empty()) return std::nullopt;
    return by_deadline_.begin()->first;
}

}  // namespace swarmq::broker
