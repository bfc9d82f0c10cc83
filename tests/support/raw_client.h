// A client that speaks the protocol frame by frame over a blocking socket, for tests that need to say
// exactly what goes over the wire, and to misbehave.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "swarmq/v1/envelope.pb.h"

namespace swarmq::test {

class RawClient {
  public:
    // Connects to 127.0.0.1; throws std::runtime_error when nobody listens.
    explicit RawClient(std::uint16_t port);
    ~RawClient();
    RawClient(const RawClient&) = delete;

    // Says Hello and answers the Welcome. `client_id` empty: requests are not recognised again.
    v1::Welcome greet(const std::string& client_id = "", const std::string& resume_session = "");

    // Gives the request the next id, or keeps the one it has, and sends it. Answers the id.
    std::uint64_t send(v1::Envelope request);
    // The next frame of any kind; throws when the connection ends or `within` is over.
    v1::Envelope receive(std::chrono::milliseconds within = std::chrono::seconds(30));
    // Sends, then answers the frame with its id; pushes that come first are kept for receive_push.
    v1::Envelope call(v1::Envelope request);
    // The answer to a request that was sent.
    v1::Envelope answer_to(std::uint64_t id);
    // The next push: one kept, or the next frame with id 0.
    v1::Envelope receive_push(std::chrono::milliseconds within = std::chrono::seconds(30));

    void send_bytes(const std::string& bytes);
    // True when the broker closes the connection within the time; frames before that are read over.
    bool is_closed_within(std::chrono::milliseconds within);
    // Closes without a goodbye, as a crash would.
    void drop();

  private:
    bool fill(std::chrono::steady_clock::time_point deadline);

    int socket_ = -1;
    std::uint64_t next_id_ = 1;
    std::string received_;
    std::string pushes_;  // Whole frames that came while an answer was awaited.
    std::string answers_;
};

}  // namespace swarmq::test
