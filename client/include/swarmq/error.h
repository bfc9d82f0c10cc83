// How the SDK says that something did not work: a typed Error, the Result that may hold one, and the
// exception that carries one.
//
// Rule of the whole SDK: blocking calls throw SwarmqError; asynchronous calls hand a Result to their
// callback; futures throw SwarmqError from get().
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

// The inline namespace keeps the SDK's symbols apart from those of a program that has a Queue or an
// Error of its own under swarmq; users write swarmq::Queue.
namespace swarmq::inline sdk {

// One to one with swarmq.v1.Code of the protocol, numbers included.
enum class Code {
    Ok = 0,
    InvalidArgument = 1,      // The request can never succeed as it is; the message says why.
    TooLarge = 2,             // A payload, a batch or a frame is over a limit.
    UnsupportedVersion = 3,   // Broker and SDK share no protocol version.
    UnknownType = 4,          // The broker does not know this kind of request.
    Unauthenticated = 5,      // The token is missing or wrong.
    PermissionDenied = 6,     // The token does not allow this.
    NotFound = 7,             // No such job or queue is stored.
    AlreadyExists = 8,
    WrongState = 9,           // The job is not in a state in which this can be done.
    StaleLease = 10,          // Another attempt holds the job, or it ended otherwise.
    SlowConsumer = 11,
    QueueFull = 12,           // As many jobs wait as the queue's settings allow.
    MemoryLimit = 13,         // As many queues, schedulers, throttles or watched queues as the broker keeps.
    DiskLow = 14,
    RateLimited = 15,
    TooManyInflight = 16,     // More is waiting to be answered than the broker or the SDK allows.
    Draining = 17,            // The broker is shutting down.
    NotOwner = 18,
    ReadOnly = 19,
    Timeout = 20,             // A wait ended before what it waited for.
    Unknown = 21,             // The change may or may not have been made: the answer was lost.
    Internal = 22,
    Unavailable = 23,         // The broker could not be reached; nothing was changed.
};

// "NOT_FOUND" and so on, as in the protocol without the prefix.
std::string_view to_string(Code code);

struct Error {
    Code code = Code::Internal;
    std::string message;                       // For people: what was wrong, what would be right.
    bool retriable = false;                    // The same call may succeed later.
    std::chrono::milliseconds retry_after{0};  // How long to wait first; 0: as you think best.
};

class SwarmqError : public std::runtime_error {
  public:
    explicit SwarmqError(Error error)
        : std::runtime_error(std::string(to_string(error.code)) + ": " + error.message),
          error_(std::move(error)) {}

    const Error& error() const { return error_; }
    Code code() const { return error_.code; }

  private:
    Error error_;
};

// Either a value or an Error.
template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : value_(std::move(value)) {}
    Result(Error error) : error_(std::move(error)) {}

    bool ok() const { return value_.has_value(); }
    explicit operator bool() const { return ok(); }

    // Throws SwarmqError when there is an error instead.
    T& value() & { return check(), *value_; }
    const T& value() const& { return check(), *value_; }
    T&& value() && { return check(), std::move(*value_); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    // Means something only when !ok().
    const Error& error() const { return error_; }

  private:
    void check() const {
        if (!ok()) throw SwarmqError(error_);
    }

    // No std::variant: g++ 12 thinks that moving one reads what was never written.
    std::optional<T> value_;
    Error error_{};
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    bool ok() const { return !error_; }
    explicit operator bool() const { return ok(); }
    void value() const {
        if (error_) throw SwarmqError(*error_);
    }
    const Error& error() const { return error_.value(); }

  private:
    std::optional<Error> error_;
};

}  // namespace swarmq::inline sdk
