// A broker played by the test itself: it reads what the client sent and answers as it likes, or badly.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "swarmq/v1/envelope.pb.h"

namespace swarmq::test {

// One accepted connection. Every read fails the test, by exception, when nothing comes for 10 s.
class Peer {
  public:
    explicit Peer(int socket) : socket_(socket) {}
    ~Peer();
    Peer(Peer&& other) noexcept;
    Peer(const Peer&) = delete;

    v1::Envelope read();
    // The next frame that is no Ping (answered here) and no empty Beat.
    v1::Envelope read_request();
    // True when the client closed the connection.
    bool is_closed_by_client();

    void send(const v1::Envelope& envelope);
    void send_bytes(const std::string& bytes);
    // Reads Hello and answers it; returns the Hello.
    v1::Hello greet(const std::function<void(v1::Welcome&)>& change = {});
    // Answers an AddJobs with one id per job: PREFIX-0, PREFIX-1 ...
    void answer_adds(const v1::Envelope& request, const std::string& prefix);
    void answer_empty(const v1::Envelope& request);
    void refuse(const v1::Envelope& request, v1::Code code, const std::string& message);
    void close();

  private:
    bool read_some();

    int socket_;
    std::string buffer_;
};

class FakeBroker {
  public:
    FakeBroker();
    ~FakeBroker();
    FakeBroker(const FakeBroker&) = delete;

    const std::string& server() const { return server_; }
    Peer accept();

  private:
    int listener_;
    std::string server_;
};

std::string frame_of(const v1::Envelope& envelope);

}  // namespace swarmq::test
