// The table of paths, and the thread that serves them.
#include "http/service.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "base/asio.h"
#include "http/health.h"
#include "http/prometheus.h"
#include "http/server.h"
#include "http/snapshots.h"

namespace swarmq::http {

struct Service::Parts : Pages {
    Parts(const std::string& host, std::uint16_t port, const std::string& the_version)
        : version(the_version), server(context, host, port, *this) {}

    asio::awaitable<Reply> answer(const std::string& path) override;

    const std::string version;
    std::atomic<std::uint64_t> recovered_rows{0};
    asio::io_context context{1};
    // Set once recovery is over; of the service's thread.
    std::shared_ptr<Snapshots> snapshots;
    Sources sources;
    Server server;
    std::thread thread;
};

asio::awaitable<Reply> Service::Parts::answer(const std::string& path) {
    Reply reply;
    const bool is_known = path == "/metrics" || path == "/livez" || path == "/readyz";
    if (!is_known) {
        reply.status = path == "/" ? 200 : 404;
        reply.body = "swarmqd " + version + "\n/metrics\n/livez\n/readyz\n";
        co_return reply;
    }
    if (!snapshots) {
        if (path == "/livez") co_return live_while_recovering();
        if (path == "/readyz") co_return ready_while_recovering(recovered_rows);
        reply.content_type = kPrometheusContentType;
        reply.body = metrics_page(version, nullptr, nullptr);
        co_return reply;
    }
    const auto snapshot = co_await snapshots->ask();
    if (path == "/livez") co_return live_reply(snapshot.get());
    if (path == "/readyz") co_return ready_reply(snapshot.get());
    if (!snapshot) co_return live_reply(nullptr);
    reply.content_type = kPrometheusContentType;
    reply.body = metrics_page(version, snapshot.get(), &sources);
    co_return reply;
}

Service::Service(const std::string& host, std::uint16_t port, const std::string& version)
    : parts_(std::make_unique<Parts>(host, port, version)) {
    parts_->server.start();
    parts_->thread = std::thread([parts = parts_.get()] {
        const auto guard = asio::make_work_guard(parts->context);
        parts->context.run();
    });
}

Service::~Service() { stop(); }

void Service::tell_recovery(std::uint64_t rows) { parts_->recovered_rows = rows; }

void Service::serve(Loop& loop, std::function<Snapshot()> take, Sources sources) {
    auto snapshots = std::make_shared<Snapshots>(parts_->context, loop, std::move(take));
    asio::post(parts_->context,
               [parts = parts_.get(), snapshots, told = std::move(sources)]() mutable {
                   parts->sources = std::move(told);
                   parts->snapshots = snapshots;
               });
}

void Service::stop() {
    parts_->context.stop();
    if (parts_->thread.joinable()) parts_->thread.join();
}

std::string Service::address() const { return parts_->server.address(); }

}  // namespace swarmq::http
