// Who commits: the thread, or whoever submits while the thread has nothing to do.
#include "broker/commit_queue.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "model/check.h"

namespace swarmq::broker {
namespace {

// How long the thread sleeps without work before it does what is done in a pause.
constexpr std::chrono::milliseconds kIdleWait{1'000};
// How long the loop may wait for a commit of its own before the thread stands in for it; while it commits itself, the
// thread looks so often.
constexpr std::chrono::milliseconds kLoopWaitsLongest{5};
constexpr std::chrono::milliseconds kWatchFor{100};

using std::chrono::steady_clock;
using SteadyTime = steady_clock::time_point;

}  // namespace

struct CommitQueue::Shared {
    Shared(Loop& the_loop, storage::Journal& journal, storage::Store& store,
           CommitOptions the_options, Done the_done, Failed the_failed)
        : loop(the_loop), options(the_options), done(std::move(the_done)),
          failed(std::move(the_failed)),
          committer(journal, store, options) {}

    Loop& loop;
    const CommitOptions options;
    const Done done;
    const Failed failed;

    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::unique_ptr<Turn>> waiting;
    bool is_stopping = false;
    std::atomic<bool> may_rest = true;
    bool is_taken = false;        // Someone has the committer.
    bool is_waited_for = false;   // The thread waits for it.
    SteadyTime lent_at;           // When the loop last took it.
    bool is_watching = false;     // The thread looks soon whether the loop still has it.
    bool is_standing_in = false;  // The thread runs the loop.
    std::atomic<bool> is_loop_back = false;
    std::condition_variable stood_in;
    std::optional<SteadyTime> sync_due;  // Nothing: nothing is to be synced.

    Committer committer;  // Of whoever has taken it.

