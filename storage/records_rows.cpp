// Takes queue, controls, scheduler, deduplication, job, turn and answers rows apart.
#include "records_rows.h"

namespace swarmq::storage {

bool RowReader::read(const ParsedKey& key, std::string_view value, RecoverySink& sink) {
    switch (key.kind) {
        case RowKind::Queue:
            return read_queue(key, value, sink);
        case RowKind::Controls:
            return read_controls(key, value, sink);
        case RowKind::Scheduler:
            return read_scheduler(key, value, sink);
        case RowKind::Deduplication:
            return read_dedup_key(key, value, sink);
        case RowKind::Job:
            return read_job(JobSeq{key.number}, value, sink);
        case RowKind::Turn:
            return turns_.decode(value, [&](JobStatus&& status) {
                sink.recover_status(TurnNumber{key.number}, std::move(status));
            });
        case RowKind::Condemned:
            sink.recover_condemned(JobSeq{key.number});
            return true;
        case RowKind::Answers:
            return read_answers(key, value, sink);
        default:
            return false;
    }
}

bool RowReader::read_queue(const ParsedKey& key, std::string_view value, RecoverySink& sink) {
    if (!parse(queue_, value) || queue_.id() != key.number) return false;
    sink.recover_queue(queue_from(queue_));
    return true;
}

bool RowReader::read_controls(const ParsedKey& key, std::string_view value, RecoverySink& sink) {
    if (!parse(controls_, value)) return false;
    sink.recover_controls(controls_from(QueueId{static_cast<std::uint32_t>(key.number)}, controls_));
    return true;
}

bool RowReader::read_scheduler(const ParsedKey& key, std::string_view value, RecoverySink& sink) {
    if (!parse(scheduler_, value)) return false;
    const auto queue = QueueId{static_cast<std::uint32_t>(key.number)};
    auto scheduler = scheduler_from({queue, std::string{key.name}}, scheduler_);
    if (!scheduler) return false;
    sink.recover_scheduler(*std::move(scheduler));
    return true;
}

bool RowReader::read_dedup_key(const ParsedKey& key, std::string_view value, RecoverySink& sink) {
    if (!parse(dedup_key_, value)) return false;
    const auto queue = QueueId{static_cast<std::uint32_t>(key.number)};
    auto record = dedup_key_from({queue, std::string{key.name}}, dedup_key_);
    if (!record) return false;
    sink.recover_dedup_key(*std::move(record));
    return true;
}

bool RowReader::read_job(JobSeq seq, std::string_view value, RecoverySink& sink) {
    const auto row = split_job_row(value);
    if (!row || !parse(header_, row->header)) return false;
    auto job = job_from(seq, header_);
    if (!job || !(job->job_class = classes_.intern(header_.job_class()))) return false;
    job->content_bytes = value.size() + header_.large_payload_bytes();
    sink.recover_job(*std::move(job));
    return true;
}

bool RowReader::read_answers(const ParsedKey& key, std::string_view value, RecoverySink& sink) {
    if (!parse(answers_, value) || answers_.answers_size() == 0) return false;
    auto answers = answers_from(key.client_id, answers_);
    if (!answers) return false;
    sink.recover_answers(*std::move(answers));
    return true;
}

}  // namespace swarmq::storage
