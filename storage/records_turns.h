// Turn rows: the job statuses that one group commit made, in parts of bounded size.
#pragma once

#include "batch.h"
#include "model/changes.h"
#include "records_values.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace swarmq::storage {

// Puts and drops the rows of turns. Remembers those of this boot that have more than one part,
// because a range costs more to erase than a key.
class TurnEncoder {
  public:
    explicit TurnEncoder(ShardId shard) : shard_(shard) {}

    // Statuses of different jobs, by rising seq.
    void put(TurnNumber turn, const std::vector<const JobStatus*>& statuses, Batch& batch);
    void drop(TurnNumber turn, Batch& batch);

  private:
    void put_part(TurnNumber turn, std::uint16_t part, Batch& batch);
    std::uint32_t session_index(const SessionRecord* session);

    const ShardId shard_;
    std::optional<TurnNumber> first_turn_;                 // Of this boot.
    std::unordered_map<TurnNumber, std::uint16_t> parts_;  // Of turns with more than one.
    stored::StoredTurn row_;
    std::string value_;
    std::vector<const SessionRecord*> sessions_;  // Of row_.
};

// Takes a turn row apart. Equal sessions become one object.
class TurnDecoder {
  public:
    // False when the bytes are no turn row.
    bool decode(std::string_view value, const std::function<void(JobStatus&&)>& status);

  private:
    void read_sessions();

    stored::StoredTurn row_;
    std::vector<std::shared_ptr<const SessionRecord>> sessions_;
    std::unordered_map<std::string, std::shared_ptr<const SessionRecord>> known_;
};

}  // namespace swarmq::storage