    void run();
    void wait(std::unique_lock<std::mutex>& lock);
    bool is_sync_due() const { return sync_due && steady_clock::now() >= *sync_due; }
    void rest();
    void finish();
    void stand_in(std::unique_lock<std::mutex>& lock);
    void end_stand_in(std::unique_lock<std::mutex>& lock);
    bool lend_if_idle();
    void put_back();
    void hand_back(std::unique_ptr<Turn> turn);
    void tell(const Result<>& done_between_turns);
};

// The thread's loop.
void CommitQueue::Shared::run() {
    bool is_over = false;
    std::unique_lock lock(mutex);
    while (!is_over) {
        wait(lock);
        is_taken = true;
        std::unique_ptr<Turn> turn;
        if (!waiting.empty() && !is_sync_due()) {
            turn = std::move(waiting.front());
            waiting.pop_front();
        }
        is_over = is_stopping && !turn && waiting.empty();
        lock.unlock();
        if (turn)
            committer.commit(*turn);
        else if (is_over)
            finish();
        else
            rest();
        lock.lock();
        put_back();
        if (!turn) continue;
        // The next turn may come before this thread sleeps; whoever submits it finds the committer there.
        lock.unlock();
        hand_back(std::move(turn));
        lock.lock();
    }
}

// Until there is a turn, a sync is due, the end has come or a while has passed, and nobody has the committer.
void CommitQueue::Shared::wait(std::unique_lock<std::mutex>& lock) {
    const auto began = steady_clock::now();
    while (true) {
        const auto now = steady_clock::now();
        const auto rest_at = std::max(began, lent_at) + kIdleWait;
        const bool has_work = !waiting.empty() || is_stopping || is_sync_due() || now >= rest_at;
        if (has_work && !is_taken) return;
        if (is_taken && !is_loop_back && now - lent_at >= kLoopWaitsLongest && !loop.is_stopped()) {
            stand_in(lock);
            continue;
        }
        is_waited_for = is_taken && has_work;
        is_watching = is_taken || now - lent_at < kWatchFor;
        auto until = is_taken ? SteadyTime::max() : sync_due ? std::min(*sync_due, rest_at) : rest_at;
        if (is_watching) until = std::min(until, now + kLoopWaitsLongest);
        changed.wait_until(lock, until);
    }
}

// The loop's thread is in submit() and touches nothing until it has heard that nobody runs the loop any more.
void CommitQueue::Shared::stand_in(std::unique_lock<std::mutex>& lock) {
    is_standing_in = true;
    lock.unlock();
    loop.stand_in(is_loop_back);
    lock.lock();
    is_standing_in = false;
    stood_in.notify_one();
}

void CommitQueue::Shared::end_stand_in(std::unique_lock<std::mutex>& lock) {
    is_loop_back = true;
    if (!is_standing_in) return;
    loop.wake();
    stood_in.wait(lock, [this] { return !is_standing_in; });
}

// The sync that is due, or what is done in a pause.
void CommitQueue::Shared::rest() {
    if (committer.is_unsynced()) return tell(committer.sync());
    tell(may_rest ? committer.rest() : committer.checkpoint());
}

void CommitQueue::Shared::finish() {
    if (committer.is_unsynced()) tell(committer.sync());
    tell(committer.checkpoint());
}

// To the loop's thread.
bool CommitQueue::Shared::lend_if_idle() {
    const std::lock_guard lock(mutex);
    if (is_taken || is_stopping || !waiting.empty()) return false;
    lent_at = steady_clock::now();
    is_loop_back = false;
    if (!std::exchange(is_watching, true)) changed.notify_one();
    return is_taken = true;
}

// With the mutex locked.
void CommitQueue::Shared::put_back() {
    is_taken = false;
    sync_due = committer.is_unsynced() ? std::optional(committer.sync_due()) : std::nullopt;
}

void CommitQueue::Shared::hand_back(std::unique_ptr<Turn> turn) {
    // What the loop does not need is freed here.
    Changes committed = std::exchange(turn->effects.changes, {});
    turn->effects.changes.turn = committed.turn;
    std::shared_ptr<Turn> handed = std::move(turn);
    loop.post([this, handed] { done(std::make_unique<Turn>(std::move(*handed))); });
}

// Told at once: a commit that would tell it may never follow.
void CommitQueue::Shared::tell(const Result<>& done_between_turns) {
    if (done_between_turns) return;
    loop.post([this, told = done_between_turns.error()] { failed(told); });
}

CommitQueue::CommitQueue(Loop& loop, storage::Journal& journal, storage::Store& store,
                         CommitOptions options, Done done, Failed failed)
    : shared_(std::make_unique<Shared>(loop, journal, store, options, std::move(done),
                                       std::move(failed))),
      thread_([shared = shared_.get()] { shared->run(); }) {}

CommitQueue::~CommitQueue() { stop(); }

std::unique_ptr<Turn> CommitQueue::submit(std::unique_ptr<Turn> turn) noexcept {
    SWARMQ_CHECK(std::this_thread::get_id() != thread_.get_id());
    const bool is_lent = shared_->lend_if_idle();
    const bool is_committed = is_lent && shared_->committer.commit_at_once(*turn);
    {
        std::unique_lock lock(shared_->mutex);
        const auto sync_was_due = shared_->sync_due;
        shared_->end_stand_in(lock);
        if (is_lent) shared_->put_back();
        if (!is_committed) shared_->waiting.push_back(std::move(turn));
        // The thread sleeps on, unless it waits for the committer or for a later sync than is due now.
        const bool is_asked_for = shared_->is_waited_for || shared_->is_stopping;
        if (is_committed && shared_->sync_due == sync_was_due && !is_asked_for) return turn;
    }
    shared_->changed.notify_one();
    return turn;
}

void CommitQueue::let_rest(bool may_rest) { shared_->may_rest = may_rest; }

void CommitQueue::stop() {
    if (!thread_.joinable()) return;
    SWARMQ_CHECK(std::this_thread::get_id() != thread_.get_id());
    {
        std::lock_guard lock(shared_->mutex);
        shared_->is_stopping = true;
    }
    shared_->changed.notify_one();
    thread_.join();
}

}  // namespace swarmq::broker
