// Requests of every kind, drawn from a seed, as several clients of a daemon would send them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/raw_client.h"

namespace swarmq::test {

class RandomRequests {
  public:
    explicit RandomRequests(std::uint64_t seed) : random_(seed) {}

    void connect(std::uint16_t port);
    void disconnect();
    // Sends one request to one of the queues and takes its answer; says what it was.
    std::string step();
    // The queue of the last step.
    const std::string& queue() const { return queue_; }
    // A connection that has sent none of the requests.
    RawClient& observer() { return *observer_; }
    // Now and then.
    bool wants_restart() { return below(2'000) == 0; }
    std::uint64_t restarts() const { return restarts_; }
    // How many kinds of request there are, and how many were accepted at least once.
    static std::size_t kinds();
    std::size_t kinds_accepted() const { return accepted_.size(); }

  private:
    struct Kind;
    static const std::vector<Kind>& all_kinds();

    // Each answers whether the broker accepted it.
    bool add();
    bool add_many();
    bool add_deduplicated();
    bool free_key();
    bool update();
    bool add_flow();
    bool add_children();
    bool wait_for_children();
    bool complete_and_follow();
    bool take_jobs();
    bool complete_job();
    bool fail_job();
    bool release_job();
    bool delay_job();
    bool beat_job();
    bool pause();
    bool resume();
    bool remove_one();
    bool retry_one();
    bool retry_all();
    bool promote_one();
    bool promote_all();
    bool drain();
    bool clean();
    bool obliterate();
    bool set_settings();
    bool upsert_scheduler();
    bool remove_scheduler();
    bool lose_worker();

    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    bool one_in(std::uint64_t n) { return below(n) == 0; }
    void fill(v1::NewJob& job);
    void fill(v1::Deduplication& deduplication);
    void fill(v1::AddFlow& flow, bool has_parent);
    bool is_ok(const v1::Envelope& answer) const { return answer.status().code() == v1::CODE_UNSPECIFIED; }
    // A job that a worker holds, taken out of the list; its worker is `worker_of_` then.
    v1::DeliveredJob draw_held();
    bool finish(v1::Envelope& request);
    std::string draw_id();
    void note_id(const std::string& id);

    struct Worker {
        std::unique_ptr<RawClient> client;
        std::vector<v1::DeliveredJob> held;
    };

    std::mt19937_64 random_;
    std::uint16_t port_ = 0;
    std::unique_ptr<RawClient> producer_;
    std::unique_ptr<RawClient> observer_;
    Worker workers_[2];
    Worker* worker_of_ = nullptr;
    std::string queue_;
    std::map<std::string, std::vector<std::string>> ids_;  // The newest of each queue.
    std::set<std::string> accepted_;
    std::uint64_t restarts_ = 0;
};

}  // namespace swarmq::test
