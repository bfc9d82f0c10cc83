// Strong types for the numbers that name things, and the text form of generated job ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace swarmq {

// Milliseconds since the Unix epoch, on the broker's clock: monotonic inside a boot, set from the wall
// clock at its start.
using TimeMs = std::int64_t;
using DurationMs = std::int64_t;

enum class ShardId : std::uint16_t {};

// Rises with every boot of a shard; durable before anything made from it is seen outside.
enum class Epoch : std::uint32_t {};

// A job's place in the order of creation of its shard: epoch << 40 | counter. Never used twice.
enum class JobSeq : std::uint64_t {};

// The right to one attempt of one job: epoch << 40 | counter; a later one is larger. 0: none.
enum class LeaseToken : std::uint64_t {};

// A queue's number in its shard, used in stored rows. 0: none. Not used twice.
enum class QueueId : std::uint32_t {};

// Counts the group commits of a shard, from 1, over all boots.
enum class TurnNumber : std::uint64_t {};

inline constexpr int kCounterBits = 40;

constexpr std::uint64_t with_epoch(Epoch epoch, std::uint64_t counter) {
    return static_cast<std::uint64_t>(epoch) << kCounterBits | counter;
}

template <class Id>
constexpr auto raw(Id id) {
    return static_cast<std::underlying_type_t<Id>>(id);
}

// The id of a job whose producer chose none: "j<shard>-<epoch>-<counter>".
std::string format_job_id(ShardId shard, JobSeq seq);

struct GeneratedJobId {
    ShardId shard{};
    JobSeq seq{};
};

// Nothing when the text is not of that form (numbers without leading zeros, in range).
std::optional<GeneratedJobId> parse_job_id(std::string_view text);

// True for every "j<digits>-<digits>-<digits>", in range or not: producers' ids may not look like it.
bool is_reserved_job_id(std::string_view text);

}  // namespace swarmq
