// The driver of RabbitMQ with librabbitmq: a quorum queue, publisher confirms, a consumer with
// prefetch.
#include "driver.h"

#include <algorithm>
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <deque>
#include <stdexcept>
#include <string>
#include <sys/time.h>

namespace swarmq::bench {
namespace {

constexpr amqp_channel_t kChannel = 1;
constexpr int kFrameBytesMax = 131'072;
constexpr timeval kLook{0, 50'000};

void check(const amqp_rpc_reply_t& reply, const char* what) {
    if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
    const bool is_library = reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION;
    throw std::runtime_error(
        std::string(what) + ": " +
        (is_library ? amqp_error_string2(reply.library_error) : "refused by the server"));
}

void check(int status, const char* what) {
    if (status != AMQP_STATUS_OK) {
        throw std::runtime_error(std::string(what) + ": " + amqp_error_string2(status));
    }
}

// One connection with one channel, and the queue that it is for.
class Link {
  public:
    explicit Link(const Settings& settings)
        : queue_(settings.queue), connection_(amqp_new_connection()) {
        amqp_socket_t* socket = amqp_tcp_socket_new(connection_);
        check(amqp_socket_open(socket, "127.0.0.1", settings.port), "connect");
        check(amqp_login(connection_, "/", 0, kFrameBytesMax, 0, AMQP_SASL_METHOD_PLAIN, "guest",
                         "guest"),
              "login");
        amqp_channel_open(connection_, kChannel);
        check(amqp_get_rpc_reply(connection_), "channel");
        declare();
    }
    ~Link() { amqp_destroy_connection(connection_); }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    amqp_connection_state_t get() { return connection_; }
    amqp_bytes_t queue() const { return amqp_cstring_bytes(queue_.c_str()); }

    // Returns when the server has handled all that was sent.
    void declare() {
        amqp_table_entry_t type{};
        type.key = amqp_cstring_bytes("x-queue-type");
        type.value.kind = AMQP_FIELD_KIND_UTF8;
        type.value.value.bytes = amqp_cstring_bytes("quorum");
        const amqp_table_t arguments{1, &type};
        amqp_queue_declare(connection_, kChannel, queue(), 0, 1, 0, 0, arguments);
        check(amqp_get_rpc_reply(connection_), "declare");
    }

    bool has_input() const {
        return amqp_frames_enqueued(connection_) != 0 || amqp_data_in_buffer(connection_) != 0;
    }

  private:
    const std::string queue_;
    amqp_connection_state_t connection_;
};

// Adds in flight, by the number that confirms name.
class Window {
  public:
    Window(Run& run, Link& link) : run_(run), link_(link) {}

    bool is_empty() const { return sent_.empty(); }
    bool has_room() const { return sent_.size() < run_.settings().window; }

    void publish() {
        amqp_basic_properties_t properties{};
        properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
        properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
        const std::string payload = run_.payload();
        sent_.push_back(Clock::now());
        check(amqp_basic_publish(link_.get(), kChannel, amqp_empty_bytes, link_.queue(), 0, 0,
                                 &properties, {payload.size(), const_cast<char*>(payload.data())}),
              "publish");
    }

    // Blocks for one confirm and takes all that have come with it.
    void wait_confirms() {
        do {
            amqp_frame_t frame;
            amqp_maybe_release_buffers(link_.get());
            check(amqp_simple_wait_frame(link_.get(), &frame), "confirm");
            confirm(frame);
        } while (link_.has_input());
    }

  private:
    void confirm(const amqp_frame_t& frame) {
        if (frame.frame_type != AMQP_FRAME_METHOD) return;
        if (frame.payload.method.id != AMQP_BASIC_ACK_METHOD) {
            throw std::runtime_error("a publish was refused");
        }
        const auto& ack = *static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
        if (ack.multiple == 0) return confirm_one(ack.delivery_tag);
        while (!sent_.empty() && first_ <= ack.delivery_tag) confirm_one(first_);
    }

    // Confirms may overtake each other; the time of the oldest counts for whichever comes.
    void confirm_one(std::uint64_t) {
        run_.acknowledged(1, sent_.front());
        sent_.pop_front();
        ++first_;
    }

    Run& run_;
    Link& link_;
    std::deque<Clock::time_point> sent_;
    std::uint64_t first_ = 1;
};

class RabbitMQ : public Driver {
  public:
    void produce(Run& run) override {
        Link link(run.settings());
        amqp_confirm_select(link.get(), kChannel);
        check(amqp_get_rpc_reply(link.get()), "confirm");
        Window window(run, link);
        run.start();
        while (!run.is_over() || !window.is_empty()) {
            while (!run.is_over() && window.has_room() && run.take(1) == 1) window.publish();
            window.is_empty() ? run.wait() : window.wait_confirms();
        }
    }

    void consume(Run& run) override {
        Link link(run.settings());
        const auto prefetch = static_cast<std::uint16_t>(run.settings().concurrency);
        amqp_basic_qos(link.get(), kChannel, 0, prefetch, 0);
        check(amqp_get_rpc_reply(link.get()), "prefetch");
        run.start();
        amqp_basic_consume(link.get(), kChannel, link.queue(), amqp_empty_bytes, 0, 0, 0,
                           amqp_empty_table);
        check(amqp_get_rpc_reply(link.get()), "consume");
        const std::uint64_t most = std::max<std::uint64_t>(run.settings().concurrency / 4, 1);
        std::uint64_t tag = 0, unanswered = 0;
        while (!run.is_finished()) {
            if (const std::uint64_t next = receive(run, link)) {
                tag = next;
                ++unanswered;
            }
            if (unanswered == 0 || (unanswered < most && link.has_input())) continue;
            check(amqp_basic_ack(link.get(), kChannel, tag, 1), "acknowledge");
            run.ended(unanswered);
            unanswered = 0;
        }
        link.declare();
    }

  private:
    // The number of the job that has come; 0: none for a while.
    static std::uint64_t receive(Run& run, Link& link) {
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(link.get());
        const amqp_rpc_reply_t reply = amqp_consume_message(link.get(), &envelope, &kLook, 0);
        if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
            reply.library_error == AMQP_STATUS_TIMEOUT) {
            return 0;
        }
        check(reply, "deliver");
        const amqp_bytes_t body = envelope.message.body;
        run.received({static_cast<const char*>(body.bytes), body.len});
        const std::uint64_t tag = envelope.delivery_tag;
        amqp_destroy_envelope(&envelope);
        return tag;
    }
};

}  // namespace
}  // namespace swarmq::bench

int main(int argc, char** argv) {
    swarmq::bench::RabbitMQ driver;
    return swarmq::bench::drive(driver, argc, argv);
}
