// Makes turns durable, one after another. What has to wait for a disk does so on a thread of its own; a small turn that
// need not, or only for its sync, is committed by whoever submits it, which is two changes of thread less. When that takes
// long, the thread stands in for the loop's.
// Without work for a second, and at the end, the thread lets the journal note what is synced; in a long pause the store
// gives back memory.
// submit() and the callbacks belong to the loop's thread. While a turn is being submitted, what else the loop runs must not
// call submit() or stop().
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "base/loop.h"
#include "broker/committer.h"
#include "broker/turn.h"
#include "journal.h"
#include "store.h"

namespace swarmq::broker {

class CommitQueue {
  public:
    using Done = std::function<void(std::unique_ptr<Turn>)>;
    using Failed = std::function<void(const Error&)>;

    // `done` is called on the loop, in the order of submit(), for turns that the thread has committed. `failed` is called
    // there at most once, when a sync or a note of what is synced failed between turns; every turn after it ends as Unknown.
    CommitQueue(Loop& loop, storage::Journal& journal, storage::Store& store,
                CommitOptions options, Done done, Failed failed);
    // Waits for what was submitted.
    ~CommitQueue();

    // The turn if it is committed already; null: `done` will get it. Turns are committed in their order; to hear of them in
    // their order, submit the next one after the one before is done.
    std::unique_ptr<Turn> submit(std::unique_ptr<Turn> turn) noexcept;
    // Whether a pause may be used to write what is in memory, which takes room on the disk. Any thread; at first it may.
    void let_rest(bool may_rest);
    // Finishes what was submitted and ends the thread. Idempotent; callbacks may still be posted.
    void stop();

  private:
    struct Shared;
    std::unique_ptr<Shared> shared_;
    std::thread thread_;
};

}  // namespace swarmq::broker
