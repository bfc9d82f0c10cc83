// Finds jobs by number through arrays of slots: four bytes a job, no hashing.
#include "engine/job_table.h"

#include "model/check.h"

namespace swarmq::engine {

Slot JobTable::add(JobSeq seq) {
    JobSlot job;
    job.seq = seq;
    const Slot slot = slots_.add(job);
    Chunks& chunks = epochs_[epoch(seq)];
    const std::uint64_t index = counter(seq) / kChunk;
    if (chunks.size() <= index) chunks.resize(index + 1);
    if (!chunks[index]) chunks[index] = std::make_unique<Chunk>();
    Slot& place = chunks[index]->slots[counter(seq) % kChunk];
    SWARMQ_CHECK_VALUES(place == kNone, raw(seq), place);
    place = slot;
    ++chunks[index]->live;
    return slot;
}

void JobTable::remove(Slot slot) {
    JobSlot& job = slots_[slot];
    const auto found = epochs_.find(epoch(job.seq));
    SWARMQ_CHECK(found != epochs_.end());
    auto& chunk = found->second[counter(job.seq) / kChunk];
    chunk->slots[counter(job.seq) % kChunk] = kNone;
    if (--chunk->live == 0) chunk.reset();
    if (job.detail != kNone) details_.remove(job.detail);
    slots_.remove(slot);
}

Slot JobTable::find(JobSeq seq) const {
    const auto found = epochs_.find(epoch(seq));
    if (found == epochs_.end()) return kNone;
    const std::uint64_t index = counter(seq) / kChunk;
    if (index >= found->second.size() || !found->second[index]) return kNone;
    return found->second[index]->slots[counter(seq) % kChunk];
}

JobDetail& JobTable::detail(Slot slot) {
    JobSlot& job = slots_[slot];
    if (job.detail == kNone) job.detail = details_.add({});
    return details_[job.detail];
}

Rank JobTable::rank(Slot slot) const {
    const JobSlot& job = slots_[slot];
    const JobDetail* more = detail_if_any(slot);
    const std::uint64_t number = more && more->rank_number ? more->rank_number : raw(job.seq);
    // The later of two jobs at the head goes before the earlier one.
    return {job.rank_when_ms, job.rank_when_ms <= kLifoWhenMs ? ~number : number};
}

}  // namespace swarmq::engine
