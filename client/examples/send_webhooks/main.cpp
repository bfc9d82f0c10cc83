// Sends an event about each of some files to a local server that refuses the first deliveries: what
// fails is tried again, later and later, while nobody waits for it.
#include "send_webhooks/post.h"
#include "send_webhooks/receiver.h"

#include <swarmq/queue.h>
#include <swarmq/worker.h>

#include <boost/json.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr const char* kQueue = "webhooks";
constexpr std::size_t kRefusals = 2;
constexpr std::size_t kConcurrency = 16;  // Deliveries mostly wait for the other side.

// What an answer means for the job: done, worth another attempt, worth one later, or hopeless.
swarmq::Outcome outcome_of(const example::Reply& reply) {
    const std::string said = std::to_string(reply.status) + ' ' + reply.body;
    if (reply.status >= 200 && reply.status < 300) {
        return swarmq::Outcome::complete(reply.body);
    }
    if (reply.status == 429 || reply.retry_after > 0s) {
        return swarmq::Outcome::retry_in(reply.retry_after > 0s ? reply.retry_after : 1s, said);
    }
    if (reply.status >= 400 && reply.status < 500) {
        return swarmq::Outcome::unrecoverable(said);
    }
    return swarmq::Outcome::fail(said);
}

// A receiver that cannot be reached throws, which fails the attempt likewise.
swarmq::Outcome deliver(swarmq::JobContext& job, std::uint16_t port) {
    const example::Url url{"127.0.0.1", port, "/events"};
    return outcome_of(example::post(url, job.id(), job.payload(), 2s));
}

std::string event_about(const std::filesystem::path& file) {
    const boost::json::value event = {{"event", "document.added"},
                                      {"path", file.string()},
                                      {"bytes", std::filesystem::file_size(file)}};
    return boost::json::serialize(event);
}

std::vector<std::string> submit(swarmq::Queue& queue, const std::vector<std::string>& files) {
    std::vector<swarmq::NewJob> jobs;
    for (const std::string& file : files) {
        jobs.push_back({"send-webhook", event_about(file)});
    }
    std::vector<std::string> ids;
    for (swarmq::AddedJob& added : queue.add_jobs(std::move(jobs))) {
        ids.push_back(std::move(added.id));
    }
    return ids;
}

int run(const std::vector<std::string>& files) {
    const example::Receiver receiver(kRefusals);
    swarmq::QueueOptions options;
    options.name = kQueue;
    options.default_job.attempts = 5;
    options.default_job.backoff = swarmq::Backoff::exponential(100ms, 2s);
    options.default_job.backoff->jitter = 0.5;
    options.default_job.timeout = 10s;
    swarmq::Queue queue(std::move(options));
    swarmq::Worker worker(
        kQueue, [&](swarmq::JobContext& job) { return deliver(job, receiver.port()); },
        kConcurrency);
    const std::vector<std::string> ids = submit(queue, files);
    worker.start();
    std::size_t delivered = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const swarmq::JobResult ended = queue.wait_result(ids[i], 60s);
        delivered += ended.is_completed() ? 1 : 0;
        std::cout << files[i] << ": "
                  << (ended.is_completed() ? "delivered" : "failed, " + ended.failed_reason)
                  << " after " << receiver.deliveries()[ids[i]] << " attempts\n";
    }
    worker.close();
    std::cout << delivered << " of " << ids.size() << " events delivered\n";
    return delivered == ids.size() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: send-webhooks FILE...   an event about each file is sent\n";
        return 2;
    }
    try {
        return run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::cerr << "send-webhooks: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
