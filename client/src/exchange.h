// The conversation with the broker without its socket: numbers requests, joins single adds into frames,
// keeps to the broker's limits, matches answers, and knows what to send again on a new connection.
// Owner: whoever has the I/O lock.
//
// Invariants: numbers rise and are given when a request is first sent; a change keeps its number for
// life; on a new connection the unanswered changes go first, in order of their numbers.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "add_frames.h"
#include "request.h"

namespace swarmq::inline sdk {

class Exchange {
  public:
    struct Timeouts {
        std::chrono::milliseconds unavailable_after{3'000};
    };

    explicit Exchange(Timeouts timeouts) : timeouts_(timeouts) {}

    void submit(std::unique_ptr<Request> request);
    void submit(SingleAdd add);

    // A connection is ready: what was unanswered is to be sent again by the next fill().
    void link_up(const v1::Limits& limits);
    void link_down(SteadyTime now);

    // Appends frames to `out` until nothing waits, a window is full, or `out` is long enough for one
    // write.
    void fill(std::string& out);
    // Appends one frame that nobody answers, such as a Grant or a Ping.
    void send_unanswered(v1::Envelope& envelope, std::string& out);

    // Ends the request that this answers. Answers to requests that were given up are ignored.
    void answer(v1::Envelope& envelope);

    // Ends what has waited for too long.
    void expire(SteadyTime now);
    // Ends everything: changes that were sent with Unknown, the rest with `error`.
    void fail_all(const Error& error);
    // Ends what was not sent yet.
    void fail_unsent(const Error& error);

    bool is_idle() const;
    // Nothing waits to be sent or answered, but for what waits for something to happen.
    bool is_quiet() const {
        return urgent_.empty() && ordinary_.empty() && requests_in_flight_ == 0;
    }
    // The broker takes no more ordinary requests before it has answered one.
    bool is_full() const { return is_up_ && room() == 0; }
    std::size_t unsent_bytes() const { return unsent_bytes_; }

  private:
    // A request on its way; adds is set when it was made of single adds, and add_group then names the frames that left
    // together.
    struct Sent {
        std::unique_ptr<Request> request;
        std::vector<SingleAdd> adds;
        std::uint64_t add_group = 0;
    };
    using Unsent = std::variant<std::unique_ptr<Request>, SingleAdd>;

    // Ordinary requests that may still be sent before more are answered.
    std::size_t room() const;
    void end_urgent_of_link();
    void resend(std::string& out);
    void send(Sent sent, std::string& out);
    void append(std::uint64_t id, v1::Envelope& envelope, std::string& out);
    void send_adds(std::string& out);
    void end(Sent sent, const Error& error);
    void end_adds(Sent& sent, v1::Envelope& envelope);
    void add_singly(Sent& sent);
    void leave_group(const Sent& sent);
    void expire_sent(std::map<std::uint64_t, Sent>& sent, SteadyTime now);
    void expire_unsent(SteadyTime now);
    bool is_overdue(SteadyTime submitted, SteadyTime deadline, SteadyTime now) const;
    Error overdue_error(bool was_sent_change) const;
    void forget(const Request& request);

    const Timeouts timeouts_;
    bool is_up_ = false;
    bool must_resend_ = false;
    SteadyTime down_since_{};
    v1::Limits limits_;

    std::uint64_t last_id_ = 1;  // 1 is Hello's.
    std::map<std::uint64_t, Sent> changes_;
    std::map<std::uint64_t, Sent> others_;
    std::deque<std::unique_ptr<Request>> urgent_;
    std::deque<Unsent> ordinary_;
    std::deque<std::unique_ptr<Request>> waits_;
    std::size_t requests_in_flight_ = 0;
    std::size_t waits_in_flight_ = 0;
    std::uint64_t last_add_group_ = 0;
    std::map<std::uint64_t, std::size_t> add_groups_;  // How many frames of each are unanswered.
    std::size_t unsent_bytes_ = 0;
};

}  // namespace swarmq::inline sdk
