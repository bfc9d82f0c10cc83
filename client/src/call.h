// The three forms of every call, made of one: with a callback, blocking, or with a future.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <swarmq/queue.h>

#include "channel.h"

namespace swarmq::inline sdk {

// Holds a thread until its answer is there.
template <class T>
class Waiter {
  public:
    void set(Result<T> result) {
        // Notified under the lock: the waiter lives on the stack of the thread that it wakes.
        const std::lock_guard lock(mutex_);
        result_.emplace(std::move(result));
        ready_.notify_one();
    }
    Result<T> wait(Channel& channel) {
        channel.run_until([this] { return has_result(); });
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [this] { return result_.has_value(); });
        return std::move(*result_);
    }

  private:
    bool has_result() {
        const std::lock_guard lock(mutex_);
        return result_.has_value();
    }

    std::mutex mutex_;
    std::condition_variable ready_;
    std::optional<Result<T>> result_;
};

// Starts a call, waits for its end, throws its error. `start` takes a Callback<T> and a Channel::Room.
template <class T, class Start>
T block_on(Channel& channel, Start&& start) {
    Waiter<T> waiter;
    start(Callback<T>([&waiter](Result<T> result) { waiter.set(std::move(result)); }),
          Channel::Room::Wait);
    auto result = waiter.wait(channel);
    if constexpr (std::is_void_v<T>) {
        result.value();
    } else {
        return std::move(result).value();
    }
}

// A callback of a user, moved to the thread where it may do as it likes.
template <class T>
Callback<T> on_callback_thread(Channel& channel, Callback<T> done) {
    return [&callbacks = channel.callbacks(), done = std::move(done)](Result<T> result) {
        if (!done) return;
        callbacks.add([done, result = std::move(result)]() mutable { done(std::move(result)); });
    };
}

template <class T, class Start>
std::future<T> future_of(Start&& start) {
    auto promise = std::make_shared<std::promise<T>>();
    auto future = promise->get_future();
    start(Callback<T>([promise](Result<T> result) {
              if (result.ok()) {
                  promise->set_value(std::move(*result));
              } else {
                  promise->set_exception(std::make_exception_ptr(SwarmqError(result.error())));
              }
          }),
          Channel::Room::Refuse);
    return future;
}

// A request with the deadline of the connection, plus `wait` when its answer may take that long.
std::unique_ptr<Request> make_request(const Channel& channel, Request::Kind kind,
                                      Milliseconds wait = Milliseconds{0});

// Sends `request`; `convert` makes a Result<T> of the Envelope that answers it.
template <class T, class Convert>
void send_request(Channel& channel, std::unique_ptr<Request> request, Channel::Room room,
                  Callback<T> done, Convert convert) {
    request->done = [done = std::move(done),
                     convert = std::move(convert)](Result<v1::Envelope*> answer) {
        if (!answer.ok()) return done(answer.error());
        done(convert(**answer));
    };
    channel.submit(std::move(request), room);
}

// The two forms of a call that is written as do_x(channel, arguments..., done, room).
template <class T, class Do, class... Arguments>
T blocking(Channel& channel, Do call, Arguments&&... arguments) {
    return block_on<T>(channel, [&](Callback<T> done, Channel::Room room) {
        call(channel, std::forward<Arguments>(arguments)..., std::move(done), room);
    });
}

template <class T, class Do, class... Arguments>
void asynchronous(Channel& channel, Callback<T> done, Do call, Arguments&&... arguments) {
    call(channel, std::forward<Arguments>(arguments)...,
         on_callback_thread(channel, std::move(done)), Channel::Room::Refuse);
}

}  // namespace swarmq::inline sdk
