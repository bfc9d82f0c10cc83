// Makes keys and takes them apart.
#include "keys.h"

#include "bytes.h"
#include "model/check.h"

namespace swarmq::storage {
namespace {

constexpr RowKind kKinds[] = {RowKind::Meta,          RowKind::Position, RowKind::NewestKeys,
                              RowKind::Queue,         RowKind::Controls, RowKind::Scheduler,
                              RowKind::Deduplication, RowKind::Job,      RowKind::Turn,
                              RowKind::Answers,       RowKind::Outcome,  RowKind::Progress,
                              RowKind::Attempt,       RowKind::Log,      RowKind::Checkpoint,
                              RowKind::Condemned,     RowKind::Child};

RowKind after(RowKind kind) {
    return RowKind{static_cast<std::uint8_t>(raw(kind) + 1)};
}

bool read_fields(ByteReader& reader, ParsedKey& parsed) {
    std::uint32_t queue = 0;
    std::uint16_t part = 0;
    switch (parsed.kind) {
        case RowKind::Meta:
        case RowKind::Position:
        case RowKind::NewestKeys:
            return true;
        case RowKind::Queue:
        case RowKind::Controls:
            if (!reader.read_be(queue)) return false;
            parsed.number = queue;
            return true;
        case RowKind::Scheduler:
        case RowKind::Deduplication:
            if (!reader.read_be(queue)) return false;
            parsed.number = queue;
            return reader.read_bytes(reader.rest().size(), parsed.name) && !parsed.name.empty();
        case RowKind::Job:
        case RowKind::Outcome:
        case RowKind::Progress:
        case RowKind::Checkpoint:
        case RowKind::Condemned:
            return reader.read_be(parsed.number);
        case RowKind::Child:
            return reader.read_be(parsed.number) && reader.read_be(parsed.part);
        case RowKind::Turn:
        case RowKind::Attempt:
        case RowKind::Log:
            if (!reader.read_be(parsed.number) || !reader.read_be(part)) return false;
            parsed.part = part;
            return true;
        case RowKind::Answers: {
            constexpr std::size_t kTailBytes = 1 + sizeof parsed.number;
            const std::string_view rest = reader.rest();
            if (rest.size() < kTailBytes || rest[rest.size() - kTailBytes] != '\0') return false;
            std::string_view zero;
            return reader.read_bytes(rest.size() - kTailBytes, parsed.client_id) &&
                   reader.read_bytes(1, zero) && reader.read_be(parsed.number);
        }
    }
    return false;
}

std::string hexadecimal(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        if (!text.empty()) text += ' ';
        text += kDigits[static_cast<unsigned char>(c) >> 4];
        text += kDigits[c & 0xf];
    }
    return text;
}

}  // namespace

Key::Key(ShardId shard, RowKind kind) {
    be16(raw(shard));
    bytes_[size_++] = static_cast<char>(kind);
}

Key& Key::be64(std::uint64_t field) {
    SWARMQ_CHECK(size_ + sizeof field <= bytes_.size());
    store_be(field, bytes_.data() + size_);
    size_ += sizeof field;
    return *this;
}

Key& Key::be32(std::uint32_t field) {
    SWARMQ_CHECK(size_ + sizeof field <= bytes_.size());
    store_be(field, bytes_.data() + size_);
    size_ += sizeof field;
    return *this;
}

Key& Key::be16(std::uint16_t field) {
    SWARMQ_CHECK(size_ + sizeof field <= bytes_.size());
    store_be(field, bytes_.data() + size_);
    size_ += sizeof field;
    return *this;
}

Key meta_key(ShardId shard) {
    return Key{shard, RowKind::Meta};
}
Key position_key(ShardId shard) {
    return Key{shard, RowKind::Position};
}

Key newest_keys_key(ShardId shard) {
    return Key{shard, RowKind::NewestKeys};
}
Key queue_key(ShardId shard, QueueId queue) {
    return Key{shard, RowKind::Queue}.be32(raw(queue));
}
Key controls_key(ShardId shard, QueueId queue) {
    return Key{shard, RowKind::Controls}.be32(raw(queue));
}
std::string scheduler_key(ShardId shard, QueueId queue, std::string_view name) {
    std::string key = Key{shard, RowKind::Scheduler}.be32(raw(queue)).str();
    key += name;
    return key;
}
std::string dedup_key(ShardId shard, QueueId queue, std::string_view name) {
    std::string key = Key{shard, RowKind::Deduplication}.be32(raw(queue)).str();
    key += name;
    return key;
}
Key job_key(ShardId shard, JobSeq seq) {
    return Key{shard, RowKind::Job}.be64(raw(seq));
}
Key outcome_key(ShardId shard, JobSeq seq) {
    return Key{shard, RowKind::Outcome}.be64(raw(seq));
}
Key progress_key(ShardId shard, JobSeq seq) {
    return Key{shard, RowKind::Progress}.be64(raw(seq));
}

