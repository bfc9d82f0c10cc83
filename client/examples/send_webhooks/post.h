// One HTTP POST, with a limit on how long it may take.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace example {

struct Url {
    std::string host;
    std::uint16_t port = 80;
    std::string target;  // "/events"
};

struct Reply {
    unsigned status = 0;
    std::string body;
    std::chrono::seconds retry_after{0};  // 0: the header is not there.
};

// `delivery_id` goes into the header Idempotency-Key, by which a receiver knows a repeated event.
// Throws std::runtime_error when there is no answer in time.
Reply post(const Url& url, const std::string& delivery_id, const std::string& json,
           std::chrono::milliseconds within);

}  // namespace example
