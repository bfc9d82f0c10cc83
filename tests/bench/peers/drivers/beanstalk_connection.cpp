// Reads much at a time and hands it out in lines.
#include "beanstalk_connection.h"

#include <array>
#include <charconv>
#include <stdexcept>
#include <sys/socket.h>

namespace swarmq::bench {
namespace {

constexpr std::string_view kEnd = "\r\n";

std::size_t body_bytes_of(std::string_view line) {
    std::size_t bytes = 0;
    const std::string_view number = line.substr(line.rfind(' ') + 1);
    std::from_chars(number.data(), number.data() + number.size(), bytes);
    return bytes;
}

}  // namespace

void BeanstalkConnection::read() {
    compact();
    std::array<char, 65'536> bytes;
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got <= 0) throw std::runtime_error("beanstalkd has closed the connection");
    input_.append(bytes.data(), static_cast<std::size_t>(got));
}

std::optional<std::string> BeanstalkConnection::next_line() {
    const std::size_t end = input_.find(kEnd, at_);
    if (end == std::string::npos) return std::nullopt;
    std::string line = input_.substr(at_, end - at_);
    at_ = end + kEnd.size();
    return line;
}

std::optional<BeanstalkConnection::Reply> BeanstalkConnection::next_reply() {
    const std::size_t before = at_;
    auto line = next_line();
    if (!line) return std::nullopt;
    Reply reply{std::move(*line), {}};
    if (!reply.line.starts_with("RESERVED ")) return reply;
    const std::size_t bytes = body_bytes_of(reply.line);
    if (input_.size() - at_ < bytes + kEnd.size()) {
        at_ = before;
        return std::nullopt;
    }
    reply.body = input_.substr(at_, bytes);
    at_ += bytes + kEnd.size();
    return reply;
}

std::string BeanstalkConnection::wait_line() {
    while (true) {
        if (auto line = next_line()) return *line;
        read();
    }
}

void BeanstalkConnection::compact() {
    input_.erase(0, at_);
    at_ = 0;
}

}  // namespace swarmq::bench
