// Starts and stops: the handler pool on one side, the subscription on the other.
#include "worker_impl.h"

#include <utility>

#include "validate.h"

namespace swarmq::inline sdk {
namespace {

constexpr std::size_t kQueuesMax = 64;
constexpr std::size_t kConcurrencyMax = 10'000;
constexpr std::size_t kAheadMax = 10'000;
constexpr std::size_t kBatchMax = 1'000;
constexpr Milliseconds kBatchWaitMax{3'600'000};
// How long stop() waits for the broker to take back what is handed back.
constexpr Milliseconds kDrainLongest{5'000};

std::optional<Error> invalid(std::string message) {
    return Error{Code::InvalidArgument, std::move(message)};
}

std::optional<Error> check_concurrency(std::size_t concurrency) {
    if (concurrency >= 1 && concurrency <= kConcurrencyMax) return std::nullopt;
    return invalid("concurrency is " + std::to_string(concurrency) + "; it must be 1..10000");
}

std::optional<Error> check_ahead(std::optional<std::size_t> ahead_max) {
    if (ahead_max.value_or(0) <= kAheadMax) return std::nullopt;
    return invalid("ahead_max is " + std::to_string(*ahead_max) + "; it must be 0..10000");
}

std::optional<Error> no_handler() {
    return invalid("the handler is empty; a worker needs a function to call");
}

std::optional<Error> check_batch(const BatchOptions& batch) {
    if (batch.jobs_max < 1 || batch.jobs_max > kBatchMax)
        return invalid("jobs_max is " + std::to_string(batch.jobs_max) + "; it must be 1..1000");
    if (batch.jobs_min < 1 || batch.jobs_min > batch.jobs_max)
        return invalid("jobs_min is " + std::to_string(batch.jobs_min) +
                       "; it must be 1..jobs_max, which is " + std::to_string(batch.jobs_max));
    if (batch.longest_wait < Milliseconds{0} || batch.longest_wait > kBatchWaitMax)
        return invalid("longest_wait is " + std::to_string(batch.longest_wait.count()) +
                       " ms; it must be 0..3600000 ms");
    return std::nullopt;
}

WorkerOptions checked(WorkerOptions options) {
    require(check_subscription(options.queues, options.lease));
    require(check_concurrency(options.concurrency));
    require(check_ahead(options.ahead_max));
    return options;
}

}  // namespace

std::optional<Error> check_subscription(const std::vector<std::string>& queues,
                                        Milliseconds lease) {
    if (queues.empty() || queues.size() > kQueuesMax) {
        return invalid(std::to_string(queues.size()) + " queues; 1..64 are allowed");
    }
    for (const auto& queue : queues) {
        if (auto error = check_name("queue", queue)) return error;
    }
    if (lease < kLeaseMin || lease > kLeaseMax) {
        return invalid("lease is " + std::to_string(lease.count()) +
                       " ms; it must be 1000..86400000 ms");
    }
    return std::nullopt;
}

Worker::Impl::Impl(WorkerOptions options, Handler handler)
    : options_(checked(std::move(options))), channel_(options_.connection.channel()) {
    if (!handler) require(no_handler());
    pool_ = std::make_shared<HandlerPool>(std::move(handler), options_.concurrency, waker());
    tell();
}

Worker::Impl::Impl(WorkerOptions options, BatchOptions batch, BatchHandler handler)
    : options_(checked(std::move(options))), channel_(options_.connection.channel()) {
    if (!handler) require(no_handler());
    require(check_batch(batch));
    pool_ = std::make_shared<HandlerPool>(batch, std::move(handler), options_.concurrency, waker());
    tell();
}

void Worker::Impl::tell() {
    pool_->set_ahead_max(options_.ahead_max);
    pool_->set_run_io([weak = std::weak_ptr<Channel>(channel_)](const std::function<bool()>& is_done) {
        const auto channel = weak.lock();
        return channel && channel->serve_until(is_done);
    });
    pool_->set_telemetry(options_.telemetry ? options_.telemetry : channel_->options().telemetry);
}

// Weak: a finisher may outlive the worker and its connection.
std::function<void()> Worker::Impl::waker() const {
    return [weak = std::weak_ptr<Channel>(channel_)] {
        if (auto channel = weak.lock()) channel->wake();
    };
}

Worker::Impl::~Impl() { close(); }

// False when the channel is closed and the task did not run.
bool Worker::Impl::on_io(const std::function<void()>& task) {
    std::promise<void> done;
    const bool is_open = channel_->run([&] {
        task();
        done.set_value();
    });
    if (is_open) done.get_future().wait();
    return is_open;
}

void Worker::Impl::start() {
    const std::lock_guard lock(mutex_);
    if (subscription_) return;
    subscription_ = std::make_shared<Subscription>(
        *channel_, Subscription::Options{options_.queues, options_.lease, options_.on_problem},
        pool_);
    on_io([this] {
        if (is_paused_) subscription_->quiet();
        channel_->add_user(subscription_);
    });
}

bool Worker::Impl::stop(Milliseconds grace) {
    const std::lock_guard lock(mutex_);
    if (!subscription_) return true;
    auto& subscription = *subscription_;
    if (!on_io([&] { subscription.quiet(); })) pool_->take_back();
    const bool is_in_time = pool_->wait_idle(grace);
    if (!is_in_time) on_io([&] { subscription.abandon(); });
    auto drained = std::make_shared<std::promise<void>>();
    auto is_drained = drained->get_future();
    const bool is_open =
        on_io([&] { subscription.when_drained([drained] { drained->set_value(); }); });
    if (is_open) is_drained.wait_for(kDrainLongest);
    on_io([&] { channel_->remove_user(&subscription); });
    subscription_.reset();
    return is_in_time;
}

void Worker::Impl::close() {
    stop(options_.grace);
    pool_->take_back();
    pool_->join();
}

void Worker::Impl::pause(bool is_paused) {
    const std::lock_guard lock(mutex_);
    if (is_paused_.exchange(is_paused) == is_paused || !subscription_) return;
    on_io([&] { is_paused ? subscription_->quiet() : subscription_->resume(); });
}

void Worker::Impl::set_concurrency(std::size_t concurrency) {
    require(check_concurrency(concurrency));
    pool_->set_concurrency(concurrency);
}

Worker::Worker(WorkerOptions options, Handler handler)
    : impl_(std::make_shared<Impl>(std::move(options), std::move(handler))) {}

Worker::Worker(WorkerOptions options, BatchOptions batch, BatchHandler handler)
    : impl_(std::make_shared<Impl>(std::move(options), batch, std::move(handler))) {}

Worker::~Worker() = default;
Worker::Worker(Worker&&) noexcept = default;
Worker& Worker::operator=(Worker&&) noexcept = default;

void Worker::start() { impl_->start(); }
bool Worker::stop() { return impl_->stop(impl_->options().grace); }
bool Worker::stop(Milliseconds grace) { return impl_->stop(grace); }
void Worker::close() { impl_->close(); }
void Worker::set_concurrency(std::size_t concurrency) { impl_->set_concurrency(concurrency); }
void Worker::pause() { impl_->pause(true); }
void Worker::resume() { impl_->pause(false); }
bool Worker::is_paused() const { return impl_->is_paused(); }
std::size_t Worker::running() const { return impl_->running(); }

}  // namespace swarmq::inline sdk
