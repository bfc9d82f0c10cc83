// Counters equal listings after every one of many random requests, over a socket, with restarts between (R8).
//
// SWARMQ_COUNTER_STEPS (default 100000) and SWARMQ_COUNTER_SEED (default drawn) choose the run; both are printed
// with a failure.
#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/daemon_process.h"
#include "support/random_requests.h"
#include "support/requests.h"
#include "support/temporary_directory.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text && *text ? std::strtoull(text, nullptr, 10) : otherwise;
}

constexpr v1::JobState kStates[] = {v1::JOB_STATE_WAITING,   v1::JOB_STATE_DELAYED,
                                    v1::JOB_STATE_ACTIVE,    v1::JOB_STATE_COMPLETED,
                                    v1::JOB_STATE_FAILED,    v1::JOB_STATE_WAITING_CHILDREN};

std::array<std::uint64_t, 6> counts_of(const v1::QueueMetrics& metrics) {
    return {metrics.waiting(),   metrics.delayed(), metrics.active(),
            metrics.completed(), metrics.failed(),  metrics.waiting_children()};
}

struct Sight {
    v1::QueueMetrics before, after;
    std::array<std::uint64_t, 6> listed{};
    std::map<std::uint32_t, std::uint64_t> waiting_by_priority;
    std::uint64_t listed_in_all = 0;
    std::set<std::string> ids;
    bool is_in_order = true;  // Whole lists, and each job in the state that was asked for.
};

// Asks for the metrics and for every state's jobs, then for the metrics again.
Sight look(RawClient& client, const std::string& queue) {
    v1::Envelope metrics_request;
    metrics_request.mutable_get_queue_metrics()->set_queue(queue);
    const auto list = [&](v1::JobState state) {
        v1::Envelope request;
        request.mutable_list_jobs()->set_queue(queue);
        request.mutable_list_jobs()->set_state(state);
        request.mutable_list_jobs()->set_limit(1'000);
        return client.send(request);
    };
    const auto before = client.send(metrics_request);
    std::array<std::uint64_t, 6> lists{};
    for (std::size_t i = 0; i < lists.size(); ++i) lists[i] = list(kStates[i]);
    const auto all = list(v1::JOB_STATE_UNSPECIFIED);
    Sight sight;
    sight.before = client.answer_to(before).queue_metrics();
    for (std::size_t i = 0; i < lists.size(); ++i) {
        const auto page = client.answer_to(lists[i]).list_jobs_result();
        sight.is_in_order = sight.is_in_order && page.next_cursor().empty();
        sight.listed[i] = static_cast<std::uint64_t>(page.jobs_size());
        for (const auto& job : page.jobs()) {
            sight.is_in_order = sight.is_in_order && job.state() == kStates[i];
            if (i == 0) ++sight.waiting_by_priority[job.options().priority()];
        }
    }
    const auto page = client.answer_to(all).list_jobs_result();
    sight.listed_in_all = static_cast<std::uint64_t>(page.jobs_size());
    for (const auto& job : page.jobs()) sight.ids.insert(job.id());
    sight.after = client.call(metrics_request).queue_metrics();
    return sight;
}

// What does not change by the mere passing of time.
std::string standing(v1::QueueMetrics metrics) {
    metrics.clear_oldest_waiting_age_ms();
    metrics.clear_recent();
    return metrics.SerializeAsString();
}

// Time goes on by itself between the questions: what changed meanwhile is asked again.
std::string difference(RawClient& client, const std::string& queue, v1::QueueMetrics& now) {
    for (int attempt = 0; attempt < 200; ++attempt) {
        const Sight sight = look(client, queue);
        if (standing(sight.before) != standing(sight.after)) continue;
        now = sight.after;
        if (!sight.is_in_order) return queue + ": a list has jobs of another state, or more than a page";
        const auto counted = counts_of(now);
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < counted.size(); ++i) {
            sum += counted[i];
            if (counted[i] != sight.listed[i])
                return queue + ": " + v1::JobState_Name(kStates[i]) + " counts " + std::to_string(counted[i]) +
                       ", lists " + std::to_string(sight.listed[i]);
        }
        if (sum != sight.listed_in_all || sum != sight.ids.size())
            return queue + ": all states count " + std::to_string(sum) + ", the listing of all has " +
                   std::to_string(sight.listed_in_all);
        std::map<std::uint32_t, std::uint64_t> by_priority;
        for (const auto& level : now.waiting_by_priority()) by_priority[level.priority()] = level.jobs();
        if (by_priority != sight.waiting_by_priority) return queue + ": waiting jobs by priority differ";
        return "";
    }
    return queue + ": did not stand still in 200 looks";
}

// Totals never fall, and say no less than what is stored.
struct Totals {
    std::uint64_t added = 0, completed = 0, failed = 0;

    bool follow(const v1::QueueMetrics& now) {
        const bool is_fine = now.added_total() >= added && now.completed_total() >= completed &&
                             now.failed_total() >= failed && now.completed() <= now.completed_total() &&
                             now.failed() <= now.failed_total();
        *this = {now.added_total(), now.completed_total(), now.failed_total()};
        return is_fine;
    }
};

}  // namespace

TEST_CASE("counters equal listings after every request of a long random sequence, over restarts",
          "[integration][R8][R34]") {
    const std::uint64_t steps = from_environment("SWARMQ_COUNTER_STEPS", 100'000);
    const std::uint64_t seed = from_environment("SWARMQ_COUNTER_SEED", std::random_device{}());
    const TemporaryDirectory directory{quick_directory()};
    const std::vector<std::string> arguments{"--data-dir", directory.file("data"), "--disk-reserve", "0",
                                             "--durability", "periodic"};
    auto daemon = std::make_unique<DaemonProcess>(arguments);
    RandomRequests requests(seed);
    requests.connect(daemon->port());
    std::map<std::string, Totals> totals;
    for (std::uint64_t step = 0; step < steps; ++step) {
        const std::string what = requests.step();
        const std::string& queue = requests.queue();
        v1::QueueMetrics now;
        const std::string found = difference(requests.observer(), queue, now);
        if (what == "obliterate") totals.erase(queue);  // They begin anew with the queue.
        const bool is_rising = totals[queue].follow(now);
        if (!found.empty() || !is_rising) {
            CAPTURE(seed, step, what);
            FAIL((found.empty() ? queue + ": a total fell, or is less than what is stored" : found));
        }
        if (requests.wants_restart()) {
            requests.disconnect();
            if (step % 2 == 0)
                daemon->kill();
            else
                REQUIRE(daemon->stop() == 0);
            daemon = std::make_unique<DaemonProcess>(arguments);
            requests.connect(daemon->port());
        }
    }
    requests.disconnect();
    CHECK(requests.restarts() >= steps / 5'000);
    CHECK(requests.kinds_accepted() == requests.kinds());
}
