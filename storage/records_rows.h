// Takes the rows apart that recovery reads. Recovery and verification share it.
#pragma once

#include "keys.h"
#include "records.h"
#include "records_turns.h"
#include "records_values.h"

namespace swarmq::storage {

class RowReader {
  public:
    // Hands what the row says to the sink. False when it cannot be understood; of a turn the sink
    // may have got some statuses by then.
    bool read(const ParsedKey& key, std::string_view value, RecoverySink& sink);

  private:
    bool read_queue(const ParsedKey& key, std::string_view value, RecoverySink& sink);
    bool read_controls(const ParsedKey& key, std::string_view value, RecoverySink& sink);
    bool read_scheduler(const ParsedKey& key, std::string_view value, RecoverySink& sink);
    bool read_dedup_key(const ParsedKey& key, std::string_view value, RecoverySink& sink);
    bool read_job(JobSeq seq, std::string_view value, RecoverySink& sink);
    bool read_answers(const ParsedKey& key, std::string_view value, RecoverySink& sink);

    ClassInterner classes_;
    TurnDecoder turns_;
    stored::StoredQueue queue_;
    stored::StoredQueueControls controls_;
    stored::StoredScheduler scheduler_;
    stored::StoredDeduplicationKey dedup_key_;
    stored::StoredJobHeader header_;
    stored::StoredAnswers answers_;
};

}  // namespace swarmq::storage
