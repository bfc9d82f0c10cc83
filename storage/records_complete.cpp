// Makes whole records where a turn speaks of what is stored already, so that what is written needs no read.
#include "records.h"

#include <algorithm>
#include <utility>

namespace swarmq::storage {
namespace {

JobRecord* find_whole(Changes& changes, JobSeq seq) {
    const auto replaced = std::find_if(changes.replaced.rbegin(), changes.replaced.rend(),
                                       [&](const JobRecord& record) { return record.seq == seq; });
    if (replaced != changes.replaced.rend()) return &*replaced;
    const auto added =
        std::lower_bound(changes.added.begin(), changes.added.end(), seq,
                         [](const JobRecord& record, JobSeq s) { return record.seq < s; });
    return added != changes.added.end() && added->seq == seq ? &*added : nullptr;
}

void apply(JobPatch&& patch, JobRecord& record) {
    if (patch.payload) record.payload = std::move(patch.payload);
    if (patch.tags) record.tags = *std::move(patch.tags);
    record.payload_is_large = record.payload_is_large || patch.payload_is_large;
}

// Patches of stored jobs. One whose record was lost changes nothing.
Result<> complete_patches(const Store& store, ShardId shard, Changes& changes) {
    for (JobPatch& patch : std::exchange(changes.patches, {})) {
        if (JobRecord* const whole = find_whole(changes, patch.seq)) {
            // Without a payload it is a dead letter that gets one below, and its patch behind that.
            if (whole->payload)
                apply(std::move(patch), *whole);
            else
                changes.patches.push_back(std::move(patch));
            continue;
        }
        const JobKey key{patch.seq, 0};
        auto read = read_jobs(store, shard, {&key, 1}, true);
        if (!read) return read.error();
        if (!read->front()) continue;
        apply(std::move(patch), changes.replaced.emplace_back(std::move(read->front()->record)));
    }
    return {};
}

// A dead letter has the payload of the job that failed: its rows are still there, or in this turn.
Result<> copy_payload(const Store& store, ShardId shard, Changes& changes, JobRecord& letter) {
    const JobSeq source = std::exchange(letter.payload_of, JobSeq{});
    if (const JobRecord* const whole = find_whole(changes, source); whole && whole->payload) {
        letter.payload = whole->payload;
        letter.headers = whole->headers;
        letter.tags = whole->tags;
        return {};
    }
    const auto found = read_deliverables(store, shard, {&source, 1});
    if (!found) return found.error();
    // Where its record was lost the dead letter comes without contents.
    letter.payload = std::make_shared<const std::string>();
    if (!found->front()) return {};
    letter.payload = found->front()->payload;
    letter.headers = found->front()->headers;
    letter.tags = found->front()->tags;
    return {};
}

}  // namespace

Result<> complete(const Store& store, ShardId shard, Changes& changes) {
    if (auto completed = complete_patches(store, shard, changes); !completed) return completed;
    for (JobRecord& added : changes.added)
        if (!added.payload && added.payload_of != JobSeq{})
            if (auto copied = copy_payload(store, shard, changes, added); !copied) return copied;
    return complete_patches(store, shard, changes);
}

}  // namespace swarmq::storage
