// Histograms and histories by themselves: how far percentiles are off, and how much memory they take.
#include "engine/history.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace swarmq;
using namespace swarmq::engine;

namespace {

constexpr TimeMs kStart = 1'700'000'000'000;

// The value that so many in a thousand are not above, from all of them.
DurationMs exact(std::vector<DurationMs> values, unsigned permille) {
    std::sort(values.begin(), values.end());
    const std::size_t rank = std::max<std::size_t>(1, (values.size() * permille + 999) / 1000);
    return values[rank - 1];
}

// Queues and names as their owners have them.
struct Subjects {
    std::vector<HistoryRef> queues;
    std::vector<std::vector<HistoryRef>> names;
    std::vector<std::string> texts;

    Subjects(std::size_t queue_count, std::size_t name_count)
        : queues(queue_count), names(queue_count, std::vector<HistoryRef>(name_count)) {
        for (std::size_t i = 0; i < name_count; ++i) texts.push_back("name-" + std::to_string(i));
    }
    History::Subject at(std::size_t queue, std::size_t name = 0) {
        return {queues[queue], names[queue][name], texts[name]};
    }
};

}  // namespace

TEST_CASE("every value lies in its bucket, and buckets do not overlap", "[engine][history][R8]") {
    for (std::size_t i = 1; i < LogHistogram::kBuckets; ++i)
        REQUIRE(LogHistogram::floor_of(i - 1) <= LogHistogram::floor_of(i));
    for (DurationMs ms = 0; ms < 100'000; ++ms) {
        const std::size_t bucket = LogHistogram::bucket(ms);
        REQUIRE(LogHistogram::floor_of(bucket) <= ms);
        if (bucket + 1 < LogHistogram::kBuckets) REQUIRE(ms < LogHistogram::floor_of(bucket + 1));
    }
    CHECK(LogHistogram::bucket(-5) == 0);
    CHECK(LogHistogram::bucket(INT64_MAX) == LogHistogram::kBuckets - 1);
}

TEST_CASE("percentiles are within five percent of the exact ones", "[engine][history][R8]") {
    const unsigned seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u);
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    LogHistogram histogram;
    std::vector<DurationMs> values;
    for (int i = 0; i < 20'000; ++i) {
        // From a millisecond to months, as evenly over the magnitudes as the seed says.
        const double size = std::uniform_real_distribution<double>(0, 5.0 * seed)(random);
        values.push_back(static_cast<DurationMs>(std::exp2(size)));
        histogram.record(values.back());
    }
    for (const unsigned permille : {1u, 10u, 250u, 500u, 900u, 990u, 999u, 1000u}) {
        const auto wanted = static_cast<double>(exact(values, permille));
        const auto found = static_cast<double>(histogram.percentile(permille));
        CAPTURE(permille, wanted, found);
        CHECK(std::abs(found - wanted) <= wanted * 0.05);
    }
}

TEST_CASE("small values are exact, and nothing recorded is zero", "[engine][history][R8]") {
    for (DurationMs ms = 0; ms <= 10; ++ms) {
        LogHistogram histogram;
        CHECK(histogram.percentile(500) == 0);
        histogram.record(ms);
        CHECK(histogram.percentile(500) == ms);
        CHECK(histogram.percentile(990) == ms);
    }
}

