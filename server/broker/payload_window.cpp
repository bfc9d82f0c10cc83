// A map with a bound.
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
        record.seq, storage::DeliverableJob{record.payload, record.headers, record.tags,
                                            record.created_ms});
    if (is_new) bytes_ += cost(at->second);
}

void PayloadWindow::replace(const JobRecord& record) {
    erase(record.seq);
    add(record);
}

void PayloadWindow::patch(const JobPatch& patch) {
    const auto found = jobs_.find(patch.seq);
    if (found == jobs_.end()) return;
    bytes_ -= cost(found->second);
    if (patch.payload) found->second.payload = patch.payload;
    if (patch.tags) found->second.tags = *patch.tags;
    bytes_ += cost(found->second);
}

std::optional<storage::DeliverableJob> PayloadWindow::take(JobSeq seq) {
    const auto found = jobs_.find(seq);
    if (found == jobs_.end()) return std::nullopt;
    storage::DeliverableJob job = std::move(found->second);
    bytes_ -= cost(job);
    jobs_.erase(found);
    return job;
}

const storage::DeliverableJob* PayloadWindow::find(JobSeq seq) const {
    const auto found = jobs_.find(seq);
    return found == jobs_.end() ? nullptr : &found->second;
}

}  // namespace swarmq::broker
