// Finds equal classes by hash.
#include "engine/class_table.h"

#include <functional>
#include <string>
#include <utility>

namespace swarmq::engine {
namespace {

void mix(std::size_t& hash, std::size_t value) {
    hash ^= value + 0x9e3779b97f4a7c15ULL + (hash << 6) + (hash >> 2);
}

std::size_t hash_of(const Keep& keep) {
    std::size_t hash = keep.count ? *keep.count + 1 : 0;
    mix(hash, keep.age_ms ? static_cast<std::size_t>(*keep.age_ms) + 1 : 0);
    return hash;
}

std::size_t hash_of(const JobClass& job_class) {
    std::size_t hash = raw(job_class.queue);
    mix(hash, std::hash<std::string>{}(job_class.name));
    mix(hash, std::hash<std::string>{}(job_class.key));
    mix(hash, job_class.attempts_max);
    mix(hash, static_cast<std::size_t>(job_class.backoff.type));
    mix(hash, static_cast<std::size_t>(job_class.backoff.delay_ms));
    mix(hash, static_cast<std::size_t>(job_class.backoff.max_delay_ms));
    mix(hash, std::hash<double>{}(job_class.backoff.jitter));
    mix(hash, static_cast<std::size_t>(job_class.timeout_ms));
    mix(hash, static_cast<std::size_t>(job_class.ttl_ms));
    mix(hash, job_class.max_stalled);
    mix(hash, hash_of(job_class.keep_completed));
    mix(hash, hash_of(job_class.keep_failed));
    mix(hash, std::hash<std::string>{}(job_class.on_failure_queue));
    mix(hash, std::hash<std::string>{}(job_class.on_failure_name));
    return hash;
}

}  // namespace

std::uint32_t ClassTable::find(const JobClass& wanted, std::size_t hash) const {
    const auto [begin, end] = by_hash_.equal_range(hash);
    for (auto it = begin; it != end; ++it)
        if (*entries_[it->second].job_class == wanted) return it->second;
    return kNone;
}

std::uint32_t ClassTable::insert(std::shared_ptr<const JobClass> made, std::uint32_t queue_index,
                                 std::size_t hash) {
    on_failure_.add(made->on_failure_queue);
    const KeyIndex key = made->key.empty() ? kNone : keys_.acquire(queue_index, made->key);
    const std::uint32_t index = entries_.add({std::move(made), 0, queue_index, hash, key});
    by_hash_.emplace(hash, index);
    return index;
}

std::uint32_t ClassTable::acquire(JobClass&& wanted, std::uint32_t queue_index) {
    const std::size_t hash = hash_of(wanted);
    std::uint32_t index = find(wanted, hash);
    if (index == kNone)
        index = insert(std::make_shared<const JobClass>(std::move(wanted)), queue_index, hash);
    ++entries_[index].jobs;
    return index;
}

std::uint32_t ClassTable::acquire(std::shared_ptr<const JobClass> wanted,
                                  std::uint32_t queue_index) {
    const std::size_t hash = hash_of(*wanted);
    std::uint32_t index = find(*wanted, hash);
    if (index == kNone) index = insert(std::move(wanted), queue_index, hash);
    ++entries_[index].jobs;
    return index;
}

void ClassTable::release(std::uint32_t index) {
    Entry& entry = entries_[index];
    if (--entry.jobs > 0) return;
    const auto [begin, end] = by_hash_.equal_range(entry.hash);
    for (auto it = begin; it != end; ++it)
        if (it->second == index) {
            by_hash_.erase(it);
            break;
        }
    on_failure_.remove(entry.job_class->on_failure_queue);
    if (entry.key != kNone) keys_.release(entry.key);
    entries_.remove(index);
}

}  // namespace swarmq::engine
