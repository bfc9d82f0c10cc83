// Schedulers: their ticks, what happens when one overlaps or is missed, and what a restart leaves (R14).
#include "support/engine_harness.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::test;

namespace {

constexpr DurationMs kMinuteMs = 60'000;
constexpr DurationMs kHourMs = 60 * kMinuteMs;
// 2023-11-14 22:13:20 UTC.
constexpr TimeMs kStart = EngineHarness::kStart;
constexpr TimeMs kMidnight = kStart + kHourMs + 46 * kMinuteMs + 40'000;

// One zone, "Test/Zone": UTC until midnight, an hour ahead from then on.
class TestZones : public ZoneSource {
    struct TestZone : Zone {
        ZonePeriod at(std::int64_t utc_s) const override {
            const std::int64_t jump_s = kMidnight / 1'000;
            return utc_s < jump_s ? ZonePeriod{0, jump_s} : ZonePeriod{3'600, kForeverS};
        }
    };

  public:
    std::shared_ptr<const Zone> find(std::string_view name) const override {
        if (name != "Test/Zone") return nullptr;
        return std::make_shared<const TestZone>();
    }
};

const TestZones kZones;

UpsertScheduler every(DurationMs every_ms, OverlapRule overlap = OverlapRule::Allow) {
    UpsertScheduler command;
    command.queue = "reports";
    command.key = "nightly";
    command.repeat.every_ms = every_ms;
    command.repeat.overlap = overlap;
    command.job = job("report");
    return command;
}

UpsertScheduler by_cron(const std::string& cron, OverlapRule overlap = OverlapRule::Allow) {
    UpsertScheduler command = every(0, overlap);
    command.repeat.cron = cron;
    return command;
}

struct Schedules : EngineHarness {
    Schedules() : EngineHarness(kQueuesMax, &kZones) {}

