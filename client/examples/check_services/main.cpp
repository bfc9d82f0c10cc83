// The program check-services: a job for each HOST:PORT, worked on by coroutines that wait for the network on one thread.
#include "check.h"

#include <swarmq/queue.h>
#include <swarmq/worker.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

constexpr std::size_t kAtATime = 64;

// An io_context of the handlers' own, run by one thread.
class Loop {
  public:
    Loop() : work_(asio::make_work_guard(io_)), thread_([this] { io_.run(); }) {}
    ~Loop() {
        work_.reset();  // The thread ends with the last coroutine.
        thread_.join();
    }
    asio::io_context& io() { return io_; }

  private:
    asio::io_context io_;
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
};

// The handler returns at once; the coroutine has the finisher, keeps the lease with it, and ends the attempt.
swarmq::Outcome begin_check(asio::io_context& io, swarmq::JobContext& job) {
    auto finisher = std::make_shared<swarmq::Finisher>(job.finish_later());
    auto check = check_service(job.payload(), job.cancellation());
    asio::co_spawn(io, std::move(check),
                   [finisher](const std::exception_ptr& failure, swarmq::Outcome outcome) {
                       finisher->finish(failure ? swarmq::Outcome::fail("the check threw")
                                                : std::move(outcome));
                   });
    return {};
}

int report(swarmq::Queue& queue, const std::vector<std::string>& services,
           const std::vector<swarmq::AddedJob>& added) {
    int failed = 0;
    for (std::size_t i = 0; i < services.size(); ++i) {
        const swarmq::JobResult end = queue.wait_result(added[i].id, 60s);
        failed += end.is_completed() ? 0 : 1;
        std::printf("%s: %s\n", services[i].c_str(),
                    (end.is_completed() ? end.result : end.failed_reason).c_str());
    }
    return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> services(argv + 1, argv + argc);
    if (services.empty() || services.size() > 1'000) {
        std::fputs("usage: check-services HOST:PORT...     1 to 1000 of them\n", stderr);
        return 64;
    }
    try {
        Loop loop;
        swarmq::Worker worker({.queues = {"check-services"}, .concurrency = kAtATime},
                              [&loop](swarmq::JobContext& job) { return begin_check(loop.io(), job); });
        worker.start();
        swarmq::Queue queue("check-services");
        std::vector<swarmq::NewJob> jobs;
        for (const auto& service : services)
            jobs.push_back({"check", service, {.attempts = 2, .backoff = swarmq::Backoff::fixed(100ms)}});
        return report(queue, services, queue.add_jobs(std::move(jobs)));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "check-services: %s\n", error.what());
        return 1;
    }
}
