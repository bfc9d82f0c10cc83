// Adds a job and works on it, with nothing but what was installed.
#include <cstdio>

#include <swarmq/queue.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

int main() {
    swarmq::testing::TestBroker broker;
    swarmq::Queue queue("outside", broker.connect());
    swarmq::Worker worker({.queues = {"outside"}, .connection = broker.connect()},
                          [](swarmq::JobContext& job) -> swarmq::Outcome { return job.payload(); });
    worker.start();
    const auto id = queue.add_job("echo", "hello from outside");
    const auto result = queue.wait_result(id).result;
    std::puts(result.c_str());
    return result == "hello from outside" ? 0 : 1;
}
