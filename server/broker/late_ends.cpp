// Ends in the order they came.
#include "broker/late_ends.h"

#include <utility>

namespace swarmq::broker {
namespace {

constexpr DurationMs kKeptMs = 60'000;
constexpr std::size_t kEndsMax = 20'000;
constexpr std::size_t kBytesMax = 16 * 1024 * 1024;

}  // namespace

std::string LateEnds::chosen_key(QueueId queue, const std::string& chosen_id) {
    return std::to_string(raw(queue)) + "/" + chosen_id;
}

void LateEnds::remember(engine::EndedJob&& ended, TimeMs now_ms) {
    const JobSeq seq = ended.seq;
    const std::size_t bytes = sizeof(Recent) + (ended.result ? ended.result->size() : 0) +
                              ended.failed_reason.size();
    if (!ended.chosen_id.empty())
        by_chosen_id_[chosen_key(ended.queue, ended.chosen_id)] = seq;
    by_seq_[seq] = forgotten_ + recent_.size();
    recent_.push_back({now_ms + kKeptMs, bytes, std::move(ended)});
    bytes_ += bytes;
    while (recent_.size() > kEndsMax || bytes_ > kBytesMax) forget_oldest();
}

void LateEnds::forget_oldest() {
    const Recent& oldest = recent_.front();
    const auto found = by_seq_.find(oldest.ended.seq);
    // The same job may have ended again since, after a retry.
    if (found != by_seq_.end() && found->second == forgotten_) {
        by_seq_.erase(found);
        if (!oldest.ended.chosen_id.empty()) {
            const auto chosen = by_chosen_id_.find(
                chosen_key(oldest.ended.queue, oldest.ended.chosen_id));
            if (chosen != by_chosen_id_.end() && chosen->second == oldest.ended.seq)
                by_chosen_id_.erase(chosen);
        }
    }
    bytes_ -= oldest.bytes;
    recent_.pop_front();
    ++forgotten_;
}

const engine::EndedJob* LateEnds::find(JobSeq seq) const {
    const auto found = by_seq_.find(seq);
    return found == by_seq_.end() ? nullptr : &recent_[found->second - forgotten_].ended;
}

const engine::EndedJob* LateEnds::find(QueueId queue, const std::string& chosen_id) const {
    const auto found = by_chosen_id_.find(chosen_key(queue, chosen_id));
    return found == by_chosen_id_.end() ? nullptr : find(found->second);
}

void LateEnds::forget_old(TimeMs now_ms) {
    while (!recent_.empty() && recent_.front().until_ms <= now_ms) forget_oldest();
}

}  // namespace swarmq::broker
