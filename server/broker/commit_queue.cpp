// The commit thread's loop.
#include "broker/commit_queue.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

namespace swarmq::broker {
namespace {

// How long the thread sleeps without work: then it lets the journal note what is synced.
constexpr std::chrono::milliseconds kIdleWait{1'000};

}  // namespace

struct CommitQueue::Shared {
    Shared(Loop& the_loop, storage::Journal& the_journal, storage::Store& the_store,
           CommitQueueOptions the_options, Done the_done, Failed the_failed)
        : loop(the_loop), journal(the_journal), store(the_store), options(the_options),
          done(std::move(the_done)), failed(std::move(the_failed)), encoder(options.shard),
          position(journal.last()) {}

    Loop& loop;
    storage::Journal& journal;
    storage::Store& store;
    const CommitQueueOptions options;
    const Done done;
    const Failed failed;

    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::unique_ptr<Turn>> waiting;
    bool is_stopping = false;

    // Of the commit thread alone.
    storage::Encoder encoder;
    storage::Batch batch;
    storage::Position position;
    bool has_failed = false;
    bool is_unsynced = false;  // Only with sync_every.
    std::chrono::steady_clock::time_point synced_at = std::chrono::steady_clock::now();

    void run();
    std::unique_ptr<Turn> next();
    Result<> commit(Turn& turn);
    Result<> append(Turn& turn);
    Result<> read_missing(Turn& turn);
    Result<> read_checkpoints(Turn& turn);
    void rest();
    void sync_if_time();
    void sync();
    void checkpoint();
    void fail(const char* what, const Error& error);
};

void CommitQueue::Shared::run() {
    while (std::unique_ptr<Turn> turn = next()) {
        turn->outcome = commit(*turn);
        // What the loop does not need is freed here.
        Changes committed = std::exchange(turn->effects.changes, {});
        turn->effects.changes.turn = committed.turn;
        std::shared_ptr<Turn> handed = std::move(turn);
        loop.post([this, handed] { done(std::make_unique<Turn>(std::move(*handed))); });
        sync_if_time();
    }
    if (is_unsynced) sync();
    checkpoint();
}

// Null when there is no more work and none will come.
std::unique_ptr<Turn> CommitQueue::Shared::next() {
    std::unique_lock lock(mutex);
    while (waiting.empty() && !is_stopping) {
        const auto pause = is_unsynced ? options.sync_every : kIdleWait;
        if (changed.wait_for(lock, pause, [&] { return !waiting.empty() || is_stopping; })) break;
        lock.unlock();
        rest();
        lock.lock();
    }
    if (waiting.empty()) return nullptr;
    std::unique_ptr<Turn> turn = std::move(waiting.front());
    waiting.pop_front();
    return turn;
}

Result<> CommitQueue::Shared::commit(Turn& turn) {
    if (has_failed) return Error{Code::Unknown, "an earlier commit failed"};
    Changes& changes = turn.effects.changes;
    if (!changes.empty()) {
        if (auto completed = storage::complete(store, options.shard, changes); !completed)
            return completed;
        if (auto appended = append(turn); !appended) {
            has_failed = true;
            return appended;
        }
    }
    return read_missing(turn);
}

Result<> CommitQueue::Shared::append(Turn& turn) {
    using namespace std::chrono;
    const auto began = steady_clock::now();
    batch.clear();
    encoder.encode(turn.effects.changes, batch);
    auto appended = journal.append(batch, position);
    if (!appended) return appended.error();
    const auto took = duration_cast<microseconds>(steady_clock::now() - began);
    turn.commit_us = static_cast<std::uint64_t>(took.count());
    turn.commit_bytes = batch.bytes().size();
    position = *appended;
    is_unsynced = options.sync_every.count() > 0;
    return {};
}

Result<> CommitQueue::Shared::read_missing(Turn& turn) {
    if (auto read = read_checkpoints(turn); !read) return read;
    if (turn.missing.empty()) return {};
    auto found = storage::read_deliverables(store, options.shard, turn.missing);
    if (!found) return found.error();
    for (std::size_t i = 0; i < turn.missing.size(); ++i)
        if ((*found)[i]) turn.read.emplace(turn.missing[i], std::move(*(*found)[i]));
    return {};
}

Result<> CommitQueue::Shared::read_checkpoints(Turn& turn) {
    if (turn.with_checkpoint.empty()) return {};
    auto found = storage::read_checkpoints(store, options.shard, turn.with_checkpoint);
    if (!found) return found.error();
    for (std::size_t i = 0; i < found->size(); ++i)
        if ((*found)[i]) turn.checkpoints.emplace(turn.with_checkpoint[i].seq, std::move((*found)[i]));
    return {};
}

// After a pause without work: the journal notes outside its log what is synced, at most a second late.
void CommitQueue::Shared::rest() {
    if (is_unsynced)
        sync_if_time();
    else
        checkpoint();
}

void CommitQueue::Shared::sync_if_time() {
    if (is_unsynced && std::chrono::steady_clock::now() - synced_at >= options.sync_every) sync();
}

void CommitQueue::Shared::sync() {
    if (has_failed) return;
    synced_at = std::chrono::steady_clock::now();
    is_unsynced = false;
    if (auto synced = journal.sync(); !synced) fail("a sync", synced.error());
}

void CommitQueue::Shared::checkpoint() {
    if (has_failed) return;
    if (auto noted = journal.checkpoint(); !noted) fail("a checkpoint", noted.error());
}

// Told at once: a commit that would tell it may never follow.
void CommitQueue::Shared::fail(const char* what, const Error& error) {
    has_failed = true;
    loop.post([this, told = Error{error.code, std::string(what) + " failed: " + error.detail}] {
        failed(told);
    });
}

CommitQueue::CommitQueue(Loop& loop, storage::Journal& journal, storage::Store& store,
                         CommitQueueOptions options, Done done, Failed failed)
    : shared_(std::make_unique<Shared>(loop, journal, store, options, std::move(done),
                                       std::move(failed))),
      thread_([shared = shared_.get()] { shared->run(); }) {}

CommitQueue::~CommitQueue() { stop(); }

void CommitQueue::submit(std::unique_ptr<Turn> turn) {
    {
        std::lock_guard lock(shared_->mutex);
        shared_->waiting.push_back(std::move(turn));
    }
    shared_->changed.notify_one();
}

void CommitQueue::stop() {
    if (!thread_.joinable()) return;
    {
        std::lock_guard lock(shared_->mutex);
        shared_->is_stopping = true;
    }
    shared_->changed.notify_one();
    thread_.join();
}

}  // namespace swarmq::broker
