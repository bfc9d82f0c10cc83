// The driver of beanstalkd, by its text protocol: one connection for each job at a time, as clients
// do.
#include "beanstalk_connection.h"
#include "driver.h"

#include <fmt/format.h>

#include <array>
#include <deque>
#include <memory>
#include <stdexcept>
#include <sys/epoll.h>
#include <vector>

namespace swarmq::bench {
namespace {

constexpr int kPollMs = 50;

class Beanstalkd : public Driver {
  public:
    void produce(Run& run) override {
        const Settings& settings = run.settings();
        BeanstalkConnection connection(settings.port);
        connection.send(fmt::format("use {}\r\n", settings.queue));
        connection.wait_line();
        run.start();
        std::deque<Clock::time_point> sent;
        while (!run.is_over() || !sent.empty()) {
            send_puts(run, connection, sent);
            if (sent.empty()) {
                run.wait();
                continue;
            }
            connection.read();
            while (const auto line = connection.next_line()) {
                if (!line->starts_with("INSERTED")) throw std::runtime_error("put: " + *line);
                run.acknowledged(1, sent.front());
                sent.pop_front();
            }
        }
    }

    void consume(Run& run) override {
        Workers workers(run);
        run.start();
        while (!run.is_finished()) workers.turn(run);
    }

  private:
    // All that fits into the window, in one write.
    static void send_puts(Run& run, BeanstalkConnection& connection,
                          std::deque<Clock::time_point>& sent) {
        std::string puts;
        const auto now = Clock::now();
        while (!run.is_over() && sent.size() < run.settings().window && run.take(1) == 1) {
            puts += fmt::format("put 1024 0 60 {}\r\n", run.settings().payload_bytes);
            puts += run.payload();
            puts += "\r\n";
            sent.push_back(now);
        }
        connection.send(puts);
    }

    // The connections of the jobs that are worked on at a time.
    class Workers {
      public:
        explicit Workers(const Run& run) : poll_(::epoll_create1(EPOLL_CLOEXEC)) {
            const Settings& settings = run.settings();
            for (std::uint64_t i = 0; i < settings.concurrency; ++i) {
                connections_.push_back(std::make_unique<BeanstalkConnection>(settings.port));
                BeanstalkConnection& connection = *connections_.back();
                connection.send(fmt::format("watch {}\r\nignore default\r\n", settings.queue));
                connection.wait_line();
                connection.wait_line();
                connection.send("reserve\r\n");
                epoll_event event{};
                event.events = EPOLLIN;
                event.data.ptr = &connection;
                ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, connection.fd(), &event);
            }
        }

        void turn(Run& run) {
            std::array<epoll_event, 64> events;
            const int ready = ::epoll_wait(poll_.get(), events.data(), events.size(), kPollMs);
            for (int i = 0; i < ready; ++i) {
                auto& connection = *static_cast<BeanstalkConnection*>(events[i].data.ptr);
                connection.read();
                answer(run, connection);
            }
        }

      private:
        // The next job is asked for in the same write that ends the one before.
        static void answer(Run& run, BeanstalkConnection& connection) {
            while (const auto reply = connection.next_reply()) {
                if (reply->line == "DELETED") {
                    run.ended(1);
                } else if (reply->line.starts_with("RESERVED ")) {
                    run.received(reply->body);
                    connection.send(fmt::format("delete {}\r\nreserve\r\n", id_of(reply->line)));
                } else {
                    throw std::runtime_error("reserve: " + reply->line);
                }
            }
        }

        static std::string id_of(const std::string& line) {
            const std::size_t begin = line.find(' ') + 1;
            return line.substr(begin, line.find(' ', begin) - begin);
        }

        Descriptor poll_;
        std::vector<std::unique_ptr<BeanstalkConnection>> connections_;
    };
};

}  // namespace
}  // namespace swarmq::bench

int main(int argc, char** argv) {
    swarmq::bench::Beanstalkd driver;
    return swarmq::bench::drive(driver, argc, argv);
}