    SchedulerOutcome upsert(UpsertScheduler command) {
        const auto answer = engine().upsert_scheduler(std::move(command));
        INFO((answer ? "" : answer.error().detail));
        REQUIRE(answer);
        turn();
        return static_cast<SchedulerOutcome>(answer->items.front().outcome);
    }
    std::string refusal(UpsertScheduler command) {
        const auto answer = engine().upsert_scheduler(std::move(command));
        REQUIRE_FALSE(answer);
        CHECK(turn().changes.empty());
        return answer.error().detail;
    }
    SchedulerView seen(std::size_t ticks = 1) {
        const auto found = engine().find_scheduler("reports", "nightly", ticks);
        REQUIRE(found);
        return *found;
    }
    std::uint64_t jobs() { return count("reports", JobState::Waiting); }
    // Until its next tick, on the wall clock; 0: there is none.
    DurationMs next() {
        const auto next_ms = seen().next_ms;
        return next_ms.empty() ? 0 : next_ms.front() - now() - engine().wall_offset_ms();
    }
    void set_clock(DurationMs offset_ms) {
        engine().set_wall_offset(offset_ms);
        pass(0);
    }
};

TEST_CASE("an interval adds a job each time it is over, and never early", "[engine][schedule][R14]") {
    Schedules world;
    CHECK(world.upsert(every(10'000)) == SchedulerOutcome::Created);
    world.pass(9'999);
    CHECK(world.jobs() == 0);
    world.pass(1);
    CHECK(world.jobs() == 1);
    world.pass(10'500);
    world.pass(9'500);
    CHECK(world.jobs() == 3);
    CHECK(world.seen().record.added == 3);
}

TEST_CASE("a tick's job is as its scheduler says, and names it and its time", "[engine][schedule][R14]") {
    Schedules world;
    UpsertScheduler command = every(10'000);
    command.job.priority = 0;
    command.job.attempts_max = 4;
    command.job.key = "tenant-7";
    command.job.payload = bytes("[1]");
    command.job.headers = {{"traceparent", "00-1"}};
    command.job.tags = {"nightly"};
    world.upsert(std::move(command));
    const auto& added = world.pass(10'000).changes.added;
    REQUIRE(added.size() == 1);
    CHECK(added[0].job_class->name == "report");
    CHECK(added[0].job_class->attempts_max == 4);
    CHECK(added[0].job_class->key == "tenant-7");
    CHECK(added[0].priority == 0);
    CHECK(*added[0].payload == "[1]");
    CHECK(added[0].chosen_id.empty());
    CHECK(added[0].tags == std::vector<std::string>{"nightly"});
    CHECK(added[0].headers == Headers{{"traceparent", "00-1"},
                                      {"swarmq-scheduler", "nightly"},
                                      {"swarmq-tick-ms", std::to_string(kStart + 10'000)}});
}

TEST_CASE("a tick's job and the next due time are in one turn", "[engine][schedule][R14][R34]") {
    Schedules world;
    world.upsert(every(10'000));
    const auto& changes = world.pass(10'000).changes;
    REQUIRE(changes.added.size() == 1);
    REQUIRE(changes.schedulers.size() == 1);
    CHECK(changes.schedulers[0].due_ms == kStart + 20'000);
    CHECK(changes.schedulers[0].last_job == changes.added[0].seq);
}

TEST_CASE("a cron expression is due by the clock of its zone", "[engine][schedule][R14]") {
    Schedules world;
    UpsertScheduler command = by_cron("30 1 * * *");
    command.repeat.zone = "Test/Zone";
    world.upsert(std::move(command));
    // At midnight the clock is set to 01:00: half past one is near. The day after it is even.
    CHECK(world.seen(2).next_ms ==
          std::vector<TimeMs>{kMidnight + 30 * kMinuteMs, kMidnight + 30 * kMinuteMs + 24 * kHourMs});
    world.pass(kMidnight + 30 * kMinuteMs - kStart);
    CHECK(world.jobs() == 1);
    world.upsert(by_cron("30 1 * * *"));
    CHECK(world.next() == kHourMs);
}

TEST_CASE("a tick is skipped while the last one's job has not ended, unless that is allowed",
          "[engine][schedule][R14]") {
    Schedules world;
    world.upsert(every(10'000, OverlapRule::Skip));
    world.pass(10'000);
    world.pass(10'000);
    CHECK(world.jobs() == 1);
    CHECK(world.seen().record.skipped == 1);
    const auto worker = world.worker();
    const Granted granted = world.take_one(worker, "reports");
    world.pass(10'000);
    CHECK(world.jobs() == 0);
    world.complete("reports", granted);
    world.pass(10'000);
    CHECK(world.jobs() == 1);
    CHECK(world.seen().record.skipped == 2);
    CHECK(world.seen().record.added == 2);
}

TEST_CASE("a failed job that waits for its retry has not ended", "[engine][schedule][R14]") {
    Schedules world;
    UpsertScheduler command = every(10'000, OverlapRule::Skip);
    command.job.attempts_max = 2;
    command.job.backoff = {BackoffType::Fixed, kHourMs, 0, 0};
    world.upsert(std::move(command));
    world.pass(10'000);
    world.fail("reports", world.take_one(world.worker(), "reports"));
    world.pass(10'000);
    CHECK(world.seen().record.skipped == 1);
}

TEST_CASE("start, end and limit bound the ticks", "[engine][schedule][R14]") {
    Schedules world;
    UpsertScheduler command = every(10'000);
    command.repeat.start_ms = kStart + 35'000;
    command.repeat.end_ms = kStart + 55'000;
    world.upsert(command);
    CHECK(world.seen(9).next_ms ==
          std::vector<TimeMs>{kStart + 35'000, kStart + 45'000, kStart + 55'000});
    for (int i = 0; i < 20; ++i) world.pass(5'000);
    CHECK(world.jobs() == 3);
    CHECK(world.next() == 0);

    command.key = "other";
    command.repeat = {};
    command.repeat.cron = "* * * * *";
    command.repeat.overlap = OverlapRule::Allow;
    command.repeat.limit = 2;
    world.upsert(command);
    for (int i = 0; i < 20; ++i) world.pass(kMinuteMs);
    CHECK(world.jobs() == 5);
    CHECK(world.engine().find_scheduler("reports", "other", 1)->next_ms.empty());
    // A higher limit lets it go on; the jobs before count.
    command.repeat.limit = 3;
    CHECK(world.upsert(command) == SchedulerOutcome::Changed);
    for (int i = 0; i < 5; ++i) world.pass(kMinuteMs);
    CHECK(world.jobs() == 6);
}

TEST_CASE("an interval with a start in the past keeps step with it", "[engine][schedule][R14]") {
    Schedules world;
    UpsertScheduler command = every(10'000);
    command.repeat.start_ms = kStart - 3'000;
    world.upsert(std::move(command));
    CHECK(world.next() == 7'000);
}

TEST_CASE("the same upsert again changes nothing and keeps the ticks", "[engine][schedule][R14]") {
    Schedules world;
    world.upsert(every(10'000));
    world.pass(4'000);
    CHECK(world.upsert(every(10'000)) == SchedulerOutcome::Unchanged);
    CHECK(world.next() == 6'000);
    // Another job: the ticks stay. Another interval: they begin anew.
    UpsertScheduler other = every(10'000);
    other.job.payload = bytes("other");
    CHECK(world.upsert(other) == SchedulerOutcome::Changed);
    CHECK(world.next() == 6'000);
    world.pass(6'000);
    CHECK(*world.last().changes.added.at(0).payload == "other");
    CHECK(world.upsert(every(20'000)) == SchedulerOutcome::Changed);
    CHECK(world.next() == 20'000);
    CHECK(world.seen().record.added == 0);
}

TEST_CASE("a removed scheduler ticks no more, and its jobs stay", "[engine][schedule][R14]") {
    Schedules world;
    world.upsert(every(10'000));
    world.pass(10'000);
    REQUIRE(world.engine().remove_scheduler("reports", "nightly"));
    world.turn();
    world.pass(kHourMs);
    CHECK(world.jobs() == 1);
    CHECK(world.engine().remove_scheduler("reports", "nightly").code() == Code::NotFound);
    CHECK(world.engine().find_scheduler("reports", "nightly", 1).code() == Code::NotFound);
    world.restart();
    CHECK(world.engine().find_scheduler("reports", "nightly", 1).code() == Code::NotFound);
}

TEST_CASE("a restart leaves schedulers as they were", "[engine][schedule][R14][R34]") {
    Schedules world;
    UpsertScheduler command = by_cron("*/10 * * * *", OverlapRule::Skip);
    command.repeat.zone = "Test/Zone";
    command.repeat.limit = 7;
    world.upsert(std::move(command));
    world.pass(7 * kMinuteMs);
    CHECK(world.jobs() == 1);
    const SchedulerView before = world.seen(5);
    world.restart(1'000);
    const SchedulerView after = world.seen(5);
    CHECK(after.next_ms == before.next_ms);
    CHECK(after.record.added == 1);
    CHECK(after.record.last_job == before.record.last_job);
    // The job of before the restart still stands in the way.
    world.pass(10 * kMinuteMs);
    CHECK(world.seen().record.skipped == 1);
}

TEST_CASE("ticks missed while the broker was down run once, not at all, or up to a bound",
          "[engine][schedule][R14][R34]") {
    const auto missed = GENERATE(MissedRule::Once, MissedRule::Skip, MissedRule::All);
    const bool is_cron = GENERATE(true, false);
    Schedules world;
    UpsertScheduler command = is_cron ? by_cron("* * * * *") : every(kMinuteMs);
    command.repeat.missed = missed;
    command.repeat.missed_max = 5;
    world.upsert(std::move(command));
    const DurationMs first = world.next();
    world.restart(first + 10 * kMinuteMs + 30'000);
    world.pass(0);
    CHECK(world.jobs() == (missed == MissedRule::Once ? 1 : missed == MissedRule::Skip ? 0 : 5));
    // And then it goes on in its old step.
    CHECK(world.next() == 30'000);
    world.pass(30'000);
    CHECK(world.jobs() == (missed == MissedRule::Once ? 2 : missed == MissedRule::Skip ? 1 : 6));
}

TEST_CASE("fewer missed ticks than the bound run each once, with their own times",
          "[engine][schedule][R14]") {
    Schedules world;
    UpsertScheduler command = every(kMinuteMs);
    command.repeat.missed = MissedRule::All;
    world.upsert(std::move(command));
    world.restart(3 * kMinuteMs + 20'000);
    const auto& added = world.pass(0).changes.added;
    REQUIRE(added.size() == 3);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(added[i].headers.back().second ==
              std::to_string(kStart + static_cast<TimeMs>(i + 1) * kMinuteMs));
}

TEST_CASE("a tick whose turn was lost is made after the restart, once", "[engine][schedule][R14][R34]") {
    Schedules world;
    world.upsert(every(10'000));
    while (world.engine().advance(world.now() + 10'000)) {
    }
    // Its turn is never sealed.
    world.restart(10'000);
    world.pass(0);
    CHECK(world.jobs() == 1);
    world.restart(0);
    world.pass(0);
    CHECK(world.jobs() == 1);
}

TEST_CASE("no tick comes twice when the clock was set back over a restart", "[engine][schedule][R14][R34]") {
    Schedules world;
    world.upsert(by_cron("0 * * * *"));
    const DurationMs first = world.next();
    world.pass(first);
    CHECK(world.jobs() == 1);
    world.restart(-first);
    CHECK(world.next() == first + kHourMs);
    world.pass(first);
    CHECK(world.jobs() == 1);
}

TEST_CASE("an interval is no longer than itself when the clock was set back", "[engine][schedule][R14]") {
    Schedules world;
    world.upsert(every(10'000));
    world.restart(-kHourMs);
    CHECK(world.next() == 10'000);
}

TEST_CASE("cron follows a clock that is set, an interval does not", "[engine][schedule][R14]") {
    Schedules world;
    world.upsert(by_cron("0 0 * * *"));
    UpsertScheduler other = every(kHourMs);
    other.key = "other";
    world.upsert(std::move(other));
    world.set_clock(kMidnight - kStart - 5'000);
    CHECK(world.next() == 5'000);
    world.pass(5'000);
    CHECK(world.jobs() == 1);
    world.set_clock(0);
    CHECK(world.jobs() == 1);
    CHECK(world.next() == kMidnight + 24 * kHourMs - world.now());
    world.pass(kHourMs - 5'000);
    CHECK(world.jobs() == 2);
    // Set over a due time, the clock makes it a missed one.
    world.set_clock(30 * kHourMs);
    CHECK(world.jobs() == 3);
}

TEST_CASE("a tick adds nothing to a full queue, and is counted as skipped", "[engine][schedule][R14][R36]") {
    Schedules world;
    QueueSettings settings;
    settings.waiting_max = 1;
    REQUIRE(world.engine().set_settings("reports", settings));
    world.upsert(every(10'000));
    world.pass(10'000);
    world.pass(10'000);
    CHECK(world.jobs() == 1);
    CHECK(world.seen().record.skipped == 1);
}

TEST_CASE("a queue with a scheduler is not forgotten", "[engine][schedule][R14]") {
    Schedules world;
    UpsertScheduler command = every(400 * 24 * kHourMs);
    command.job.on_failure_queue = "dead";
    world.upsert(std::move(command));
    for (int i = 0; i < 10; ++i) world.pass(24 * kHourMs);
    CHECK(world.seen().record.key == "nightly");
    CHECK(world.engine().queue_view("dead"));
    REQUIRE(world.engine().remove_scheduler("reports", "nightly"));
    for (int i = 0; i < 10; ++i) world.pass(24 * kHourMs);
    CHECK_FALSE(world.engine().queue_view("reports"));
    CHECK_FALSE(world.engine().queue_view("dead"));
}

TEST_CASE("schedulers are listed by queue and key, in pages", "[engine][schedule][R14]") {
    Schedules world;
    for (const char* const queue : {"b", "a", "empty"})
        for (const char* const key : {"3", "1", "2"}) {
            UpsertScheduler command = every(kHourMs);
            command.queue = queue;
            command.key = key;
            if (command.queue != "empty") world.upsert(std::move(command));
        }
    world.add("empty");
    std::string found;
    ListSchedulers list;
    list.limit = 2;
    do {
        const auto page = world.engine().list_schedulers(list);
        REQUIRE(page);
        CHECK(page->schedulers.size() == 2);
        for (const auto& scheduler : page->schedulers)
            found += scheduler.queue + scheduler.record.key + " ";
        list.cursor = page->next_cursor;
    } while (!list.cursor.empty());
    CHECK(found == "a1 a2 a3 b1 b2 b3 ");
    CHECK(world.engine().list_schedulers({"b", 0, ""})->schedulers.size() == 3);
    CHECK(world.engine().list_schedulers({"none", 0, ""})->schedulers.empty());
    CHECK(world.engine().list_schedulers({"", 0, "x"}).code() == Code::InvalidArgument);
    CHECK(world.engine().list_schedulers({"", 1001, ""}).code() == Code::InvalidArgument);
}

TEST_CASE("a preview shows the ticks of a scheduler that is not there", "[engine][schedule][R14]") {
    Schedules world;
    Repeat repeat;
    repeat.cron = "0 0 * * *";
    repeat.limit = 2;
    const auto ticks = world.engine().preview_ticks(repeat, 5);
    REQUIRE(ticks);
    CHECK(*ticks == std::vector<TimeMs>{kMidnight, kMidnight + 24 * kHourMs});
    CHECK(world.engine().preview_ticks({}, 5).code() == Code::InvalidArgument);
    CHECK(world.engine().preview_ticks(repeat, 101).code() == Code::InvalidArgument);
}

TEST_CASE("a wrong scheduler is refused with its field and what would be right", "[engine][schedule][R14]") {
    Schedules world;
    const auto with = [](auto change) {
        UpsertScheduler command = by_cron("0 9 * * *");
        change(command);
        return command;
    };
    using C = UpsertScheduler;
    CHECK(world.refusal(every(0)) == "neither every_ms nor cron was given; give one");
    CHECK(world.refusal(with([](C& c) { c.repeat.every_ms = 50; })) ==
          "every_ms and cron were both given; give one");
    CHECK(world.refusal(every(9)).find("every_ms: 9 is not in 10..") == 0);
    CHECK(world.refusal(with([](C& c) { c.repeat.zone = "Mars/Base"; })) ==
          "zone: \"Mars/Base\" is no time zone of this broker; give an IANA name as Europe/Berlin or UTC");
    CHECK(world.refusal(with([](C& c) { c.repeat.cron = "0 24 * * *"; })).find("hour \"24\"") !=
          std::string::npos);
    CHECK(world.refusal(with([](C& c) { c.key = "a b"; })).find("key: \"a b\"") == 0);
    CHECK(world.refusal(with([](C& c) {
                            c.repeat.start_ms = 20;
                            c.repeat.end_ms = 10;
                        })).find("end_ms: 10 is before start_ms 20") == 0);
    CHECK(world.refusal(with([](C& c) {
                            c.repeat.missed = MissedRule::All;
                            c.repeat.overlap = OverlapRule::Skip;
                        })).find("give overlap ALLOW") != std::string::npos);
    CHECK(world.refusal(with([](C& c) { c.repeat.missed_max = 1001; })).find("1..1000") !=
          std::string::npos);
    CHECK(world.refusal(with([](C& c) { c.job.id = "mine"; })).find("job: id, delay_ms") == 0);
    CHECK(world.refusal(with([](C& c) { c.job.name = ""; })).find("name:") == 0);
    UpsertScheduler zoned = every(1'000);
    zoned.repeat.zone = "UTC";
    CHECK(world.refusal(zoned).find("zone: \"UTC\" was given with every_ms") == 0);
}

TEST_CASE("the number of schedulers and the bytes of their jobs are bounded", "[engine][schedule][R14][R36]") {
    Schedules world;
    UpsertScheduler command = every(kHourMs);
    command.job.payload = bytes(std::string(kPayloadBytesMax, 'p'));
    std::size_t made = 0;
    Result<Answer> answer = Error{};
    do {
        command.key = std::to_string(made);
        answer = world.engine().upsert_scheduler(UpsertScheduler(command));
        made += answer ? 1 : 0;
    } while (answer && made < 100);
    CHECK(answer.code() == Code::MemoryLimit);
    CHECK(made == 64);
    world.turn();
    REQUIRE(world.engine().remove_scheduler("reports", "0"));
    CHECK(world.engine().upsert_scheduler(UpsertScheduler(command)));
    world.turn();
}

}  // namespace
