// Asks a daemon's HTTP service, over a blocking socket and byte for byte.
#pragma once

#include <cstdint>
#include <string>

namespace swarmq::test {

struct HttpAnswer {
    int status = 0;  // 0: the connection was closed without an answer.
    std::string head;
    std::string body;
};

class HttpConnection {
  public:
    // Connects to 127.0.0.1; throws std::runtime_error when nobody listens.
    explicit HttpConnection(std::uint16_t port);
    ~HttpConnection();
    HttpConnection(const HttpConnection&) = delete;

    // Sends these bytes, if any are left to send.
    void send(const std::string& bytes);
    // Everything until the daemon closes.
    std::string rest();

  private:
    int socket_ = -1;
};

// Sends `request` and reads until the daemon closes.
HttpAnswer http_exchange(std::uint16_t port, const std::string& request);
HttpAnswer http_get(std::uint16_t port, const std::string& path);

// The value of the sample that begins with this text, labels included; -1 when the page has none.
double sample(const std::string& page, const std::string& name_and_labels);

}  // namespace swarmq::test
