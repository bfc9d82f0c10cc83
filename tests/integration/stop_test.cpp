// How the daemon ends when it is told to, whatever its clients do meanwhile.
#include <signal.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/programs.h"
#include "support/requests.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

// So long that a stop which waits for it is a test that ends by its time limit.
const std::vector<std::string> kPatient{"--stop-timeout", "3600s"};

std::vector<std::string> on(const std::string& data, std::vector<std::string> more = kPatient) {
    more.insert(more.end(), {"--data-dir", data, "--disk-reserve", "0"});
    return more;
}

// Runs until the connection ends.
template <class Step>
std::thread until_closed(Step step) {
    return std::thread([step = std::move(step)]() mutable {
        try {
            while (true) step();
        } catch (const std::runtime_error&) {
        }
    });
}

// Adds jobs without ever waiting for an answer, and keeps the ids of those that were acknowledged.
class Flood {
  public:
    Flood(std::uint16_t port, unsigned number, std::atomic<std::uint64_t>& acknowledged)
        : client_(port) {
        client_.greet();
        sender_ = until_closed([this, number, next = 0]() mutable {
            v1::Envelope request = add_request("q");
            one_more(request, "x", "p" + std::to_string(number) + "-" + std::to_string(next++))
                .mutable_remove_on_complete()
                ->set_forever(true);
            client_.send(std::move(request));
        });
        receiver_ = until_closed([this, &acknowledged] {
            const v1::Envelope answer = client_.receive();
            if (answer.id() == 0 || answer.add_jobs_result().jobs_size() != 1) return;
            ids_.push_back(answer.add_jobs_result().jobs(0).id());
            ++acknowledged;
        });
    }
    ~Flood() { join(); }
    const std::vector<std::string>& ids_after_end() {
        join();
        return ids_;
    }

  private:
    void join() {
        if (sender_.joinable()) sender_.join();
        if (receiver_.joinable()) receiver_.join();
    }

    RawClient client_;
    std::thread sender_;
    std::thread receiver_;
    std::vector<std::string> ids_;
};

// Finishes jobs as fast as they come, and always asks for more.
class Finisher {
  public:
    Finisher(std::uint16_t port, std::atomic<std::uint64_t>& finished) : client_(port) {
        client_.greet();
        subscribe(client_, "q", kCredit);
        thread_ = until_closed([this, &finished, granted = kCredit]() mutable {
            const v1::Envelope frame = client_.receive();
            if (frame.has_finish_result()) finished += frame.finish_result().statuses_size();
            if (!frame.has_deliver()) return;
            v1::Envelope request;
            for (const auto& job : frame.deliver().jobs())
                finish_item(request, job).mutable_complete()->set_result("done");
            granted += frame.deliver().jobs_size();
            request.mutable_finish()->mutable_grant()->set_subscription(1);
            request.mutable_finish()->mutable_grant()->set_jobs_total(granted);
            client_.send(std::move(request));
        });
    }
    ~Finisher() { thread_.join(); }

  private:
    static constexpr std::uint64_t kCredit = 200;
    RawClient client_;
    std::thread thread_;
};

std::set<std::string> stored_ids(RawClient& client) {
    std::set<std::string> ids;
    v1::Envelope request;
    request.mutable_list_jobs()->set_queue("q");
    request.mutable_list_jobs()->set_limit(1'000);
    do {
        const v1::Envelope page = client.call(request);
        for (const auto& job : page.list_jobs_result().jobs()) ids.insert(job.id());
        request.mutable_list_jobs()->set_cursor(page.list_jobs_result().next_cursor());
    } while (!request.list_jobs().cursor().empty());
    return ids;
}

void await_at_least(const std::atomic<std::uint64_t>& count, std::uint64_t least) {
    while (count < least) std::this_thread::yield();
}

}  // namespace

