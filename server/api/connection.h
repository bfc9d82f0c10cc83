// The protocol's side of one connection: the handshake, requests in, answers held until they are durable,
// pushes out. No sockets.
// Owner: the loop's thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "api/server_facts.h"
#include "api/wire.h"
#include "broker/broker.h"
#include "broker/port.h"

namespace google::protobuf {
class Arena;
}

namespace swarmq::v1 {
class Envelope;
class Hello;
}  // namespace swarmq::v1

namespace swarmq::api {

class Connection : public broker::Port, public std::enable_shared_from_this<Connection> {
  public:
    // `wire` outlives the connection's last call to it; closed() ends that.
    Connection(broker::Broker& broker, const ServerFacts& facts, Wire& wire);
    ~Connection() override;

    // The bytes of one Envelope. A bad one ends the connection with a GoAway that says why.
    void receive(std::string_view envelope_bytes);
    // False: too much is under way; read on after Wire::reconsider_reading().
    bool wants_input() const;
    bool has_greeted() const { return has_greeted_; }
    // Says that the daemon stops; what is under way is still answered.
    void drain();
    // No request but waits is under way.
    bool has_answered() const { return held_.empty() && reads_.empty() && !is_reading_; }
    // A frame that cannot be read: says why and closes.
    void refuse_frame(const std::string& why);
    // Nothing was heard within the time for it.
    void time_out();
    // The socket is gone: the session waits a moment for its client.
    void closed();
    // The client has read what was sent to it, or much of it.
    void on_room();

    // For the verbs.
    broker::Broker& broker() { return broker_; }
    const ServerFacts& facts() const { return facts_; }
    engine::SessionKey session() const { return session_; }
    broker::RequestTag tag(const v1::Envelope& request) const;
    // An empty Envelope to fill; valid until the next call.
    v1::Envelope& scratch();
    // Sends `answer` (its id is set here) when the turn that is being made is durable.
    void hold(std::uint64_t request, v1::Envelope& answer);
    void hold_empty(std::uint64_t request);
    void send(std::uint64_t request, v1::Envelope& answer);
    // As send(), but it leaves with the next flush.
    void put(std::uint64_t request, v1::Envelope& answer);
    void refuse(std::uint64_t request, const Error& error);
    // As refuse(), but in order behind what the refusal may rest on.
    void hold_refusal(std::uint64_t request, const Error& error);
    void pong(std::uint64_t request);
    // The client says goodbye: its leases go back at once.
    void leave();
    // A request that waits for something to happen. False: too many do; it was refused.
    bool begin_wait(std::uint64_t request);
    void end_wait() { --waits_; }
    // A Take that waits for its delivery; end_wait() is that delivery's.
    void begin_take(std::uint64_t request) { takes_.insert(request); }
    // Calls `begin` when the client has read enough to get a large answer and the reads before have
    // called end_read(): what is read from the store for one client has a bound.
    void begin_read(std::function<void()> begin);
    void end_read();
    // False: a large answer has to wait for begin_read().
    bool has_room() const override;
    // Results that are gathered for one answer; false: no room for this one.
    bool gather(std::size_t bytes);
    void ungather(std::size_t bytes) { gathered_bytes_ -= bytes; }
    // The bytes of the request that is being handled, once.
    std::size_t take_input_bytes() { return std::exchange(request_bytes_, 0); }
    bool is_open() const { return !is_closed_; }

    // From the broker.
    void deliver(const engine::Delivery& delivery,
                 const std::vector<storage::DeliverableJob>& contents) override;
    void notify(const engine::Notice& notice) override;
    void push_events(const broker::EventBatch& batch) override;
    void turn_is_durable(TurnNumber turn) override;
    void flush() override;
    void taken_over() override;
    void store_failed() override;
    broker::ClientFacts client() const override;

  private:
    struct Held {
        TurnNumber turn{};
        std::string frames;
        std::vector<std::uint64_t> requests;
    };

    void greet(std::uint64_t request, v1::Hello& hello);
    void append(v1::Envelope& envelope, std::string& out);
    void go_away(int reason, const std::string& message, DurationMs retry_after_ms);
    void end_session(bool is_goodbye);
    void check_backlog();
    void begin_next_read();
    void hold_deliveries_without_room();

    friend void route(Connection& connection, v1::Envelope& request, std::size_t bytes);

    broker::Broker& broker_;
    const ServerFacts& facts_;
    Wire* wire_;
    // Messages are made in arenas: taking them apart one by one cost more than parsing them. One add, and its answer,
    // need no more than the blocks that are kept.
    alignas(8) std::array<char, 2 * 1024> request_block_;
    alignas(8) std::array<char, 1024> scratch_block_;
    std::unique_ptr<google::protobuf::Arena> request_arena_;
    std::unique_ptr<google::protobuf::Arena> scratch_arena_;
    bool has_greeted_ = false;
    bool is_closed_ = false;
    std::string client_id_;
    std::string client_name_;
    std::string sdk_;
    std::map<std::string, std::string> labels_;
    TimeMs greeted_ms_ = 0;
    engine::SessionKey session_{};
    std::deque<Held> held_;
    std::size_t held_requests_ = 0;
    std::size_t held_bytes_ = 0;  // Of the frames in held_.
    std::uint32_t waits_ = 0;
    std::unordered_set<std::uint64_t> takes_;
    std::size_t request_bytes_ = 0;  // Of the frame that is being handled.
    std::deque<std::function<void()>> reads_;
    bool is_reading_ = false;
    bool is_beginning_reads_ = false;
    bool is_held_ = false;  // The engine delivers nothing until what was sent is read.
    std::size_t gathered_bytes_ = 0;
};

}  // namespace swarmq::api
