// How soon a job starts on a worker that is free: a slow, even pace of adds.
#include "bench/answers.h"
#include "bench/consumers.h"
#include "bench/stamp.h"
#include "bench/workloads.h"

#include <thread>

namespace swarmq::cli {
namespace {

constexpr std::chrono::milliseconds kPace{5};  // 200 jobs/s.

}  // namespace

BenchResult bench_pickup(const Session& session, const BenchSettings& settings) {
    Consumers consumers(session, settings, [](const JobContext& context, Latency& latency) {
        latency.record(BenchClock::now() - stamp_of(context.payload()));
    });
    consumers.start();
    Connection connection = session.open();
    connection.connect();
    std::vector<Queue> queues;
    for (const std::string& name : settings.queues) queues.emplace_back(name, connection);

    Answers answers;
    const auto begin = BenchClock::now();
    std::uint64_t added = 0;
    for (auto due = begin; added < settings.jobs && due < begin + settings.longest; due += kPace) {
        std::this_thread::sleep_until(due);
        answers.expect();
        const auto now = BenchClock::now();
        queues[added % queues.size()].add_job_async(
            "bench", stamped_payload(now, settings.payload_bytes), {},
            [&answers](const Result<AddedJob>& result) { answers.take(result); });
        ++added;
    }
    answers.wait();
    consumers.wait_handled(answers.has_refusal() ? 0 : added,
                           BenchClock::now() + std::chrono::seconds(30));
    consumers.stop();
    answers.check();
    BenchResult result;
    result.seconds = std::chrono::duration<double>(BenchClock::now() - begin).count();
    result.jobs = consumers.handled();
    result.latency = consumers.latency();
    return result;
}

}  // namespace swarmq::cli
