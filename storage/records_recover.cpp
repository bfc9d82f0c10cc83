// Rebuilds the plain values of a shard from its rows, in one forward scan.
#include "keys.h"
#include "records.h"
#include "records_turns.h"
#include "records_values.h"

namespace swarmq::storage {
namespace {

constexpr std::uint64_t kRowsPerProgress = 100'000;

class Recovery {
  public:
    explicit Recovery(RecoverySink& sink) : sink_(sink) {}

    // False when the row cannot be understood.
    bool read(const ParsedKey& key, std::string_view value) {
        switch (key.kind) {
            case RowKind::Queue:
                return read_queue(key, value);
            case RowKind::Job:
                return read_job(JobSeq{key.number}, value);
            case RowKind::Turn:
                return turns_.decode(value, [&](JobStatus&& status) {
                    sink_.recover_status(TurnNumber{key.number}, std::move(status));
                });
            case RowKind::Answers:
                return read_answers(key, value);
            default:
                return false;
        }
    }

  private:
    bool read_queue(const ParsedKey& key, std::string_view value) {
        if (!parse(queue_, value) || queue_.id() != key.number) return false;
        sink_.recover_queue(queue_from(queue_));
        return true;
    }

    bool read_job(JobSeq seq, std::string_view value) {
        const auto row = split_job_row(value);
        if (!row || !parse(header_, row->header)) return false;
        auto job = job_from(seq, header_);
        if (!job || !(job->job_class = classes_.intern(header_.job_class()))) return false;
        sink_.recover_job(*std::move(job));
        return true;
    }

    bool read_answers(const ParsedKey& key, std::string_view value) {
        if (!parse(answers_, value)) return false;
        auto answers = answers_from(key.client_id, answers_);
        if (!answers) return false;
        sink_.recover_answers(*std::move(answers));
        return true;
    }

    RecoverySink& sink_;
    ClassInterner classes_;
    TurnDecoder turns_;
    stored::StoredQueue queue_;
    stored::StoredJobHeader header_;
    stored::StoredAnswers answers_;
};

}  // namespace

Result<> recover(const Store& store, ShardId shard, RecoverySink& sink,
                 const std::function<void(std::uint64_t rows)>& progress) {
    Recovery recovery{sink};
    std::uint64_t rows = 0;
    std::string unreadable;
    const KeyRange range = rows_to_recover(shard);
    auto scanned = store.scan(
        Table::Main, range.first, range.last, [&](std::string_view key, std::string_view value) {
            const auto parsed = parse_key(key);
            if (!parsed || !recovery.read(*parsed, value)) {
                unreadable = describe_key(key) + " (" + std::to_string(value.size()) + " bytes)";
                return false;
            }
            if (++rows % kRowsPerProgress == 0 && progress) progress(rows);
            return true;
        });
    if (!scanned.ok()) return scanned;
    if (!unreadable.empty())
        return Error{Code::Internal,
                     "the row of " + unreadable + " cannot be understood after " +
                         std::to_string(rows) +
                         " good rows: run `swarmqd verify` to see all such rows, `swarmqd repair` "
                         "to set them aside"};
    if (progress) progress(rows);
    return {};
}

}  // namespace swarmq::storage
