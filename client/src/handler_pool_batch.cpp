// Calls of a batch handler.
#include <algorithm>
#include <iterator>
#include <utility>

#include "handler_pool.h"
#include "run_handler.h"
#include "telling.h"

namespace swarmq::inline sdk {

HandlerPool::HandlerPool(BatchOptions batch, BatchHandler handler, std::size_t concurrency,
                         std::function<void()> wake_io)
    : batch_(batch), batch_handler_(std::move(handler)), wake_io_(std::move(wake_io)),
      concurrency_(concurrency) {}

void HandlerPool::run_batch(std::unique_lock<std::mutex>& lock) {
    const auto count =
        static_cast<std::ptrdiff_t>(std::min(backlog_.size(), batch_.jobs_max));
    std::vector<LeasePtr> leases(std::make_move_iterator(backlog_.begin()),
                                 std::make_move_iterator(backlog_.begin() + count));
    backlog_.erase(backlog_.begin(), backlog_.begin() + count);
    running_ += leases.size();
    bool must_wake = false;
    for (const auto& lease : leases) must_wake = note_start(lease) || must_wake;
    lock.unlock();
    if (must_wake) wake_io_();

    // Those that were lost while they waited take no part.
    const auto lost = std::stable_partition(leases.begin(), leases.end(),
                                            [](const LeasePtr& lease) { return !lease->is_lost(); });
    JobBatch batch;
    for (auto lease = leases.begin(); lease != lost; ++lease) batch.add((*lease)->job(), *lease);
    if (telemetry_) {
        for (auto lease = leases.begin(); lease != lost; ++lease)
            (*lease)->telling = tell_attempt(telemetry_.get(), (*lease)->job());
    }
    std::vector<Outcome> outcomes;
    if (batch.size() > 0) outcomes = run_handler(batch_handler_, batch);
    for (Outcome& outcome : outcomes) outcome = checked(std::move(outcome));
    outcomes.resize(leases.size(), Outcome::release());
    for (std::size_t i = 0; telemetry_ && i < batch.size(); ++i) {
        Lease& lease = *leases[i];
        if (!batch[i].is_finished_later()) lease.telling->end(outcomes[i], lease.cancel_reason());
        lease.telling->handler_returned();
    }
    const auto now = std::chrono::steady_clock::now();

    lock.lock();
    for (std::size_t i = 0; i < leases.size(); ++i) {
        if (i < batch.size() && batch[i].is_finished_later()) continue;
        if (leases[i]->claim_end())
            end_one(std::move(leases[i]), std::move(outcomes[i]), now, leases.size());
        else
            end_running();
    }
}

}  // namespace swarmq::inline sdk
