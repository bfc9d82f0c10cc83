// Refusals: a code for programs, a sentence for people, and a Result that holds one or a value.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "model/check.h"
#include "model/ids.h"

namespace swarmq {

// One to one with swarmq.v1.Code, numbers included.
enum class Code : std::uint8_t {
    Ok = 0,
    InvalidArgument = 1,
    TooLarge = 2,
    UnsupportedVersion = 3,
    UnknownType = 4,
    Unauthenticated = 5,
    PermissionDenied = 6,
    NotFound = 7,
    AlreadyExists = 8,
    WrongState = 9,
    StaleLease = 10,
    SlowConsumer = 11,
    QueueFull = 12,
    MemoryLimit = 13,
    DiskLow = 14,
    RateLimited = 15,
    TooManyInflight = 16,
    Draining = 17,
    NotOwner = 18,
    ReadOnly = 19,
    Timeout = 20,
    Unknown = 21,
    Internal = 22,
    Unavailable = 23,
};

struct Error {
    Code code = Code::Internal;
    std::string detail;  // What was wrong, with the value, and what would be right.
    DurationMs retry_after_ms = 0;
    bool is_damage = false;  // What is stored is not as it was written: verify, then repair or restore.
};

inline Error damage(std::string detail) { return Error{Code::Internal, std::move(detail), 0, true}; }

// True when the same request may succeed later.
constexpr bool is_retriable(Code code) {
    switch (code) {
        case Code::SlowConsumer:
        case Code::QueueFull:
        case Code::MemoryLimit:
        case Code::DiskLow:
        case Code::RateLimited:
        case Code::TooManyInflight:
        case Code::Draining:
        case Code::NotOwner:
        case Code::Timeout:
        case Code::Unknown:
        case Code::Unavailable:
            return true;
        default:
            return false;
    }
}

struct Nothing {};

// Either a value or an Error. Asking for the one that is not there is a bug.
template <class T = Nothing>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
    Result()
        requires std::is_same_v<T, Nothing>
        : state_(std::in_place_index<0>) {}

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() & {
        SWARMQ_CHECK(ok());
        return *std::get_if<0>(&state_);
    }
    const T& value() const& {
        SWARMQ_CHECK(ok());
        return *std::get_if<0>(&state_);
    }
    T&& value() && {
        SWARMQ_CHECK(ok());
        return std::move(*std::get_if<0>(&state_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Error& error() const {
        SWARMQ_CHECK(!ok());
        return *std::get_if<1>(&state_);
    }
    Code code() const { return ok() ? Code::Ok : error().code; }

  private:
    std::variant<T, Error> state_;
};

}  // namespace swarmq
