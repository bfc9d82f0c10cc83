// A map with bounds.
#include "broker/payload_window.h"

#include <utility>

namespace swarmq::broker {
namespace {

constexpr std::size_t kEntryBytes = 160;  // About what an entry costs besides its payload.

}  // namespace

std::size_t PayloadWindow::cost(const storage::DeliverableJob& job) {
    std::size_t bytes = kEntryBytes + (job.payload ? job.payload->size() : 0);
    for (const auto& [key, value] : job.headers) bytes += key.size() + value.size();
    for (const auto& tag : job.tags) bytes += tag.size();
    return bytes;
}

void PayloadWindow::add(const JobRecord& record) {
    const auto [at, is_new] = jobs_.try_emplace(
        record.seq, Entry{{record.payload, record.headers, record.tags, record.created_ms}});
    if (is_new) bytes_ += cost(at->second.job);
}

void PayloadWindow::add_ahead(JobSeq seq, storage::DeliverableJob&& job) {
    const auto [at, is_new] = jobs_.try_emplace(seq, Entry{std::move(job), true});
    if (!is_new) return;
    ahead_bytes_ += cost(at->second.job);
    ahead_.push_back(seq);
    make_room_ahead();
}

// The oldest go first, and with them the names of those that are gone already.
void PayloadWindow::make_room_ahead() {
    while (!ahead_.empty()) {
        const auto oldest = jobs_.find(ahead_.front());
        const bool is_here = oldest != jobs_.end() && oldest->second.is_ahead;
        const std::size_t names_bytes = ahead_.size() * sizeof(JobSeq);
        if (is_here && ahead_bytes_ + names_bytes <= ahead_bytes_max()) return;
        if (is_here) erase(ahead_.front());
        ahead_.pop_front();
    }
}

void PayloadWindow::replace(const JobRecord& record) {
    erase(record.seq);
    add(record);
}

void PayloadWindow::patch(const JobPatch& patch) {
    const auto found = jobs_.find(patch.seq);
    if (found == jobs_.end()) return;
    storage::DeliverableJob& job = found->second.job;
    bytes_of(found->second) -= cost(job);
    if (patch.payload) job.payload = patch.payload;
    if (patch.tags) job.tags = *patch.tags;
    bytes_of(found->second) += cost(job);
}

void PayloadWindow::erase(JobSeq seq) {
    const auto found = jobs_.find(seq);
    if (found == jobs_.end()) return;
    bytes_of(found->second) -= cost(found->second.job);
    jobs_.erase(found);
}

const storage::DeliverableJob* PayloadWindow::find(JobSeq seq) const {
    const auto found = jobs_.find(seq);
    return found == jobs_.end() ? nullptr : &found->second.job;
}

}  // namespace swarmq::broker
