// There and back between two threads.
#include "http/snapshots.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace swarmq::http {
namespace {

constexpr std::chrono::seconds kKeptFor{1};
constexpr std::chrono::seconds kAnsweredWithin{2};

}  // namespace

bool Snapshots::is_fresh() const { return latest_ && Steady::now() - taken_at_ < kKeptFor; }

asio::awaitable<std::shared_ptr<const Snapshot>> Snapshots::ask() {
    const auto self = shared_from_this();
    if (is_fresh()) co_return latest_;
    request();
    const auto timer = std::make_shared<Timer>(own_);
    timer->expires_after(kAnsweredWithin);
    waiting_.push_back(timer);
    co_await timer->async_wait();
    std::erase(waiting_, timer);
    co_return is_fresh() ? latest_ : nullptr;
}

void Snapshots::request() {
    if (std::exchange(is_under_way_, true)) return;
    loop_.post([self = shared_from_this()] {
        auto taken = std::make_shared<const Snapshot>(self->take_());
        asio::post(self->own_, [self, taken] { self->arrived(taken); });
    });
}

void Snapshots::arrived(std::shared_ptr<const Snapshot> snapshot) {
    latest_ = std::move(snapshot);
    taken_at_ = Steady::now();
    is_under_way_ = false;
    for (const auto& timer : waiting_) timer->cancel();
}

}  // namespace swarmq::http
