// Waits by job and by deadline; ends in the order they came.
#include "broker/waiters.h"

#include <utility>

namespace swarmq::broker {
namespace {

constexpr DurationMs kRecentKeptMs = 60'000;
constexpr std::size_t kRecentMax = 20'000;
constexpr std::size_t kRecentBytesMax = 16 * 1024 * 1024;

}  // namespace

std::string Waiters::chosen_key(QueueId queue, const std::string& chosen_id) {
    return std::to_string(raw(queue)) + "/" + chosen_id;
}

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
    remember(std::move(ended), now_ms);
}

void Waiters::remember(engine::EndedJob&& ended, TimeMs now_ms) {
    const JobSeq seq = ended.seq;
    const std::size_t bytes = sizeof(Recent) + (ended.result ? ended.result->size() : 0) +
                              ended.failed_reason.size();
    if (!ended.chosen_id.empty())
        recent_by_chosen_id_[chosen_key(ended.queue, ended.chosen_id)] = seq;
    recent_by_seq_[seq] = forgotten_ + recent_.size();
    recent_.push_back({now_ms + kRecentKeptMs, bytes, std::move(ended)});
    recent_bytes_ += bytes;
    while (recent_.size() > kRecentMax || recent_bytes_ > kRecentBytesMax) forget_oldest();
}

void Waiters::forget_oldest() {
    const Recent& oldest = recent_.front();
    const auto found = recent_by_seq_.find(oldest.ended.seq);
    // The same job may have ended again since, after a retry.
    if (found != recent_by_seq_.end() && found->second == forgotten_) {
        recent_by_seq_.erase(found);
        if (!oldest.ended.chosen_id.empty()) {
            const auto chosen = recent_by_chosen_id_.find(
                chosen_key(oldest.ended.queue, oldest.ended.chosen_id));
            if (chosen != recent_by_chosen_id_.end() && chosen->second == oldest.ended.seq)
                recent_by_chosen_id_.erase(chosen);
        }
    }
    recent_bytes_ -= oldest.bytes;
    recent_.pop_front();
    ++forgotten_;
}

const engine::EndedJob* Waiters::find_recent(JobSeq seq) const {
    const auto found = recent_by_seq_.find(seq);
    return found == recent_by_seq_.end() ? nullptr : &recent_[found->second - forgotten_].ended;
}

const engine::EndedJob* Waiters::find_recent(QueueId queue, const std::string& chosen_id) const {
    const auto found = recent_by_chosen_id_.find(chosen_key(queue, chosen_id));
    return found == recent_by_chosen_id_.end() ? nullptr : find_recent(found->second);
}

void Waiters::advance(TimeMs now_ms) {
    while (!by_deadline_.empty() && by_deadline_.begin()->first <= now_ms) {
        const WaitId id = by_deadline_.begin()->second;
        const Callback callback = std::move(waits_.at(id).callback);
        cancel(id);
        callback(nullptr);
    }
    while (!recent_.empty() && recent_.front().until_ms <= now_ms) forget_oldest();
}

std::optional<TimeMs> Waiters::next_deadline() const {
    if (by_deadline_.empty()) return std::nullopt;
    return by_deadline_.begin()->first;
}

}  // namespace swarmq::broker
