// `swarm queue wait`: the end of a job, pushed by the broker.
#include "exit_codes.h"
#include "table.h"
#include "verbs.h"
#include "wait_for.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

namespace swarmq::cli {
namespace {

using std::chrono::steady_clock;

constexpr Milliseconds kLongestWait{3'600'000};

struct Wait {
    std::string queue;
    std::string id;
    std::optional<Milliseconds> timeout;
};

// A result that is no line of its own becomes one where people read it.
void print_result(const std::string& result) {
    std::fwrite(result.data(), 1, result.size(), stdout);
    if (result.empty() || result.back() != '\n') std::fputc('\n', stdout);
}

int tell(const JobResult& ended) {
    if (ended.is_completed()) {
        print_result(ended.result);
        return kExitOk;
    }
    const std::string reason = ended.failed_reason.empty()
                                   ? std::string(to_string(ended.failure_kind))
                                   : ended.failed_reason;
    fmt::print(stderr, "{}\n", printable(reason));
    return kExitFailed;
}

}  // namespace

int wait_for(Queue& queue, const std::string& id, Milliseconds timeout) {
    const auto deadline = steady_clock::now() + timeout;
    for (;;) {
        const auto left = std::chrono::ceil<Milliseconds>(deadline - steady_clock::now());
        try {
            return tell(queue.wait_result(id, std::clamp(left, Milliseconds{1}, kLongestWait)));
        } catch (const SwarmqError& error) {
            if (error.code() == Code::NotFound) {
                fmt::print(stderr, "{}\n", error.error().message);
                return kExitRemoved;
            }
            if (error.code() != Code::Timeout) throw;
        }
        if (steady_clock::now() >= deadline) break;
    }
    fmt::print(stderr, "job {} had not ended within {} ms\n", id, timeout.count());
    return kExitTimedOut;
}

Run declare_wait(Arguments& arguments) {
    auto wait = std::make_shared<Wait>();
    arguments.word("QUEUE", wait->queue, "The queue");
    arguments.word("ID", wait->id, "The job");
    arguments.duration("--timeout", wait->timeout, "How long to wait. Default: 30s");
    return [wait](Session& session) {
        Queue queue = session.queue(wait->queue);
        return wait_for(queue, wait->id, wait->timeout.value_or(kWaitDefault));
    };
}

}  // namespace swarmq::cli
