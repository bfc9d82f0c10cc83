// Producers and workers at once: whole lives of jobs a second, and how long one is on its way.
#include "bench/answers.h"
#include "bench/consumers.h"
#include "bench/stamp.h"
#include "bench/workloads.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace swarmq::cli {
namespace {

// Room for jobs between their add and the start of their handler: what is added is no more than
// what is taken, so queues stay short. A producer that finds none goes on when a quarter is free: adds one
// by one, each after a wake-up of its own, would measure the wake-ups.
class Room {
  public:
    explicit Room(std::uint64_t jobs)
        : free_(static_cast<std::int64_t>(jobs)), enough_(static_cast<std::int64_t>(jobs / 4)) {}

    // One producer only.
    void take(std::uint64_t jobs) {
        const auto wanted = static_cast<std::int64_t>(jobs);
        if (free_ < wanted) {
            const std::int64_t enough = std::max(wanted, enough_);
            std::unique_lock lock(mutex_);
            wanted_ = enough;
            has_room_.wait(lock, [&] { return free_ >= enough; });
            wanted_ = kNobody;
        }
        free_ -= wanted;
    }
    void give_back() {
        if (++free_ != wanted_) return;
        const std::lock_guard lock(mutex_);
        has_room_.notify_one();
    }

  private:
    static constexpr std::int64_t kNobody = -1;

    std::atomic<std::int64_t> free_;
    const std::int64_t enough_;
    std::atomic<std::int64_t> wanted_ = kNobody;
    std::mutex mutex_;
    std::condition_variable has_room_;
};

void add(Queue& queue, const BenchSettings& settings, Answers& answers) {
    answers.expect();
    std::string payload = stamped_payload(BenchClock::now(), settings.payload_bytes);
    if (settings.batch == 1) {
        queue.add_job_async("bench", std::move(payload), {},
                            [&answers](const Result<AddedJob>& added) { answers.take(added); });
        return;
    }
    std::vector<NewJob> jobs(settings.batch, {"bench", std::move(payload)});
    queue.add_jobs_async(std::move(jobs), [&answers](const Result<std::vector<AddedJob>>& added) {
        answers.take(added);
    });
}

// One thread feeds all connections in turn. Returns how many jobs it added.
std::uint64_t produce(std::vector<Queue>& queues, const BenchSettings& settings, Room& room,
                      Answers& answers) {
    const auto end = BenchClock::now() + settings.longest;
    std::uint64_t added = 0;
    for (std::size_t turn = 0; !answers.has_refusal(); ++turn) {
        if (added + settings.batch > settings.jobs || BenchClock::now() >= end) break;
        room.take(settings.batch);
        add(queues[turn % queues.size()], settings, answers);
        added += settings.batch;
    }
    answers.wait();
    return added;
}

std::vector<Queue> open_queues(const Session& session, const BenchSettings& settings) {
    std::vector<Queue> queues;
    for (std::uint64_t i = 0; i < settings.connections; ++i) {
        Connection connection = session.open();
        connection.connect();
        for (const std::string& name : settings.queues) queues.emplace_back(name, connection);
    }
    return queues;
}

}  // namespace

BenchResult bench_steady(const Session& session, const BenchSettings& settings) {
    Room room(settings.window * settings.batch);
    Consumers consumers(session, settings, [&room](const JobContext& context, Latency& latency) {
        latency.record(BenchClock::now() - stamp_of(context.payload()));
        room.give_back();
    });
    std::vector<Queue> queues = open_queues(session, settings);
    Answers answers;
    const auto begin = BenchClock::now();
    consumers.start();
    const std::uint64_t added = produce(queues, settings, room, answers);
    if (!answers.has_refusal()) {
        consumers.wait_handled(added, BenchClock::now() + std::chrono::seconds(30));
    }
    consumers.stop();
    answers.check();
    BenchResult result;
    result.seconds = std::chrono::duration<double>(BenchClock::now() - begin).count();
    result.jobs = consumers.handled();
    result.latency = consumers.latency();
    return result;
}

}  // namespace swarmq::cli
