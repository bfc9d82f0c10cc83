// Properties of the structures below the rules, against plain standard ones.
#include "engine/delayed_set.h"
#include "engine/ready_queue.h"
#include "engine/timeline.h"
#include "engine/turn_rows.h"

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <set>
#include <vector>

using namespace swarmq;
using namespace swarmq::engine;

TEST_CASE("the timeline gives entries by time and then by order of setting", "[engine][R4]") {
    std::mt19937_64 random(11);
    Timeline timeline;
    std::map<std::pair<TimeMs, std::uint64_t>, std::pair<TimerId, std::uint32_t>> wanted;
    std::uint64_t order = 0;
    TimeMs now = 0;
    for (int step = 0; step < 50'000; ++step) {
        const auto choice = random() % 10;
        if (choice < 5) {
            const TimeMs when = now + static_cast<TimeMs>(random() % 50);
            const auto owner = static_cast<std::uint32_t>(step + 1);
            const TimerId timer = timeline.set(when, TimerKind::JobExpiry, owner);
            wanted[{when, ++order}] = {timer, owner};
            CHECK(timeline.when(timer) == when);
        } else if (choice < 7 && !wanted.empty()) {
            auto at = wanted.begin();
            std::advance(at, static_cast<std::ptrdiff_t>(random() %
                                                         std::min<std::size_t>(wanted.size(), 40)));
            TimerId timer = at->second.first;
            timeline.cancel(timer);
            REQUIRE(timer == kNone);
            wanted.erase(at);
        } else {
            now += static_cast<TimeMs>(random() % 8);
            while (const auto entry = timeline.pop_due(now)) {
                REQUIRE_FALSE(wanted.empty());
                REQUIRE(wanted.begin()->first.first <= now);
                REQUIRE(entry->owner == wanted.begin()->second.second);
                wanted.erase(wanted.begin());
            }
            REQUIRE((wanted.empty() || wanted.begin()->first.first > now));
        }
        REQUIRE(timeline.size() == wanted.size());
        if (!wanted.empty()) REQUIRE(timeline.next() == wanted.begin()->first.first);
    }
}

