// One timer, moved only when the deadline changes.
#include "broker/ticker.h"

#include <utility>

#include "base/asio.h"

namespace swarmq::broker {

struct Ticker::State : std::enable_shared_from_this<Ticker::State> {
    State(Loop& loop, const Clock& the_clock, std::function<void()> the_tick)
        : timer(loop.context()), clock(the_clock), tick(std::move(the_tick)) {}

    asio::steady_timer timer;
    const Clock& clock;
    std::function<void()> tick;
    TimeMs deadline_ms = 0;  // 0: none is set.

    void wait() {
        timer.expires_at(clock.when(deadline_ms));
        timer.async_wait([self = shared_from_this()](error_code error) {
            if (error || !self->tick || self->deadline_ms == 0) return;
            if (self->clock.now_ms() < self->deadline_ms) return self->wait();
            self->deadline_ms = 0;
            self->tick();
        });
    }
};

Ticker::Ticker(Loop& loop, const Clock& clock, std::function<void()> tick)
    : state_(std::make_shared<State>(loop, clock, std::move(tick))) {}

Ticker::~Ticker() { stop(); }

void Ticker::set(TimeMs deadline_ms) {
    if (state_->deadline_ms == deadline_ms || !state_->tick) return;
    state_->deadline_ms = deadline_ms;
    state_->wait();
}

void Ticker::stop() {
    state_->tick = nullptr;
    state_->timer.cancel();
}

}  // namespace swarmq::broker
