// Puts jobs into words and rows into digests.
#include "crash/sight.h"

#include "keys.h"

#include <functional>
#include <sstream>
#include <stdexcept>

namespace swarmq::test {
namespace {

constexpr std::size_t kDifferencesMax = 4;

std::string in_words(const engine::JobView& job) {
    std::ostringstream text;
    text << "seq " << raw(job.seq) << " state " << int{raw(job.state)} << " priority "
         << int{job.priority} << " rows " << int{job.rows} << " due " << job.due_ms << " attempts "
         << job.attempts_made << " stalls " << job.stalls << " failure "
         << int{raw(job.failure_kind)} << " started " << job.started_ms << " finished "
         << job.finished_ms << " worker " << job.worker;
    return text.str();
}

std::string in_words(const engine::QueueView& queue) {
    std::ostringstream text;
    text << "paused " << queue.controls.hold.is_paused << " added " << queue.record.added_total
         << " completed " << queue.record.completed_total << " failed " << queue.record.failed_total
         << " retried " << queue.record.retried_total << " stalled " << queue.record.stalled_total
         << " now";
    for (const auto count : queue.by_state) text << ' ' << count;
    return text.str();
}

std::string in_words(const engine::SchedulerView& scheduler) {
    const SchedulerRecord& record = scheduler.record;
    std::ostringstream text;
    text << "every " << record.repeat->every_ms << " cron " << record.repeat->cron << " limit "
         << record.repeat->limit << " due " << record.due_ms << " added " << record.added
         << " skipped " << record.skipped << " last " << record.last_tick_ms << " job "
         << raw(record.last_job) << ' ' << record.job->job_class.name << ' '
         << std::hash<std::string>{}(*record.job->payload);
    return text.str();
}

engine::Page list(const engine::Engine& engine, const std::string& queue, JobState state) {
    auto page = engine.list_jobs({queue, state, 1'000, ""});
    if (!page || !page->next_cursor.empty())
        throw std::runtime_error("a listing of " + queue + " was refused, or is too long");
    return std::move(page).value();
}

std::string shown(const std::string& value) {
    return value;
}

std::string shown(std::size_t digest) {
    return "a value with digest " + std::to_string(digest);
}

std::string readable(const std::string& name) {
    std::string text;
    for (const char c : name)
        text += c >= ' ' && c <= '~' ? std::string(1, c) : "\\" + std::to_string(c & 0xff);
    return text;
}

}  // namespace

std::map<std::string, std::string> look_at_jobs(const engine::Engine& engine) {
    std::map<std::string, std::string> lines;
    for (const auto& queue : engine.queue_views()) {
        const std::string& name = queue.record.name;
        lines["queue " + name] = in_words(queue);
        std::string& order = lines["order of " + name];
        for (const auto& job : list(engine, name, JobState::Waiting).jobs)
            order += engine.job_id(job.seq, job.chosen_id) + ' ';
        for (const auto& job : list(engine, name, JobState::None).jobs)
            lines["job " + name + ' ' + engine.job_id(job.seq, job.chosen_id)] = in_words(job);
    }
    const auto schedulers = engine.list_schedulers({"", 1'000, ""});
    if (!schedulers) throw std::runtime_error("a listing of schedulers was refused");
    for (const auto& scheduler : schedulers->schedulers)
        lines["scheduler " + engine::scheduler_cursor(scheduler)] = in_words(scheduler);
    return lines;
}

std::map<std::string, std::size_t> look_at_rows(const storage::Store& store) {
    static const std::string kAfterAll(32, '\xff');
    const std::string meta = storage::meta_key(ShardId{}).str();
    const std::string position = storage::position_key(ShardId{}).str();
    const std::string newest_keys = storage::newest_keys_key(ShardId{}).str();
    std::map<std::string, std::size_t> rows;
    for (const auto table : {storage::Table::Main, storage::Table::Large}) {
        const auto scanned =
            store.scan(table, "", kAfterAll, [&](std::string_view key, std::string_view value) {
                if (key != meta && key != position && key != newest_keys)
                    rows[(table == storage::Table::Main ? "main " : "large ") + std::string(key)] =
                        std::hash<std::string_view>{}(value);
                return true;
            });
        if (!scanned) throw std::runtime_error(scanned.error().detail);
    }
    return rows;
}

template <class Value>
std::vector<std::string> differences(const std::map<std::string, Value>& wanted,
                                     const std::map<std::string, Value>& found) {
    std::vector<std::string> told;
    for (const auto& [name, value] : wanted) {
        const auto at = found.find(name);
        if (at == found.end())
            told.push_back(readable(name) + " is gone; it was: " + shown(value));
        else if (at->second != value)
            told.push_back(readable(name) + " is: " + shown(at->second) +
                           "; it was: " + shown(value));
    }
    for (const auto& [name, value] : found)
        if (wanted.count(name) == 0)
            told.push_back(readable(name) + " is there and was not: " + shown(value));
    if (told.size() > kDifferencesMax) {
        told.resize(kDifferencesMax);
        told.push_back("and more");
    }
    return told;
}

template std::vector<std::string> differences(const std::map<std::string, std::string>&,
                                              const std::map<std::string, std::string>&);
template std::vector<std::string> differences(const std::map<std::string, std::size_t>&,
                                              const std::map<std::string, std::size_t>&);

}  // namespace swarmq::test
