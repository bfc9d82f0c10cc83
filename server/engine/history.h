// What happened to the jobs of each queue and name, minute by minute, in a bounded memory (R8). Of this boot only.
//
// A queue's history is made by the first thing that happens to it: the last five minutes in full, and a summary
// of each minute before that. When all histories together would take more than the bound, those of queues that
// were idle longest go; while all are busy, further queues are not counted. A history takes memory as it is used (its
// first happening, the first time taken in each of five minutes, the first minute that is past) and keeps it until it is
// forgotten; for the bound it counts with all that it may come to take.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/activity_track.h"
#include "engine/history_ref.h"
#include "engine/limits.h"

namespace swarmq::engine {

class History {
  public:
    enum class Event { Added, Completed, Failed, Retried };

    // Whose job something happened to; the references are kept with the queue and with the job's class.
    struct Subject {
        HistoryRef& queue;
        HistoryRef& name;
        const std::string& name_text;
    };

    explicit History(std::size_t bytes_max = kHistoryBytesMax) : bytes_max_(bytes_max) {}

    void count(const Subject& subject, Event event, TimeMs now_ms);
    void note_time_in_queue(const Subject& subject, DurationMs ms, TimeMs now_ms);
    void note_processing_time(const Subject& subject, DurationMs ms, TimeMs now_ms);
    void forget(HistoryRef queue);

    // Without `oldest_waiting_ms`, which only the jobs know.
    QueueActivity activity(HistoryRef queue, const ActivityQuery& query, TimeMs now_ms) const;
    // Zeros for a queue without.
    QueueTimes times(HistoryRef queue, TimeMs now_ms) const;

    std::size_t bytes() const;
    std::size_t queues() const { return queues_.size(); }

  private:
    // By minute modulo their number; what the track still has is not here.
    using Past = std::array<MinuteActivity, kHistoryMinutesMax>;
    struct NameHistory {
        ActivityTrack track;
        Happenings total;
        Minute last_minute = 0;
    };
    struct QueueHistory {
        ActivityTrack track;
        std::unique_ptr<Past> past;  // Null: nothing is past yet.
        std::map<std::string, HistoryRef, std::less<>> names;
        HistoryRef others;  // Of the names that found no room.
        TimeMs since_ms = 0;
        Minute last_minute = 0;
        Minute looked_for_room = 0;
        std::uint64_t in_queue_count = 0;
        std::uint64_t in_queue_sum_ms = 0;
        std::uint64_t processed_count = 0;
        std::uint64_t processed_sum_ms = 0;
        HistoryRef self;
        HistoryRef before;  // Used before this one, and after it.
        HistoryRef after;
    };
    struct Found {
        QueueHistory* queue = nullptr;  // Null: not counted now.
        MinuteCell* cell = nullptr;
        NameHistory* name = nullptr;  // Null: not counted apart.
        MinuteCell* name_cell = nullptr;
    };

    static constexpr std::size_t kQueueBytes = sizeof(QueueHistory) + sizeof(Past) + ActivityTrack::kTimesBytesMax;
    // With about what a name in a map takes besides its history.
    static constexpr std::size_t kNameBytes = sizeof(NameHistory) + ActivityTrack::kTimesBytesMax + 256;

    static void keep_past(QueueHistory& queue, const MinuteCell& cell);
    Found find(const Subject& subject, TimeMs now_ms);
    QueueHistory* open(HistoryRef& ref, TimeMs now_ms);
    NameHistory* open_name(QueueHistory& queue, const Subject& subject, Minute now);
    void drop_idle_names(QueueHistory& queue, Minute now);
    bool make_room(std::size_t bytes, const QueueHistory* keep, Minute now);
    void use(QueueHistory& queue, Minute now);
    void unlink(QueueHistory& queue);
    std::vector<NameActivity> by_name(const QueueHistory& queue, const ActivityQuery& query,
                                      TimeMs now_ms) const;
    static std::vector<MinuteActivity> past_of(const QueueHistory& queue, std::size_t minutes,
                                               TimeMs now_ms);

    const std::size_t bytes_max_;
    RefPool<QueueHistory> queues_;
    RefPool<NameHistory> names_;
    HistoryRef oldest_;  // The queue that was idle longest, and the one used last.
    HistoryRef newest_;
    Minute refused_ = 0;  // The minute in which there was no room.
};

}  // namespace swarmq::engine
