// What clients were told while the daemon was killed again and again, and what that obliges it to.
// Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "swarmq/v1/envelope.pb.h"

namespace swarmq::test {

class KillHistory {
  public:
    struct Plan {
        std::uint64_t number = 0;      // The payload; every job has its own.
        std::uint32_t failures = 0;    // How many attempts shall fail before one completes; 3: all.
        std::uint64_t delay_ms = 0;
    };
    static constexpr std::uint32_t kAttempts = 3;

    // A producer was told that its job is stored. `sent_at_ms`: when the add was first sent.
    void added(const Plan& plan, const std::string& id, std::uint64_t sent_at_ms);
    // A worker got the job. Answers whether this attempt shall fail.
    bool delivered(const v1::DeliveredJob& job, std::uint64_t now_ms);
    void answer_sent(const std::string& id, bool is_failure);
    // The broker said OK to an answer.
    void answer_accepted(const std::string& id, bool is_failure);

    // Every acknowledged job as the daemon tells of it in the end.
    void check_end(const v1::Job& job);
    // After all of them.
    void check_all_seen();

    void violated(const std::string& rule);
    // Returns when clients were told `count` more things, or nothing more for a while.
    void await_news(std::size_t count);
    std::vector<std::string> violations() const;
    std::size_t acknowledged() const;
    std::size_t ended() const;
    std::vector<std::string> acknowledged_ids() const;

    static std::string payload_of(const Plan& plan);
    static Plan plan_of(const std::string& payload);

  private:
    struct Job {
        Plan plan;
        std::string id;
        bool is_acknowledged = false;
        std::uint64_t not_before_ms = 0;
        std::uint32_t failures_sent = 0;
        std::uint32_t failures_accepted = 0;
        bool is_completion_accepted = false;
        bool is_end_accepted = false;
        std::uint64_t last_token = 0;
        bool is_checked = false;
    };

    mutable std::mutex mutex_;
    std::condition_variable news_;
    std::size_t told_ = 0;
    std::map<std::string, Job> jobs_;  // By id.
    std::map<std::uint64_t, std::string> id_of_number_;
    std::vector<std::string> violations_;
    std::size_t acknowledged_ = 0;
    std::size_t ended_ = 0;
};

}  // namespace swarmq::test
