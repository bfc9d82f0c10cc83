// One request, one connection.
#include "support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace swarmq::test {

HttpConnection::HttpConnection(std::uint16_t port) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    // A daemon that never answers fails the test instead of hanging it.
    const timeval limit{30, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("nobody listens on port " + std::to_string(port));
}

HttpConnection::~HttpConnection() { ::close(socket_); }

void HttpConnection::send(const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const ssize_t sent = ::send(socket_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
        if (sent <= 0) return;
        at += static_cast<std::size_t>(sent);
    }
}

std::string HttpConnection::rest() {
    std::string received;
    char part[16 * 1024];
    for (ssize_t got = 0; (got = ::recv(socket_, part, sizeof part, 0)) > 0;)
        received.append(part, static_cast<std::size_t>(got));
    return received;
}

HttpAnswer http_exchange(std::uint16_t port, const std::string& request) {
    HttpConnection connection(port);
    connection.send(request);
    const std::string received = connection.rest();
    HttpAnswer answer;
    const auto end = received.find("\r\n\r\n");
    if (!received.starts_with("HTTP/1.") || end == std::string::npos) return answer;
    answer.status = std::atoi(received.c_str() + 9);
    answer.head = received.substr(0, end);
    answer.body = received.substr(end + 4);
    return answer;
}

HttpAnswer http_get(std::uint16_t port, const std::string& path) {
    return http_exchange(port, "GET " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
}

double sample(const std::string& page, const std::string& name_and_labels) {
    const auto at = page.find("\n" + name_and_labels + " ");
    if (at == std::string::npos) return -1;
    return std::atof(page.c_str() + at + name_and_labels.size() + 2);
}

}  // namespace swarmq::test
