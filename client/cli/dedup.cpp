// `swarm queue dedup`: what a deduplication key stands for, and how to free it.
#include "exit_codes.h"
#include "job_json.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <memory>

namespace swarmq::cli {
namespace {

struct Dedup {
    std::string queue;
    std::string key;
    bool must_free = false;
    bool is_json = false;
};

void print_key(const DeduplicationKey& key) {
    fmt::print("{} stands for job {}, mode {}\n", key.key, key.job_id,
               show_dedup_mode({key.key, key.mode, key.window}));
    if (key.window.count() > 0) fmt::print("for {} more\n", show_duration(key.remaining));
    if (!key.successor_id.empty()) {
        fmt::print("job {} has the newest data and starts when that one has ended\n",
                   key.successor_id);
    }
}

void print_key_json(const DeduplicationKey& key) {
    boost::json::object object{{"key", key.key},
                               {"mode", show_dedup_mode({key.key, key.mode, {}})},
                               {"job_id", key.job_id},
                               {"window", key.window.count()},
                               {"remaining", key.remaining.count()},
                               {"successor_id", nullptr}};
    if (!key.successor_id.empty()) object["successor_id"] = key.successor_id;
    print_json(object);
}

int tell_unused(const Dedup& dedup) {
    fmt::print(stderr, "swarm queue dedup: the next add to queue {} with key {} makes a job\n",
               dedup.queue, dedup.key);
    return kExitNotFound;
}

}  // namespace

Run declare_dedup(Arguments& arguments) {
    auto dedup = std::make_shared<Dedup>();
    arguments.word("QUEUE", dedup->queue, "The queue");
    arguments.word("KEY", dedup->key, "The deduplication key");
    arguments.flag("--free", dedup->must_free, "Free the key; jobs stay as they are");
    arguments.flag("--json", dedup->is_json, "One JSON object, for programs");
    return [dedup](Session& session) {
        Queue queue = session.queue(dedup->queue);
        const auto key = queue.get_deduplication(dedup->key);
        if (!key) return tell_unused(*dedup);
        if (dedup->must_free && !queue.remove_deduplication(dedup->key)) return tell_unused(*dedup);
        if (dedup->is_json) {
            print_key_json(*key);
        } else if (dedup->must_free) {
            fmt::print("{} is free; it stood for job {}\n", key->key, key->job_id);
        } else {
            print_key(*key);
        }
        return kExitOk;
    };
}

}  // namespace swarmq::cli