Key turn_key(ShardId shard, TurnNumber turn, std::uint16_t part) {
    return Key{shard, RowKind::Turn}.be64(raw(turn)).be16(part);
}

Key attempt_key(ShardId shard, JobSeq seq, std::uint32_t index) {
    return Key{shard, RowKind::Attempt}.be64(raw(seq)).be16(
        static_cast<std::uint16_t>(index % kAttemptRowsMax));
}

Key log_key(ShardId shard, JobSeq seq, std::uint32_t number) {
    return Key{shard, RowKind::Log}.be64(raw(seq)).be16(
        static_cast<std::uint16_t>(number % kLogRowsMax));
}

Key checkpoint_key(ShardId shard, JobSeq seq) {
    return Key{shard, RowKind::Checkpoint}.be64(raw(seq));
}

Key condemned_key(ShardId shard, JobSeq seq) {
    return Key{shard, RowKind::Condemned}.be64(raw(seq));
}

Key child_key(ShardId shard, JobSeq parent, std::uint32_t index) {
    return Key{shard, RowKind::Child}.be64(raw(parent)).be32(index);
}

std::string answers_key(ShardId shard, std::string_view client_id, std::uint64_t first_number) {
    std::string key = Key{shard, RowKind::Answers}.str();
    key += client_id;
    key += '\0';
    append_be(first_number, key);
    return key;
}

KeyRange rows_of_shard(ShardId shard) {
    return {Key{shard, RowKind{0}}, Key{shard, RowKind{0xff}}};
}

KeyRange rows_of_kind(ShardId shard, RowKind kind) {
    return {Key{shard, kind}, Key{shard, after(kind)}};
}

KeyRange rows_to_recover(ShardId shard) {
    return {Key{shard, RowKind::Queue}, Key{shard, after(RowKind::Answers)}};
}

KeyRange parts_of_turn(ShardId shard, TurnNumber turn) {
    return {turn_key(shard, turn, 0), turn_key(shard, TurnNumber{raw(turn) + 1}, 0)};
}

KeyRange attempts_of_job(ShardId shard, JobSeq seq) {
    return {attempt_key(shard, seq, 0), attempt_key(shard, JobSeq{raw(seq) + 1}, 0)};
}

KeyRange log_of_job(ShardId shard, JobSeq seq) {
    return {log_key(shard, seq, 0), log_key(shard, JobSeq{raw(seq) + 1}, 0)};
}

KeyRange children_of_job(ShardId shard, JobSeq parent) {
    return {child_key(shard, parent, 0), child_key(shard, JobSeq{raw(parent) + 1}, 0)};
}

std::optional<ParsedKey> parse_key(std::string_view key) {
    ByteReader reader{key};
    std::uint16_t shard = 0;
    std::uint8_t kind = 0;
    if (!reader.read_be(shard) || !reader.read_be(kind)) return std::nullopt;
    ParsedKey parsed;
    parsed.shard = ShardId{shard};
    for (const RowKind known : kKinds)
        if (raw(known) == kind) parsed.kind = known;
    if (parsed.kind == RowKind{} || !read_fields(reader, parsed) || !reader.at_end())
        return std::nullopt;
    return parsed;
}

std::string describe_key(std::string_view key) {
    const auto parsed = parse_key(key);
    if (!parsed) return "key " + hexadecimal(key);
    const auto job = [&] { return format_job_id(parsed->shard, JobSeq{parsed->number}); };
    switch (parsed->kind) {
        case RowKind::Meta:
            return "the meta row";
        case RowKind::Position:
            return "the position row";
        case RowKind::NewestKeys:
            return "the row of the newest keys";
        case RowKind::Queue:
            return "queue " + std::to_string(parsed->number);
        case RowKind::Controls:
            return "controls of queue " + std::to_string(parsed->number);
        case RowKind::Scheduler:
            return "scheduler " + std::string{parsed->name} + " of queue " +
                   std::to_string(parsed->number);
        case RowKind::Deduplication:
            return "deduplication key " + std::string{parsed->name} + " of queue " +
                   std::to_string(parsed->number);
        case RowKind::Job:
            return "job " + job();
        case RowKind::Turn:
            return "turn " + std::to_string(parsed->number) + " part " +
                   std::to_string(parsed->part);
        case RowKind::Answers:
            return "answers of client " + std::string{parsed->client_id} + " from " +
                   std::to_string(parsed->number);
        case RowKind::Outcome:
            return "outcome of job " + job();
        case RowKind::Progress:
            return "progress of job " + job();
        case RowKind::Attempt:
            return "attempt " + std::to_string(parsed->part) + " of job " + job();
        case RowKind::Log:
            return "log line " + std::to_string(parsed->part) + " of job " + job();
        case RowKind::Checkpoint:
            return "checkpoint of job " + job();
        case RowKind::Condemned:
            return "the children to be removed of job " + job();
        case RowKind::Child:
            return "child " + std::to_string(parsed->part) + " of job " + job();
    }
    return "key " + hexadecimal(key);
}

}  // namespace swarmq::storage
