// Job classes as bytes and back, each encoded and parsed once.
#include "records_values.h"

namespace swarmq::storage {
namespace {


}  // namespace

void fill_keep(const Keep& keep, stored::StoredKeep& row) {
    if (keep.count) row.set_count(*keep.count);
    if (keep.age_ms) row.set_age_ms(static_cast<std::uint64_t>(*keep.age_ms));
}

Keep keep_from(const stored::StoredKeep& row) {
    Keep keep;
    if (row.has_count()) keep.count = row.count();
    if (row.has_age_ms()) keep.age_ms = static_cast<DurationMs>(row.age_ms());
    return keep;
}

std::string encode_job_class(const JobClass& job_class) {
    stored::StoredJobClass row;
    row.set_queue_id(raw(job_class.queue));
    row.set_name(job_class.name);
    row.set_key(job_class.key);
    row.set_attempts_max(job_class.attempts_max);
    row.set_backoff_type(static_cast<std::uint32_t>(job_class.backoff.type));
    row.set_backoff_delay_ms(static_cast<std::uint64_t>(job_class.backoff.delay_ms));
    row.set_backoff_max_delay_ms(static_cast<std::uint64_t>(job_class.backoff.max_delay_ms));
    row.set_backoff_jitter(job_class.backoff.jitter);
    row.set_timeout_ms(static_cast<std::uint64_t>(job_class.timeout_ms));
    row.set_ttl_ms(static_cast<std::uint64_t>(job_class.ttl_ms));
    row.set_max_stalled(job_class.max_stalled);
    fill_keep(job_class.keep_completed, *row.mutable_keep_completed());
    fill_keep(job_class.keep_failed, *row.mutable_keep_failed());
    row.set_on_failure_queue(job_class.on_failure_queue);
    row.set_on_failure_name(job_class.on_failure_name);
    return row.SerializeAsString();
}

std::optional<JobClass> decode_job_class(std::string_view bytes) {
    stored::StoredJobClass row;
    JobClass job_class;
    if (!parse(row, bytes) ||
        row.backoff_type() > static_cast<std::uint32_t>(BackoffType::Exponential))
        return std::nullopt;
    job_class.backoff.type = static_cast<BackoffType>(row.backoff_type());
    job_class.queue = QueueId{row.queue_id()};
    job_class.name = row.name();
    job_class.key = row.key();
    job_class.attempts_max = row.attempts_max();
    job_class.backoff.delay_ms = static_cast<DurationMs>(row.backoff_delay_ms());
    job_class.backoff.max_delay_ms = static_cast<DurationMs>(row.backoff_max_delay_ms());
    job_class.backoff.jitter = row.backoff_jitter();
    job_class.timeout_ms = static_cast<DurationMs>(row.timeout_ms());
    job_class.ttl_ms = static_cast<DurationMs>(row.ttl_ms());
    job_class.max_stalled = row.max_stalled();
    job_class.keep_completed = keep_from(row.keep_completed());
    job_class.keep_failed = keep_from(row.keep_failed());
    job_class.on_failure_queue = row.on_failure_queue();
    job_class.on_failure_name = row.on_failure_name();
    return job_class;
}

std::shared_ptr<const JobClass> ClassInterner::intern(std::string_view bytes) {
    if (newest_ && bytes == newest_bytes_) return newest_;
    const auto [at, is_new] = classes_.try_emplace(std::string{bytes});
    if (is_new) {
        auto job_class = decode_job_class(bytes);
        if (!job_class) {
            classes_.erase(at);
            return nullptr;
        }
        at->second = std::make_shared<const JobClass>(*std::move(job_class));
    }
    newest_bytes_ = at->first;
    newest_ = at->second;
    return newest_;
}

const std::string& ClassEncoder::encode(const std::shared_ptr<const JobClass>& job_class) {
    constexpr std::size_t kKnownMax = 4096;
    if (known_.size() >= kKnownMax) known_.clear();
    const auto [at, is_new] = known_.try_emplace(job_class.get());
    if (is_new) at->second = {job_class, encode_job_class(*job_class)};
    return at->second.bytes;
}

}  // namespace swarmq::storage
