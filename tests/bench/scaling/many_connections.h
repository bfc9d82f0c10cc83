// Many connections of the real protocol on one thread, which the library, with threads for each,
// could not hold cheaply.
#pragma once

#include "bench/latency.h"
#include "loopback.h"
#include "swarmq/v1/envelope.pb.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace swarmq::bench {

// One connection; greets when it is made. Throws std::runtime_error when the broker refuses
// anything.
class ProtocolLink {
  public:
    ProtocolLink(std::uint16_t port, const std::string& client_id);

    int fd() const { return socket_.get(); }
    std::uint32_t heartbeat_ms() const { return heartbeat_ms_; }

    // Requests are collected; flush() sends them in one write.
    void add_job(const v1::Envelope& request_without_id);
    void ping();
    void flush();
    // Reads what is there; how many requests it answered.
    std::uint64_t receive();

  private:
    void append(v1::Envelope& request);
    std::uint64_t take_frames();

    Descriptor socket_;
    std::uint32_t heartbeat_ms_ = 0;
    std::uint64_t next_id_ = 1;
    std::uint64_t answered_ = 0;
    std::string input_;
    std::string output_;
    v1::Envelope request_;
    v1::Envelope answer_;
};

// Adds one job after the other on each of them for so long.
struct AddResult {
    std::uint64_t jobs = 0;
    double seconds = 0;
    cli::Latency latency;
};
AddResult add_over(std::vector<std::unique_ptr<ProtocolLink>>& links, double seconds,
                   std::uint64_t payload_bytes);

// Sends nothing but the signs of life that the broker asks for.
void idle_over(std::vector<std::unique_ptr<ProtocolLink>>& links, double seconds);

}  // namespace swarmq::bench
