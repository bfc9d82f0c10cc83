// Text to addresses and back.
#include "base/address.h"

#include <stdexcept>

namespace swarmq {

asio::ip::address parse_host(const std::string& option, const std::string& host) {
    if (host == "localhost") return asio::ip::address_v4::loopback();
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error)
        throw std::runtime_error(option + ": \"" + host +
                                 "\" is not an IP address; give one, for example 127.0.0.1:6410");
    return address;
}

bool is_loopback(const std::string& option, const std::string& host) {
    return parse_host(option, host).is_loopback();
}

std::string to_text(const Tcp::endpoint& endpoint) {
    const std::string host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

void throw_cannot_listen(const std::string& option, const Tcp::endpoint& endpoint,
                         const error_code& error) {
    throw std::runtime_error("cannot listen on " + to_text(endpoint) + ": " + error.message() +
                             "; choose another with " + option);
}

}  // namespace swarmq