TEST_CASE("a stop under load that never ends is soon over, and every acknowledged add is there afterwards",
          "[integration][R33][R34]") {
    TemporaryDirectory directory;
    const std::string data = directory.file("data");
    std::set<std::string> acknowledged_ids;
    {
        DaemonProcess daemon(on(data));
        std::atomic<std::uint64_t> acknowledged{0};
        std::atomic<std::uint64_t> finished{0};
        std::vector<std::unique_ptr<Flood>> floods;
        for (unsigned i = 0; i < 3; ++i)
            floods.push_back(std::make_unique<Flood>(daemon.port(), i, acknowledged));
        std::vector<std::unique_ptr<Finisher>> finishers;
        for (int i = 0; i < 2; ++i)
            finishers.push_back(std::make_unique<Finisher>(daemon.port(), finished));
        await_at_least(acknowledged, 3'000);
        await_at_least(finished, 500);
        CHECK(daemon.stop() == 0);
        for (const auto& flood : floods)
            for (const auto& id : flood->ids_after_end()) acknowledged_ids.insert(id);
    }
    DaemonProcess daemon(on(data));
    RawClient client(daemon.port());
    client.greet();
    const std::set<std::string> stored = stored_ids(client);
    std::vector<std::string> lost;
    std::set_difference(acknowledged_ids.begin(), acknowledged_ids.end(), stored.begin(), stored.end(),
                        std::back_inserter(lost));
    CHECK(acknowledged_ids.size() >= 3'000);
    CHECK(lost == std::vector<std::string>{});
}

TEST_CASE("what had arrived when the signal came is answered, adds with DRAINING", "[integration][R33]") {
    TemporaryDirectory directory;
    DaemonProcess daemon(on(directory.file("data")));
    RawClient client(daemon.port());
    client.greet();
    add_one(client, "q", "x");
    const auto taken = take(client, "q", 1, 20'000);
    REQUIRE(taken.jobs_size() == 1);
    // The signal and the requests meet a daemon that stands still: it finds both when it goes on.
    daemon.signal(SIGSTOP);
    v1::Envelope finish;
    finish_item(finish, taken.jobs(0)).mutable_complete();
    const auto finish_id = client.send(finish);
    std::vector<std::uint64_t> adds;
    for (int i = 0; i < 100; ++i) {
        v1::Envelope add = add_request("q");
        one_more(add, "y");
        adds.push_back(client.send(add));
    }
    daemon.signal(SIGTERM);
    daemon.signal(SIGCONT);
    CHECK(client.answer_to(finish_id).finish_result().statuses(0).code() == v1::CODE_UNSPECIFIED);
    for (const auto id : adds) {
        const auto answer = client.answer_to(id);
        const bool was_added = answer.add_jobs_result().jobs_size() == 1;
        CHECK((was_added || answer.status().code() == v1::CODE_DRAINING));
    }
    const auto push = client.receive_push();
    CHECK(push.go_away().reason() == v1::GoAway::REASON_DRAINING);
    CHECK(client.is_closed_within(std::chrono::seconds(60)));
    CHECK(daemon.wait() == 0);
}

TEST_CASE("waits and idle connections do not hold a stop up", "[integration][R10][R26a][R33]") {
    TemporaryDirectory directory;
    DaemonProcess daemon(on(directory.file("data")));
    RawClient taker(daemon.port());
    taker.greet();
    v1::Envelope take;
    take.mutable_take()->add_queues("empty");
    take.mutable_take()->set_wait_ms(3'600'000);
    taker.send(take);
    RawClient waiter(daemon.port());
    waiter.greet();
    v1::JobOptions later;
    later.set_delay_ms(3'600'000);
    const std::string job = add_one(waiter, "q", "x", later);
    waiter.send(wait_request("q", job, 3'600'000));
    RawClient silent(daemon.port());
    // Both waits have begun when requests behind them are answered.
    CHECK(get_job(waiter, "q", job).state() == v1::JOB_STATE_DELAYED);
    CHECK(metrics(taker, "empty").waiting() == 0);
    CHECK(daemon.stop() == 0);
    CHECK(taker.is_closed_within(std::chrono::seconds(60)));
    CHECK(waiter.is_closed_within(std::chrono::seconds(60)));
}

TEST_CASE("a client that does not read its answers holds a stop up for the stop timeout and no longer",
          "[integration][R33][R36]") {
    TemporaryDirectory directory;
    DaemonProcess daemon(on(directory.file("data"), {"--stop-timeout", "200ms"}));
    RawClient client(daemon.port());
    client.greet();
    const std::string job = add_one(client, "q", std::string(1'000'000, 'x'));
    v1::Envelope get;
    get.mutable_get_job()->set_queue("q");
    get.mutable_get_job()->set_id(job);
    // More than the socket's buffers and the daemon's hold, and none of it is read.
    for (int i = 0; i < 100; ++i) client.send(get);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("the stop timeout is an option like the others", "[integration][R33]") {
    CHECK(run(0, "swarmqd --print-config").text.find("stop_timeout = 10s  (default)") != std::string::npos);
    const auto told = run(0, "env SWARMQD_STOP_TIMEOUT=3s swarmqd --print-config");
    CHECK(told.text.find("stop_timeout = 3s  (environment SWARMQD_STOP_TIMEOUT)") != std::string::npos);
    const auto refused = run(0, "swarmqd --dev --stop-timeout soon");
    CHECK(refused.exit_code == 1);
    CHECK(refused.text.find("stop_timeout: \"soon\" is not") != std::string::npos);
}
