// From what the engine made to what lies in the log.
#include "broker/committer.h"

#include <algorithm>
#include <string>

namespace swarmq::broker {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Larger turns are worth a thread of their own beside the loop.
constexpr std::size_t kAtOnceJobsMax = 512;
constexpr std::size_t kAtOnceBytesMax = 256 * 1024;
// With a sync: a turn's sync costs more than its thread, unless there is much to do for the loop meanwhile. Who ends jobs
// waits for the next ones, but more adds come.
constexpr std::size_t kWithSyncAddsMax = 8;
constexpr std::size_t kWithSyncBytesMax = 64 * 1024;
// An append at once that takes longer has waited for something; for so many times as long no other does.
constexpr milliseconds kAtOnceLongest{5};
constexpr int kAtOncePause = 20;

// Reads rows of the store, or makes whole records of them.
bool needs_reads(const Turn& turn) {
    const Changes& changes = turn.effects.changes;
    return !turn.missing.empty() || !turn.with_checkpoint.empty() || !changes.patches.empty() ||
           std::any_of(changes.added.begin(), changes.added.end(),
                       [](const JobRecord& added) { return added.payload_of != JobSeq{}; });
}

}  // namespace

Committer::Committer(storage::Journal& journal, storage::Store& store, CommitOptions options)
    : journal_(journal), store_(store), options_(options), encoder_(options.shard),
      position_(journal.last()) {}

void Committer::commit(Turn& turn) {
    turn.outcome = commit_changes(turn);
    is_encoded_ = false;
    if (turn.outcome) turn.outcome = read_missing(turn);
}

bool Committer::commit_at_once(Turn& turn) {
    const Changes& changes = turn.effects.changes;
    if (has_failed_ || changes.empty() || needs_reads(turn)) return false;
    if (changes.added.size() + changes.statuses.size() > kAtOnceJobsMax) return false;
    const auto now = steady_clock::now();
    if (now < at_once_from_) return false;
    encode(turn);
    const auto waits = journal_.waits(batch_);
    if (!may_go_at_once(turn, waits)) return false;
    commit(turn);
    turn.was_synced = waits == storage::AppendWaits::ForItsSync;
    const auto end = steady_clock::now();
    if (end - now > kAtOnceLongest) at_once_from_ = end + kAtOncePause * (end - now);
    return true;
}

// What is encoded.
bool Committer::may_go_at_once(const Turn& turn, storage::AppendWaits waits) const {
    switch (waits) {
        case storage::AppendWaits::ForNothing: return batch_.bytes().size() <= kAtOnceBytesMax;
        case storage::AppendWaits::ForItsSync:
            return batch_.bytes().size() <= kWithSyncBytesMax &&
                   turn.effects.changes.added.size() <= kWithSyncAddsMax;
        case storage::AppendWaits::ForMore: return false;
    }
    return false;
}

Result<> Committer::commit_changes(Turn& turn) {
    if (has_failed_) return Error{Code::Unknown, "an earlier commit failed"};
    Changes& changes = turn.effects.changes;
    if (changes.empty()) return {};
    if (!is_encoded_) {
        if (auto completed = storage::complete(store_, options_.shard, changes); !completed) return completed;
        encode(turn);
    }
    auto appended = append(turn);
    has_failed_ = !appended;
    return appended;
}

void Committer::encode(const Turn& turn) {
    const auto began = steady_clock::now();
    batch_.clear();
    encoder_.encode(turn.effects.changes, batch_);
    is_encoded_ = true;
    encode_took_ = duration_cast<microseconds>(steady_clock::now() - began);
}

Result<> Committer::append(Turn& turn) {
    const auto began = steady_clock::now();
    auto appended = journal_.append(batch_, position_);
    if (!appended) return appended.error();
    const auto took = duration_cast<microseconds>(steady_clock::now() - began) + encode_took_;
    turn.commit_us = static_cast<std::uint64_t>(took.count());
    turn.commit_bytes = batch_.bytes().size();
    position_ = *appended;
    committed_at_ = steady_clock::now();
    is_unsynced_ = options_.sync_every.count() > 0;
    return {};
}

Result<> Committer::read_missing(Turn& turn) {
    if (auto read = read_checkpoints(turn); !read) return read;
    if (turn.missing.empty()) return {};
    std::vector<JobSeq> seqs = turn.missing;
    seqs.insert(seqs.end(), turn.coming.begin(), turn.coming.end());
    std::inplace_merge(seqs.begin(),
                       seqs.begin() + static_cast<std::ptrdiff_t>(turn.missing.size()), seqs.end());
    auto found = storage::read_deliverables(store_, options_.shard, seqs);
    // A row that nobody needs yet stops nobody.
    if (!found && !turn.coming.empty())
        found = storage::read_deliverables(store_, options_.shard, seqs = turn.missing);
    if (!found) return found.error();
    for (std::size_t i = 0; i < seqs.size(); ++i) {
        if (!(*found)[i]) continue;
        if (std::binary_search(turn.missing.begin(), turn.missing.end(), seqs[i]))
            turn.read.emplace(seqs[i], std::move(*(*found)[i]));
        else
            turn.read_ahead.emplace_back(seqs[i], std::move(*(*found)[i]));
    }
    return {};
}

Result<> Committer::read_checkpoints(Turn& turn) {
    if (turn.with_checkpoint.empty()) return {};
    auto found = storage::read_checkpoints(store_, options_.shard, turn.with_checkpoint);
    if (!found) return found.error();
    for (std::size_t i = 0; i < found->size(); ++i)
        if ((*found)[i]) turn.checkpoints.emplace(turn.with_checkpoint[i].seq, std::move((*found)[i]));
    return {};
}

Result<> Committer::sync() {
    if (has_failed_) return {};
    synced_at_ = steady_clock::now();
    is_unsynced_ = false;
    return told_once(journal_.sync(), "a sync");
}

Result<> Committer::checkpoint() {
    if (has_failed_) return {};
    return told_once(journal_.checkpoint(), "a checkpoint");
}

Result<> Committer::rest() {
    if (auto noted = checkpoint(); !noted || has_failed_) return noted;
    if (steady_clock::now() - committed_at_ < options_.rest_after) return {};
    return told_once(store_.rest(), "writing what was in memory");
}

Result<> Committer::told_once(Result<> done, const char* what) {
    if (done) return done;
    has_failed_ = true;
    return Error{done.error().code, std::string(what) + " failed: " + done.error().detail};
}

}  // namespace swarmq::broker
