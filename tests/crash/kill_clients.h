// Producers and workers that go on whatever happens to the daemon: they connect again, and send again
// what was not answered, under the same numbers.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <random>
#include <string>

#include "kill_history.h"
#include "support/raw_client.h"

namespace swarmq::test {

// Where the daemon is just now, and whether the load goes on.
struct KillScene {
    std::atomic<std::uint16_t> port{0};  // 0: down.
    std::atomic<bool> may_add{true};
    std::atomic<bool> may_work{true};
    std::atomic<std::uint64_t> next_number{1};
    KillHistory history;
};

// One client with numbered requests that survive its connections.
class PersistentClient {
  public:
    PersistentClient(KillScene& scene, std::string client_id) : scene_(scene), client_id_(std::move(client_id)) {}
    virtual ~PersistentClient() = default;

    // Until `goes_on` is false and everything is answered.
    void run(const std::atomic<bool>& goes_on);

  protected:
    // Sends what there is to send now; false: nothing for now.
    virtual bool produce(RawClient& client) = 0;
    virtual void connected(RawClient&) {}
    virtual void push(RawClient&, const v1::Envelope&) {}
    virtual void answered(const v1::Envelope& request, const v1::Envelope& answer) = 0;

    // Sends under the next number, and again after a lost connection until it is answered.
    void send_numbered(RawClient& client, v1::Envelope request);
    std::size_t pending() const { return pending_.size(); }

    KillScene& scene_;

  private:
    void serve(RawClient& client, const std::atomic<bool>& goes_on);
    void take(RawClient& client, const v1::Envelope& frame);

    std::string client_id_;
    std::string session_;
    std::uint64_t next_id_ = 2;  // 1 is the Hello's.
    std::map<std::uint64_t, v1::Envelope> pending_;
};

class KillProducer : public PersistentClient {
  public:
    KillProducer(KillScene& scene, unsigned index)
        : PersistentClient(scene, "producer-" + std::to_string(index)), random_(index) {}

  private:
    bool produce(RawClient& client) override;
    void answered(const v1::Envelope& request, const v1::Envelope& answer) override;

    std::mt19937_64 random_;
    std::map<std::uint64_t, std::uint64_t> sent_at_ms_;  // By number of the first job.
};

class KillWorker : public PersistentClient {
  public:
    KillWorker(KillScene& scene, unsigned index)
        : PersistentClient(scene, "worker-" + std::to_string(index)) {}

  private:
    bool produce(RawClient&) override { return false; }
    void connected(RawClient& client) override;
    void push(RawClient& client, const v1::Envelope& push) override;
    void answered(const v1::Envelope& request, const v1::Envelope& answer) override;

    std::uint64_t granted_ = 0;
};

std::uint64_t wall_ms();

}  // namespace swarmq::test