TEST_CASE("a hundred names of a queue are counted apart, the others together", "[engine][history][R8][R36]") {
    History history;
    Subjects subjects(1, 150);
    for (std::size_t name = 0; name < 150; ++name)
        for (std::size_t i = 0; i <= name; ++i)
            history.count(subjects.at(0, name), History::Event::Added, kStart);
    const auto told = history.activity(subjects.queues[0], {true, true, 0}, kStart);
    REQUIRE(told.by_name.size() == 101);
    CHECK(told.recent.happened.added == 150 * 151 / 2);
    CHECK(told.by_name.back().name.empty());
    CHECK(told.by_name.back().total.added == 150 * 151 / 2 - 100 * 101 / 2);
    for (const auto& entry : told.by_name)
        if (entry.name == "name-41") CHECK(entry.total.added == 42);

    // Names that were idle for longer than the history make room for new ones.
    const TimeMs later = kStart + static_cast<DurationMs>(kHistoryMinutesMax + 2) * kMinuteMs;
    HistoryRef fresh;
    const std::string text = "fresh";
    history.count({subjects.queues[0], fresh, text}, History::Event::Added, later);
    const auto after = history.activity(subjects.queues[0], {true, true, 0}, later);
    REQUIRE(after.by_name.size() == 2);
    CHECK(after.by_name.front().name == "fresh");
    // What they were told before is gone, and their references find nothing of others.
    history.count(subjects.at(0, 3), History::Event::Added, later);
    const auto again = history.activity(subjects.queues[0], {true, true, 0}, later);
    for (const auto& entry : again.by_name) CHECK((entry.name.empty() || entry.total.added == 1));
}

TEST_CASE("histories take no more memory than their bound, and idle queues go first",
          "[engine][history][R8][R36]") {
    constexpr std::size_t kBound = 2 * 1024 * 1024;
    History history(kBound);
    Subjects subjects(10'000, 1);
    for (std::size_t i = 0; i < 10'000; ++i) {
        history.count(subjects.at(i), History::Event::Added, kStart);
        REQUIRE(history.bytes() <= kBound);
    }
    const std::size_t counted = history.queues();
    CHECK(counted > 20);
    // All were busy a moment ago: none of them makes room.
    CHECK(history.activity(subjects.queues[0], {}, kStart).since_ms == kStart);
    CHECK(history.activity(subjects.queues[9'999], {}, kStart).since_ms == 0);

    const TimeMs later = kStart + 6 * kMinuteMs;
    history.count(subjects.at(1), History::Event::Added, later);
    for (std::size_t i = 5'000; i < 5'000 + counted / 2; ++i)
        history.count(subjects.at(i), History::Event::Completed, later);
    CHECK(history.bytes() <= kBound);
    CHECK(history.activity(subjects.queues[0], {}, later).since_ms == 0);
    CHECK(history.activity(subjects.queues[1], {}, later).since_ms == kStart);
    CHECK(history.activity(subjects.queues[5'000], {}, later).recent.happened.completed == 1);

    for (std::size_t i = 0; i < 10'000; ++i) history.forget(subjects.queues[i]);
    CHECK(history.bytes() == 0);
}

TEST_CASE("a minute's times end with it, also where its place is used again", "[engine][history][R8]") {
    History history;
    Subjects subjects(1, 1);
    for (int minute = 0; minute < 12; ++minute) {
        const TimeMs now = kStart + minute * kMinuteMs;
        history.count(subjects.at(0), History::Event::Added, now);
        if (minute % 2 == 0) history.note_time_in_queue(subjects.at(0), 100 + minute, now);
        const auto told = history.activity(subjects.queues[0], {true, true, 60}, now);
        const std::uint64_t timed = std::min(minute / 2 + 1, minute % 2 == 0 ? 3 : 2);
        CHECK(told.recent.time_in_queue.count == timed);
        CHECK(told.recent.processing_time.count == 0);
        REQUIRE(told.by_name.size() == 1);
        CHECK(told.by_name[0].recent.time_in_queue.count == timed);
        REQUIRE(told.history.size() == static_cast<std::size_t>(minute) + 1);
        for (int i = 0; i <= minute; ++i) {
            const auto& then = told.history[static_cast<std::size_t>(i)];
            CHECK(then.happened.added == 1);
            CHECK(then.time_in_queue.count == (i % 2 == 0 ? 1u : 0u));
            CHECK(then.time_in_queue.max_ms == (i % 2 == 0 ? 100 + i : 0));
        }
    }
}
