// The bytes of keys: shard, kind, then big-endian fields, so that order in the store is order of
// fields. The only place that knows them; the grammar is in storage/README.md.
#pragma once

#include "model/ids.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace swarmq::storage {

// In the order in which one forward scan must meet them; recovery reads Queue up to Answers.
// Stored: never renumber.
enum class RowKind : std::uint8_t {
    Meta = 0x01,
    Position = 0x02,
    NewestKeys = 0x03,
    Queue = 0x10,
    Controls = 0x14,
    Scheduler = 0x18,
    Deduplication = 0x1c,
    Job = 0x20,
    Turn = 0x30,
    Condemned = 0x38,
    Answers = 0x40,
    Outcome = 0x50,
    Progress = 0x60,
    Attempt = 0x70,
    Log = 0x80,
    Checkpoint = 0x88,
    Child = 0x90,
};

inline constexpr std::size_t kKeyPrefixBytes = 3;  // Shard and kind.
inline constexpr std::uint32_t kAttemptRowsMax = 100;
inline constexpr std::uint32_t kLogRowsMax = 100;

// A key of few bytes, kept in place.
class Key {
  public:
    Key(ShardId shard, RowKind kind);
    Key& be64(std::uint64_t field);
    Key& be32(std::uint32_t field);
    Key& be16(std::uint16_t field);
    operator std::string_view() const { return {bytes_.data(), size_}; }
    std::string str() const { return std::string{std::string_view{*this}}; }

  private:
    std::array<char, 16> bytes_;
    std::uint8_t size_ = 0;
};

Key meta_key(ShardId shard);
Key position_key(ShardId shard);
Key newest_keys_key(ShardId shard);
Key queue_key(ShardId shard, QueueId queue);
Key controls_key(ShardId shard, QueueId queue);
std::string scheduler_key(ShardId shard, QueueId queue, std::string_view name);
std::string dedup_key(ShardId shard, QueueId queue, std::string_view name);
Key job_key(ShardId shard, JobSeq seq);
Key turn_key(ShardId shard, TurnNumber turn, std::uint16_t part);
std::string answers_key(ShardId shard, std::string_view client_id, std::uint64_t first_number);
Key outcome_key(ShardId shard, JobSeq seq);
Key progress_key(ShardId shard, JobSeq seq);
Key attempt_key(ShardId shard, JobSeq seq, std::uint32_t index);
Key log_key(ShardId shard, JobSeq seq, std::uint32_t number);
Key checkpoint_key(ShardId shard, JobSeq seq);
Key condemned_key(ShardId shard, JobSeq seq);
Key child_key(ShardId shard, JobSeq parent, std::uint32_t index);

// Rows first <= key < last.
struct KeyRange {
    Key first;
    Key last;
};
KeyRange rows_of_shard(ShardId shard);
KeyRange rows_of_kind(ShardId shard, RowKind kind);
KeyRange rows_to_recover(ShardId shard);
KeyRange parts_of_turn(ShardId shard, TurnNumber turn);
KeyRange attempts_of_job(ShardId shard, JobSeq seq);
KeyRange log_of_job(ShardId shard, JobSeq seq);
KeyRange children_of_job(ShardId shard, JobSeq parent);

struct ParsedKey {
    ShardId shard{};
    RowKind kind{};
    std::uint64_t number = 0;  // Queue, job, turn, or an answers row's first number.
    std::string_view
        name;  // Of a scheduler or deduplication key, whose queue is `number`; views the key.
    std::uint32_t part = 0;      // Of a turn, or an attempt's, log line's or child's place.
    std::string_view client_id;  // Of an answers row; views the key.
};

// Nothing when the bytes are no key.
std::optional<ParsedKey> parse_key(std::string_view key);
// For people: "job j0-3-1041", or the bytes in hexadecimal.
std::string describe_key(std::string_view key);

}  // namespace swarmq::storage
