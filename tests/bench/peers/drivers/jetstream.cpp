// The driver of NATS JetStream with its C client: a work queue stream in a file, a push consumer
// that acknowledges.
#include "driver.h"

#include <deque>
#include <memory>
#include <mutex>
#include <nats/nats.h>
#include <semaphore>
#include <stdexcept>
#include <string>

namespace swarmq::bench {
namespace {

constexpr std::int64_t kFlushMs = 10'000;

void check(natsStatus status, const char* what) {
    if (status != NATS_OK) {
        throw std::runtime_error(std::string(what) + ": " + natsStatus_GetText(status));
    }
}

class Link {
  public:
    explicit Link(const Settings& settings) : queue_(settings.queue) {
        const std::string url = "nats://127.0.0.1:" + std::to_string(settings.port);
        check(natsConnection_ConnectTo(&connection_, url.c_str()), "connect");
    }
    ~Link() {
        jsCtx_Destroy(context_);
        natsConnection_Destroy(connection_);
    }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    // The stream is made by whichever side comes first.
    void open(jsOptions& options) {
        check(natsConnection_JetStream(&context_, connection_, &options), "JetStream");
        const char* subject = queue_.c_str();
        jsStreamConfig config;
        jsStreamConfig_Init(&config);
        config.Name = subject;
        config.Subjects = &subject;
        config.SubjectsLen = 1;
        config.Storage = js_FileStorage;
        config.Retention = js_WorkQueuePolicy;
        jsErrCode error{};
        check(js_AddStream(nullptr, context_, &config, nullptr, &error), "add stream");
    }

    jsCtx* context() { return context_; }
    const char* subject() const { return queue_.c_str(); }
    // Returns when the server has read all that was sent.
    void flush() { check(natsConnection_FlushTimeout(connection_, kFlushMs), "flush"); }

  private:
    const std::string queue_;
    natsConnection* connection_ = nullptr;
    jsCtx* context_ = nullptr;
};

// Adds in flight, and what their acknowledgements come back to, on a thread of the client.
class Window {
  public:
    Window(Run& run, std::uint64_t width)
        : run_(run), width_(width), free_(static_cast<std::ptrdiff_t>(width)) {}

    void take() {
        free_.acquire();
        const std::lock_guard lock(mutex_);
        sent_.push_back(Clock::now());
    }
    // Blocks until nothing is in flight.
    void wait_empty() {
        for (std::uint64_t i = 0; i < width_; ++i) free_.acquire();
        if (!failure_.empty()) throw std::runtime_error("publish: " + failure_);
    }

    static void answered(jsCtx*, natsMsg* message, jsPubAck*, jsPubAckErr* error, void* closure) {
        static_cast<Window*>(closure)->take_answer(error);
        natsMsg_Destroy(message);
    }

  private:
    void take_answer(const jsPubAckErr* error) {
        {
            const std::lock_guard lock(mutex_);
            if (error != nullptr) failure_ = natsStatus_GetText(error->Err);
            run_.acknowledged(1, sent_.front());
            sent_.pop_front();
        }
        free_.release();
    }

    Run& run_;
    const std::uint64_t width_;
    std::counting_semaphore<> free_;
    std::mutex mutex_;
    std::deque<Clock::time_point> sent_;
    std::string failure_;
};

class JetStream : public Driver {
  public:
    void produce(Run& run) override {
        Window window(run, run.settings().window);
        Link link(run.settings());
        jsOptions options;
        jsOptions_Init(&options);
        options.PublishAsync.AckHandler = Window::answered;
        options.PublishAsync.AckHandlerClosure = &window;
        link.open(options);
        run.start();
        while (!run.is_over()) {
            if (run.take(1) == 0) {
                run.wait();
                continue;
            }
            window.take();
            const std::string payload = run.payload();
            check(js_PublishAsync(link.context(), link.subject(), payload.data(),
                                  static_cast<int>(payload.size()), nullptr),
                  "publish");
        }
        window.wait_empty();
    }

    void consume(Run& run) override {
        Link link(run.settings());
        jsOptions options;
        jsOptions_Init(&options);
        link.open(options);
        jsSubOptions how;
        jsSubOptions_Init(&how);
        how.Stream = link.subject();
        how.ManualAck = true;
        how.Config.AckPolicy = js_AckExplicit;
        how.Config.MaxAckPending = static_cast<std::int64_t>(run.settings().concurrency);
        Consumer consumer{run, {}, {}};
        run.start();
        natsSubscription* subscription = nullptr;
        jsErrCode error{};
        check(js_Subscribe(&subscription, link.context(), link.subject(), Consumer::deliver,
                           &consumer, &options, &how, &error),
              "subscribe");
        consumer.wait_finished();
        link.flush();
        natsSubscription_Destroy(subscription);
    }

  private:
    struct Consumer {
        static constexpr std::chrono::milliseconds kLook{50};

        Run& run;
        std::mutex mutex;
        std::condition_variable progress;

        // On a thread of the client.
        static void deliver(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
            auto& self = *static_cast<Consumer*>(closure);
            self.run.received({natsMsg_GetData(message),
                               static_cast<std::size_t>(natsMsg_GetDataLength(message))});
            natsMsg_Ack(message, nullptr);
            natsMsg_Destroy(message);
            self.run.ended(1);
            if (self.run.is_over() && self.run.is_finished()) {
                const std::lock_guard lock(self.mutex);
                self.progress.notify_all();
            }
        }

        void wait_finished() {
            std::unique_lock lock(mutex);
            while (!run.is_finished()) progress.wait_for(lock, kLook);
        }
    };
};

}  // namespace
}  // namespace swarmq::bench

int main(int argc, char** argv) {
    swarmq::bench::JetStream driver;
    const int code = swarmq::bench::drive(driver, argc, argv);
    nats_Close();
    return code;
}
