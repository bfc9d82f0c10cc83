// The names of the codes.
#include <swarmq/error.h>

namespace swarmq::inline sdk {

std::string_view to_string(Code code) {
    switch (code) {
        case Code::Ok: return "OK";
        case Code::InvalidArgument: return "INVALID_ARGUMENT";
        case Code::TooLarge: return "TOO_LARGE";
        case Code::UnsupportedVersion: return "UNSUPPORTED_VERSION";
        case Code::UnknownType: return "UNKNOWN_TYPE";
        case Code::Unauthenticated: return "UNAUTHENTICATED";
        case Code::PermissionDenied: return "PERMISSION_DENIED";
        case Code::NotFound: return "NOT_FOUND";
        case Code::AlreadyExists: return "ALREADY_EXISTS";
        case Code::WrongState: return "WRONG_STATE";
        case Code::StaleLease: return "STALE_LEASE";
        case Code::SlowConsumer: return "SLOW_CONSUMER";
        case Code::QueueFull: return "QUEUE_FULL";
        case Code::MemoryLimit: return "MEMORY_LIMIT";
        case Code::DiskLow: return "DISK_LOW";
        case Code::RateLimited: return "RATE_LIMITED";
        case Code::TooManyInflight: return "TOO_MANY_INFLIGHT";
        case Code::Draining: return "DRAINING";
        case Code::NotOwner: return "NOT_OWNER";
        case Code::ReadOnly: return "READ_ONLY";
        case Code::Timeout: return "TIMEOUT";
        case Code::Unknown: return "UNKNOWN";
        case Code::Internal: return "INTERNAL";
        case Code::Unavailable: return "UNAVAILABLE";
    }
    return "INTERNAL";
}

}  // namespace swarmq::inline sdk
