// Between one plain value and the bytes of its row. Knows the stored protobuf, so only the .cpp
// files of this folder include it.
#pragma once

#include "model/changes.h"
#include "swarmq/stored/v1/records.pb.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace swarmq::storage {

namespace stored = ::swarmq::stored::v1;

std::string encode_job_class(const JobClass& job_class);
std::optional<JobClass> decode_job_class(std::string_view bytes);

// Gives equal bytes the same object, so that a class is parsed once.
class ClassInterner {
  public:
    // Null when the bytes are no class.
    std::shared_ptr<const JobClass> intern(std::string_view bytes);

  private:
    std::unordered_map<std::string, std::shared_ptr<const JobClass>> classes_;
    std::string newest_bytes_;
    std::shared_ptr<const JobClass> newest_;
};

// The bytes of classes, encoded once for each object.
class ClassEncoder {
  public:
    // Valid until the next call.
    const std::string& encode(const std::shared_ptr<const JobClass>& job_class);

  private:
    // The object is held, so that no other class can take its address.
    struct Known {
        std::shared_ptr<const JobClass> object;
        std::string bytes;
    };
    std::unordered_map<const JobClass*, Known> known_;
};

// A job row is `varint header length | header | payload`.
struct JobRow {
    std::string_view header;
    std::string_view payload;  // Empty when the header says that it is large.
};
std::optional<JobRow> split_job_row(std::string_view row);

// All but the class, which the caller has encoded already.
void fill_header(const JobRecord& job, stored::StoredJobHeader& header);
// All but class and payload. Nothing when a field is out of range.
std::optional<JobRecord> job_from(JobSeq seq, const stored::StoredJobHeader& header);

void fill_status(const JobStatus& status, std::uint32_t session, stored::StoredStatus& row);
// All but the session.
std::optional<JobStatus> status_from(const stored::StoredStatus& row);

void fill_keep(const Keep& keep, stored::StoredKeep& row);
Keep keep_from(const stored::StoredKeep& row);

void fill_settings(const QueueSettings& settings, stored::StoredQueueSettings& row);
std::shared_ptr<const QueueSettings> settings_from(const stored::StoredQueueSettings& row);

void fill_queue(const QueueRecord& queue, stored::StoredQueue& row);
QueueRecord queue_from(const stored::StoredQueue& row);

void fill_controls(const QueueControls& controls, stored::StoredQueueControls& row);
QueueControls controls_from(QueueId queue, const stored::StoredQueueControls& row);

void fill_scheduler(const SchedulerRecord& scheduler, stored::StoredScheduler& row);
// Nothing when a field is out of range.
std::optional<SchedulerRecord> scheduler_from(SchedulerName name,
                                              const stored::StoredScheduler& row);

void fill_dedup_key(const DedupRecord& record, stored::StoredDeduplicationKey& row);
// Nothing when a field is out of range.
std::optional<DedupRecord> dedup_key_from(DedupName name,
                                          const stored::StoredDeduplicationKey& row);

void fill_answers(const AnswersRecord& answers, stored::StoredAnswers& row);
std::optional<AnswersRecord> answers_from(std::string_view client_id,
                                          const stored::StoredAnswers& row);

void fill_attempt(const AttemptRecord& attempt, stored::StoredAttempt& row);
std::optional<AttemptRecord> attempt_from(JobSeq seq, const stored::StoredAttempt& row);

void fill_log_line(const LogRecord& line, stored::StoredLogLine& row);
LogRecord log_line_from(JobSeq seq, const stored::StoredLogLine& row);

// Without a large result, which lies in the other table.
void fill_child(const ChildRecord& child, stored::StoredChild& row);
// Nothing when a field is out of range.
std::optional<ChildRecord> child_from(JobSeq parent, std::uint32_t index, const stored::StoredChild& row);
void fill_outcome(const OutcomeRecord& outcome, stored::StoredOutcome& row);
OutcomeRecord outcome_from(JobSeq seq, const stored::StoredOutcome& row);

template <class Enum>
bool to_enum(std::uint32_t number, Enum last, Enum& value) {
    if (number > static_cast<std::uint32_t>(last)) return false;
    value = static_cast<Enum>(number);
    return true;
}

inline bool is_large(const std::shared_ptr<const std::string>& bytes) {
    return bytes && bytes->size() > kLargeValueBytes;
}

// For a reader that cannot understand a row.
Error unreadable(std::string_view key);

inline bool parse(google::protobuf::MessageLite& message, std::string_view bytes) {
    return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace swarmq::storage
