// Finds the cells that count, and makes room for them.
#include "engine/history.h"

#include <algorithm>
#include <utility>

namespace swarmq::engine {
namespace {

// A cell's place is taken before the place in the past that its summary gets is needed again.
static_assert(kHistoryMinutesMax % kRecentMinutes == 0);

void count_in(Happenings& happened, History::Event event) {
    switch (event) {
        case History::Event::Added:
            ++happened.added;
            break;
        case History::Event::Completed:
            ++happened.completed;
            break;
        case History::Event::Failed:
            ++happened.failed;
            break;
        case History::Event::Retried:
            ++happened.retried;
            break;
    }
}

}  // namespace

void History::count(const Subject& subject, Event event, TimeMs now_ms) {
    const Found found = find(subject, now_ms);
    if (found.queue == nullptr) return;
    count_in(found.cell->happened, event);
    if (found.name == nullptr) return;
    count_in(found.name->total, event);
    count_in(found.name_cell->happened, event);
}

void History::note_time_in_queue(const Subject& subject, DurationMs ms, TimeMs now_ms) {
    const Found found = find(subject, now_ms);
    if (found.queue == nullptr) return;
    ++found.queue->in_queue_count;
    found.queue->in_queue_sum_ms += static_cast<std::uint64_t>(std::max<DurationMs>(0, ms));
    found.cell->times().time_in_queue.record(ms);
    if (found.name) found.name_cell->times().time_in_queue.record(ms);
}

void History::note_processing_time(const Subject& subject, DurationMs ms, TimeMs now_ms) {
    const Found found = find(subject, now_ms);
    if (found.queue == nullptr) return;
    ++found.queue->processed_count;
    found.queue->processed_sum_ms += static_cast<std::uint64_t>(std::max<DurationMs>(0, ms));
    found.cell->times().processing_time.record(ms);
    if (found.name) found.name_cell->times().processing_time.record(ms);
}

History::Found History::find(const Subject& subject, TimeMs now_ms) {
    const Minute now = minute_of(now_ms);
    Found found;
    found.queue = queues_.find(subject.queue);
    if (found.queue == nullptr && (found.queue = open(subject.queue, now_ms)) == nullptr) return found;
    QueueHistory& queue = *found.queue;
    MinuteCell& cell = queue.track.place_of(now);
    if (cell.minute() != now) {  // Else it was used in this minute: nothing else of it need be looked at.
        if (queue.last_minute != now) use(queue, now);
        if (cell.minute() != 0) keep_past(queue, cell);
    }
    found.cell = &cell.begin(now);
    found.name = names_.find(subject.name);
    if (found.name == nullptr) found.name = open_name(queue, subject, now);
    if (found.name == nullptr) return found;
    found.name->last_minute = now;
    found.name_cell = &found.name->track.place_of(now).begin(now);
    return found;
}

void History::keep_past(QueueHistory& queue, const MinuteCell& cell) {
    if (!queue.past) queue.past = std::make_unique<Past>();
    (*queue.past)[static_cast<std::size_t>(cell.minute()) % kHistoryMinutesMax] = cell.activity();
}

History::QueueHistory* History::open(HistoryRef& ref, TimeMs now_ms) {
    const Minute now = minute_of(now_ms);
    if (refused_ == now) return nullptr;
    if (!make_room(kQueueBytes, nullptr, now)) {
        refused_ = now;
        return nullptr;
    }
    ref = queues_.add();
    QueueHistory& made = *queues_.find(ref);
    made.self = ref;
    made.since_ms = now_ms;
    return &made;
}

History::NameHistory* History::open_name(QueueHistory& queue, const Subject& subject, Minute now) {
    if (const auto known = queue.names.find(subject.name_text); known != queue.names.end()) {
        subject.name = known->second;
        return names_.find(known->second);
    }
    if (queue.names.size() >= kHistoryNamesMax) drop_idle_names(queue, now);
    const bool has_place = queue.names.size() < kHistoryNamesMax;
    if (!has_place && queue.others.generation != 0) {
        subject.name = queue.others;
        return names_.find(queue.others);
    }
    if (refused_ == now) return nullptr;
    if (!make_room(kNameBytes, &queue, now)) {
        refused_ = now;
        return nullptr;
    }
    subject.name = names_.add();
    if (has_place)
        queue.names.emplace(subject.name_text, subject.name);
    else
        queue.others = subject.name;
    return names_.find(subject.name);
}

// Not more than once a minute: names may come and go with every job.
void History::drop_idle_names(QueueHistory& queue, Minute now) {
    if (std::exchange(queue.looked_for_room, now) == now) return;
    std::erase_if(queue.names, [&](const auto& entry) {
        const NameHistory* const name = names_.find(entry.second);
        if (name->last_minute + static_cast<Minute>(kHistoryMinutesMax) >= now) return false;
        names_.remove(entry.second);
        return true;
    });
}

bool History::make_room(std::size_t wanted, const QueueHistory* keep, Minute now) {
    while (bytes() + wanted > bytes_max_) {
        const QueueHistory* const victim = queues_.find(oldest_);
        if (victim == nullptr || victim == keep) return false;
        if (victim->last_minute + static_cast<Minute>(kRecentMinutes) > now) return false;
        forget(oldest_);
    }
    return true;
}

void History::forget(HistoryRef ref) {
    QueueHistory* const gone = queues_.find(ref);
    if (gone == nullptr) return;
    unlink(*gone);
    for (const auto& [name, its] : gone->names) names_.remove(its);
    names_.remove(gone->others);
    queues_.remove(ref);
}

// To the end of the queues in order of their last use.
void History::use(QueueHistory& queue, Minute now) {
    if (queue.last_minute != 0) unlink(queue);
    queue.last_minute = now;
    queue.before = newest_;
    queue.after = {};
    if (QueueHistory* const last = queues_.find(newest_))
        last->after = queue.self;
    else
        oldest_ = queue.self;
    newest_ = queue.self;
}

void History::unlink(QueueHistory& queue) {
    QueueHistory* const before = queues_.find(queue.before);
    QueueHistory* const after = queues_.find(queue.after);
    (before ? before->after : oldest_) = queue.after;
    (after ? after->before : newest_) = queue.before;
}

std::size_t History::bytes() const {
    return queues_.size() * kQueueBytes + names_.size() * kNameBytes;
}

QueueActivity History::activity(HistoryRef ref, const ActivityQuery& query, TimeMs now_ms) const {
    QueueActivity activity;
    const QueueHistory* const queue = queues_.find(ref);
    if (queue == nullptr) return activity;
    activity.since_ms = queue->since_ms;
    activity.recent = queue->track.recent(now_ms, queue->since_ms, query.with_times);
    if (query.by_name) activity.by_name = by_name(*queue, query, now_ms);
    activity.history = past_of(*queue, query.history_minutes, now_ms);
    return activity;
}

std::vector<NameActivity> History::by_name(const QueueHistory& queue, const ActivityQuery& query,
                                           TimeMs now_ms) const {
    std::vector<NameActivity> all;
    const auto add = [&](const std::string& text, HistoryRef ref) {
        const NameHistory* const name = names_.find(ref);
        if (name == nullptr) return;
        all.push_back({text, name->track.recent(now_ms, queue.since_ms, query.with_times),
                       name->total, 0});
    };
    for (const auto& [text, ref] : queue.names) add(text, ref);
    add("", queue.others);
    return all;
}

std::vector<MinuteActivity> History::past_of(const QueueHistory& queue, std::size_t minutes,
                                             TimeMs now_ms) {
    std::vector<MinuteActivity> past;
    if (minutes == 0) return past;
    const TimeMs first_ms = begin_of(minute_of(now_ms) - static_cast<Minute>(minutes) + 1);
    if (queue.past)
        for (const MinuteActivity& minute : *queue.past)
            if (minute.begin_ms >= first_ms) past.push_back(minute);
    for (const MinuteCell& cell : queue.track.cells())
        if (cell.minute() != 0 && begin_of(cell.minute()) >= first_ms) past.push_back(cell.activity());
    std::sort(past.begin(), past.end(), [](const MinuteActivity& a, const MinuteActivity& b) {
        return a.begin_ms < b.begin_ms;
    });
    return past;
}

QueueTimes History::times(HistoryRef ref, TimeMs now_ms) const {
    QueueTimes times;
    const QueueHistory* const queue = queues_.find(ref);
    if (queue == nullptr) return times;
    const RecentActivity recent = queue->track.recent(now_ms, queue->since_ms, true);
    times.time_in_queue = recent.time_in_queue;
    times.time_in_queue.count = queue->in_queue_count;
    times.processing_time = recent.processing_time;
    times.processing_time.count = queue->processed_count;
    times.time_in_queue_sum_ms = queue->in_queue_sum_ms;
    times.processing_sum_ms = queue->processed_sum_ms;
    return times;
}

}  // namespace swarmq::engine