TEST_CASE("the delayed set keeps its order however jobs come and go", "[engine][R4]") {
    enum class Come { Rising, Falling, FallingBehindOthers, AnyHow };
    const auto come = GENERATE(Come::Rising, Come::Falling, Come::FallingBehindOthers, Come::AnyHow);
    std::mt19937_64 random(13);
    DelayedSet delayed;
    std::set<DelayedKey> wanted;
    TimeMs last = 0;
    if (come == Come::FallingBehindOthers)
        for (TimeMs early = -1'000'000; early < -999'872; ++early) {
            delayed.insert({{early, 0}, 1});
            wanted.insert({{early, 0}, 1});
        }
    for (int step = 0; step < 30'000; ++step) {
        const bool grows = step / 6'000 % 2 == 0;
        if (random() % 10 < (grows ? 8U : 3U)) {
            if (come == Come::AnyHow)
                last = static_cast<TimeMs>(random() % 5'000);
            else
                last += (come == Come::Rising ? 1 : -1) * static_cast<TimeMs>(random() % 3);
            const DelayedKey key{{last, random() % 4}, static_cast<Slot>(random() % 3)};
            REQUIRE(delayed.insert(key) == wanted.insert(key).second);
        } else if (!wanted.empty()) {
            const auto at = std::next(
                wanted.begin(), random() % 2 == 0
                                    ? 0
                                    : static_cast<std::ptrdiff_t>(
                                          random() % std::min<std::size_t>(wanted.size(), 300)));
            const DelayedKey key = *at;
            wanted.erase(at);
            REQUIRE(delayed.erase(key));
            REQUIRE_FALSE(delayed.erase(key));
        }
        REQUIRE(delayed.size() == wanted.size());
        if (!wanted.empty()) REQUIRE(delayed.front() == *wanted.begin());
        const DelayedKey looked_for{{last, 2}, 1};
        const auto above = delayed.upper_bound(looked_for);
        const auto wanted_above = wanted.upper_bound(looked_for);
        REQUIRE((above == delayed.end()) == (wanted_above == wanted.end()));
        if (above != delayed.end()) REQUIRE(*above == *wanted_above);
        if (step % 1'000 == 0)
            REQUIRE(std::vector<DelayedKey>(wanted.begin(), wanted.end()) == [&] {
                std::vector<DelayedKey> all;
                for (const DelayedKey& key : delayed) all.push_back(key);
                return all;
            }());
    }
}

TEST_CASE("a lane gives jobs by rank however they come and go", "[engine][R3]") {
    std::mt19937_64 random(12);
    JobTable jobs;
    ReadyQueue ready;
    std::set<std::tuple<int, Rank, Slot>> wanted;
    std::uint64_t counter = 0;
    for (int step = 0; step < 20'000; ++step) {
        if (random() % 5 < 3) {
            const Slot slot = jobs.add(JobSeq{++counter});
            jobs[slot].priority = random() % 3;
            jobs[slot].rank_when_ms =
                random() % 10 == 0 ? kLifoWhenMs : static_cast<TimeMs>(counter - random() % 5);
            ready.insert(jobs, slot, kNone, 1, false);
            wanted.emplace(static_cast<int>(jobs[slot].priority), jobs.rank(slot), slot);
        } else if (!wanted.empty()) {
            auto at = wanted.begin();
            if (random() % 3 == 0)
                std::advance(at, static_cast<std::ptrdiff_t>(
                                     random() % std::min<std::size_t>(wanted.size(), 30)));
            const Slot slot = std::get<2>(*at);
            ready.remove(jobs, slot, kNone);
            wanted.erase(at);
            jobs.remove(slot);
        }
        const Slot front = ready.front(jobs);
        REQUIRE(front == (wanted.empty() ? kNone : std::get<2>(*wanted.begin())));
    }
    for (const auto& level : ready.levels()) {
        std::vector<Slot> all;
        level->collect(jobs, kNone, {}, kNone, level->size() + 1, all);
        REQUIRE(all.size() == level->size());
        for (std::size_t i = 0; i < all.size(); i += 7) {
            std::vector<Slot> rest;
            level->collect(jobs, kNone, jobs.rank(all[i]), kNone, all.size(), rest);
            REQUIRE(rest ==
                    std::vector<Slot>(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end()));
        }
    }
}

TEST_CASE("jobs are found by number and walked in order over boots", "[engine][R7]") {
    std::mt19937_64 random(13);
    JobTable jobs;
    std::map<JobSeq, Slot> wanted;
    for (std::uint32_t epoch = 1; epoch <= 3; ++epoch)
        for (std::uint64_t counter = 1; counter < 5'000; counter += 1 + random() % 9) {
            const JobSeq seq{with_epoch(Epoch{epoch}, counter)};
            wanted[seq] = jobs.add(seq);
        }
    for (auto it = wanted.begin(); it != wanted.end();)
        if (random() % 3 == 0) {
            jobs.remove(it->second);
            it = wanted.erase(it);
        } else {
            ++it;
        }
    for (const auto from :
         {JobSeq{}, JobSeq{with_epoch(Epoch{2}, 1'024)}, JobSeq{with_epoch(Epoch{3}, 4'000)}}) {
        auto expected = wanted.lower_bound(from);
        jobs.each_from(from, [&](Slot slot) {
            REQUIRE(expected != wanted.end());
            REQUIRE(slot == expected->second);
            ++expected;
            return true;
        });
        CHECK(expected == wanted.end());
    }
    CHECK(jobs.find(JobSeq{with_epoch(Epoch{9}, 1)}) == kNone);
    CHECK(jobs.size() == wanted.size());
}

TEST_CASE("a turn's row is dropped exactly when its last status is superseded", "[engine][R34]") {
    TurnRows rows;
    rows.begin(TurnNumber{1});
    rows.moved_here(JobSeq{1}, {});
    rows.moved_here(JobSeq{2}, {});
    CHECK(rows.live_in_current() == 2);
    rows.begin(TurnNumber{2});
    rows.moved_here(JobSeq{1}, TurnNumber{1});
    CHECK(rows.take_dropped().empty());
    rows.begin(TurnNumber{3});
    rows.gone(TurnNumber{1});
    CHECK(rows.take_dropped() == std::vector<TurnNumber>{TurnNumber{1}});
    CHECK(rows.oldest() == TurnNumber{2});
    CHECK(rows.live() == 1);
    rows.begin(TurnNumber{4});
    rows.moved_here(JobSeq{3}, {});
    rows.gone(TurnNumber{4});
    CHECK(rows.live_in_current() == 0);
    CHECK(rows.take_dropped().empty());
}
