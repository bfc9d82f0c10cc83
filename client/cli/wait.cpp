// `swarm queue wait`: the end of a job, pushed by the broker.
#include "exit_codes.h"
#include "job_json.h"
#include "table.h"
#include "values.h"
#include "verbs.h"
#include "wait_for.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace swarmq::cli {
namespace {

using std::chrono::steady_clock;

constexpr Milliseconds kLongestWait{3'600'000};

struct Wait {
    std::string queue;
    std::string id;
    std::optional<Milliseconds> timeout;
    bool is_json = false;
};

// A result that is no line of its own becomes one where people read it.
void print_result(const std::string& result) {
    std::fwrite(result.data(), 1, result.size(), stdout);
    if (result.empty() || result.back() != '\n') std::fputc('\n', stdout);
}

struct WayToEnd {
    const char* word;  // Of the JSON object: a contract.
    int exit_code;
};
constexpr WayToEnd kCompleted{"completed", kExitOk};
constexpr WayToEnd kFailed{"failed", kExitFailed};
constexpr WayToEnd kRemoved{"removed", kExitRemoved};
constexpr WayToEnd kTimedOut{"timed-out", kExitTimedOut};

// Says it in the form that was asked for.
class Teller {
  public:
    Teller(std::string queue, bool is_json) : queue_(std::move(queue)), is_json_(is_json) {}

    int ended(const JobResult& result) const {
        const WayToEnd& way = result.is_completed() ? kCompleted : kFailed;
        const std::string kind(to_string(result.failure_kind));
        if (!is_json_ && result.is_completed()) {
            print_result(result.result);
        } else if (!is_json_) {
            const std::string& reason = result.failed_reason;
            fmt::print(stderr, "{}\n", printable(reason.empty() ? kind : reason));
        } else {
            boost::json::object object = object_of(result.id, way);
            if (result.is_completed()) set_bytes(object, "result", result.result);
            if (!result.result_content_type.empty())
                object["result_content_type"] = result.result_content_type;
            if (!result.is_completed()) object["failure_kind"] = kind;
            if (!result.failed_reason.empty())
                object["failed_reason"] = printable(result.failed_reason);
            print_json(object);
        }
        return way.exit_code;
    }

    int not_ended(const std::string& id, const WayToEnd& way, const std::string& text) const {
        if (is_json_) {
            print_json(object_of(id, way));
        } else {
            fmt::print(stderr, "{}\n", text);
        }
        return way.exit_code;
    }

  private:
    boost::json::object object_of(const std::string& id, const WayToEnd& way) const {
        return {{"queue", queue_},         {"id", id},
                {"outcome", way.word},     {"result", nullptr},
                {"failure_kind", nullptr}, {"failed_reason", nullptr}};
    }

    const std::string queue_;
    const bool is_json_;
};

}  // namespace

int wait_for(Queue& queue, const std::string& id, Milliseconds timeout, bool is_json) {
    const Teller teller(queue.name(), is_json);
    const auto deadline = steady_clock::now() + timeout;
    for (;;) {
        const auto left = std::chrono::ceil<Milliseconds>(deadline - steady_clock::now());
        try {
            return teller.ended(
                queue.wait_result(id, std::clamp(left, Milliseconds{1}, kLongestWait)));
        } catch (const SwarmqError& error) {
            if (error.code() == Code::NotFound)
                return teller.not_ended(id, kRemoved, error.error().message);
            if (error.code() != Code::Timeout) throw;
        }
        if (steady_clock::now() >= deadline) break;
    }
    return teller.not_ended(
        id, kTimedOut, fmt::format("job {} had not ended within {}", id, show_duration(timeout)));
}

Run declare_wait(Arguments& arguments) {
    auto wait = std::make_shared<Wait>();
    arguments.word("QUEUE", wait->queue, "The queue");
    arguments.word("ID", wait->id, "The job");
    arguments.duration("--timeout", wait->timeout, "How long to wait. Default: 30s");
    arguments.flag("--json", wait->is_json, "One JSON object, for programs");
    return [wait](Session& session) {
        Queue queue = session.queue(wait->queue);
        return wait_for(queue, wait->id, wait->timeout.value_or(kWaitDefault), wait->is_json);
    };
}

}  // namespace swarmq::cli
