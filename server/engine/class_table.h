// Keeps one object for all jobs that share queue, name, key and options.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "engine/name_counts.h"
#include "engine/history_ref.h"
#include "engine/key_table.h"
#include "engine/slab.h"
#include "model/job.h"

namespace swarmq::engine {

class ClassTable {
  public:
    // Finds or makes the class and counts one more job in it.
    std::uint32_t acquire(JobClass&& wanted, std::uint32_t queue_index);
    std::uint32_t acquire(std::shared_ptr<const JobClass> wanted, std::uint32_t queue_index);
    // Counts one more job in that class if it is the wanted one; kNone, or one that is gone, is not.
    bool acquire_again(std::uint32_t index, const JobClass& wanted) {
        if (index == kNone) return false;
        Entry& entry = entries_[index];
        const bool is_wanted = entry.job_class && *entry.job_class == wanted;
        entry.jobs += is_wanted ? 1 : 0;
        return is_wanted;
    }
    void release(std::uint32_t index);

    const JobClass& operator[](std::uint32_t index) const { return *entries_[index].job_class; }
    const std::shared_ptr<const JobClass>& shared(std::uint32_t index) const {
        return entries_[index].job_class;
    }
    std::uint32_t queue(std::uint32_t index) const { return entries_[index].queue_index; }
    KeyIndex key(std::uint32_t index) const { return entries_[index].key; }
    // Where what happens to jobs of its name is counted.
    HistoryRef& history(std::uint32_t index) { return entries_[index].history; }
    KeyTable& keys() { return keys_; }
    const KeyTable& keys() const { return keys_; }
    std::size_t size() const { return entries_.size(); }
    // True while a stored job names the queue as its on_failure.
    bool is_on_failure_queue(const std::string& name) const { return on_failure_.has(name); }

  private:
    struct Entry {
        std::shared_ptr<const JobClass> job_class;
        std::uint64_t jobs = 0;
        std::uint32_t queue_index = kNone;
        std::size_t hash = 0;
        KeyIndex key = kNone;
        HistoryRef history = {};
    };

    std::uint32_t find(const JobClass& wanted, std::size_t hash) const;
    std::uint32_t insert(std::shared_ptr<const JobClass> made, std::uint32_t queue_index,
                         std::size_t hash);

    KeyTable keys_;
    Slab<Entry> entries_;
    std::unordered_multimap<std::size_t, std::uint32_t> by_hash_;
    NameCounts on_failure_;
};

}  // namespace swarmq::engine
