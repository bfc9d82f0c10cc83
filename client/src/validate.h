// The rules that names, payloads and options must keep, checked before anything is sent, so that one
// bad job cannot refuse the others in its frame.
#pragma once

#include <optional>
#include <string_view>

#include <swarmq/admin.h>
#include <swarmq/error.h>
#include <swarmq/handler.h>
#include <swarmq/job.h>

namespace swarmq::inline sdk {

inline constexpr std::size_t kPayloadBytesMax = 1024 * 1024;
inline constexpr std::size_t kResultBytesMax = 1024 * 1024;
inline constexpr std::size_t kReasonBytesMax = 16 * 1024;
inline constexpr std::size_t kJobsPerRequestMax = 1'000;
// Of a request that carries jobs: a frame's, less what is around them.
inline constexpr std::size_t kFrameBytesMax = 4 * 1024 * 1024 - 1024;
inline constexpr std::size_t kErrorTextBytesMax = 1024;
inline constexpr Milliseconds kWaitMax{3'600'000};
inline constexpr Milliseconds kLeaseMin{1'000};
inline constexpr Milliseconds kLeaseMax{86'400'000};

// Each returns what is wrong, or nothing. `what` names the thing in the message: "queue", "job id".
std::optional<Error> check_name(std::string_view what, std::string_view name);
std::optional<Error> check_job(std::string_view name, std::string_view payload,
                               const JobOptions& options);
std::optional<Error> check_options(const JobOptions& options);
std::optional<Error> check_update(const JobUpdate& update);
std::optional<Error> check_filters(const ListQuery& query);
std::optional<Error> check_settings(const QueueSettings& settings);
std::optional<Error> check_wait(Milliseconds wait);
std::optional<Error> check_follow_ups(const std::vector<FollowUp>& follow_ups);
std::optional<Error> check_ids(const std::vector<std::string>& ids);

// Throws SwarmqError when there is an error.
void require(const std::optional<Error>& error);

}  // namespace swarmq::inline sdk
