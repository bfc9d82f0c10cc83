// Cron expressions: what is understood, what is refused and how, and the rules for clocks that are set.
#include "engine/cron.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace swarmq::engine {
namespace {

constexpr std::int64_t kHourS = 3'600;
constexpr TimeMs kHourMs = kHourS * 1'000;

// A place whose clock is set by `jump_s` at an instant.
class JumpingZone : public Zone {
  public:
    JumpingZone(std::int64_t jump_at_s, std::int64_t jump_s) : at_(jump_at_s), jump_(jump_s) {}
    ZonePeriod at(std::int64_t utc_s) const override {
        return utc_s < at_ ? ZonePeriod{0, at_} : ZonePeriod{jump_, kForeverS};
    }

  private:
    std::int64_t at_;
    std::int64_t jump_;
};

const JumpingZone kUtc(0, 0);

// 2024-01-01 00:00, a Monday.
constexpr TimeMs kMonday = 1'704'067'200'000;
constexpr TimeMs kDay = 24 * kHourMs;

Cron parsed(const std::string& text) {
    const auto cron = parse_cron(text);
    INFO(text << ": " << (cron ? "" : cron.error().detail));
    REQUIRE(cron);
    return *cron;
}

// The next due times, in minutes from `from`.
std::vector<TimeMs> due_minutes(const std::string& text, std::size_t count, TimeMs from = kMonday,
                                const Zone& zone = kUtc) {
    const Cron cron = parsed(text);
    std::vector<TimeMs> minutes;
    auto due = next_due_ms(cron, zone, from - 1);
    while (due && minutes.size() < count) {
        minutes.push_back((*due - from) / 60'000);
        due = next_due_ms(cron, zone, *due);
    }
    return minutes;
}

std::vector<TimeMs> due_days(const std::string& text, std::size_t count) {
    auto days = due_minutes(text, count);
    for (auto& day : days) day /= 24 * 60;
    return days;
}

std::string refusal(const std::string& text) {
    const auto cron = parse_cron(text);
    REQUIRE_FALSE(cron);
    CHECK(cron.code() == Code::InvalidArgument);
    return cron.error().detail;
}

using Minutes = std::vector<TimeMs>;

TEST_CASE("values, lists, ranges and steps of a cron expression are met in order", "[engine][cron][R14]") {
    CHECK(due_minutes("*/20 * * * *", 4) == Minutes{0, 20, 40, 60});
    CHECK(due_minutes("5,10-12 0 * * *", 5) == Minutes{5, 10, 11, 12, 1445});
    CHECK(due_minutes("50/5 * * * *", 3) == Minutes{50, 55, 110});
    CHECK(due_minutes("0 8-18/5 * * *", 4) == Minutes{480, 780, 1080, 1920});
    CHECK(next_due_ms(parsed("15,45 * * * * *"), kUtc, kMonday + 15'000) == kMonday + 45'000);
    CHECK(next_due_ms(parsed("* * * * * *"), kUtc, kMonday + 500) == kMonday + 1'000);
}

TEST_CASE("a due time is strictly later than the time asked from", "[engine][cron][R14]") {
    const Cron cron = parsed("0 * * * *");
    CHECK(next_due_ms(cron, kUtc, kMonday - 1) == kMonday);
    CHECK(next_due_ms(cron, kUtc, kMonday) == kMonday + kHourMs);
    CHECK(next_due_ms(cron, kUtc, kMonday + 1) == kMonday + kHourMs);
}

TEST_CASE("months and days have names, and Sunday is 0 and 7", "[engine][cron][R14]") {
    CHECK(parsed("0 0 * JAN-mar Mon-FRI") == parsed("0 0 * 1-3 1-5"));
    CHECK(parsed("0 0 * * 7") == parsed("0 0 * * sun"));
    CHECK(parsed("0 0 * * 5-7") == parsed("0 0 * * 0,5,6"));
    CHECK(parsed("@daily") == parsed("0 0 * * *"));
    CHECK(parsed("@Hourly") == parsed("0 0 * * * *"));
    CHECK(parsed("@weekly") == parsed("0 0 * * 0"));
    CHECK(parsed("@monthly") == parsed("0 0 1 * *"));
    CHECK(parsed("@annually") == parsed("0 0 1 1 *"));
    CHECK(parsed("  0\t0 1 1  * ") == parsed("@yearly"));
}

TEST_CASE("L is the last day of each month, L-n days before it", "[engine][cron][R14]") {
    // January, leap February, March of 2024.
    CHECK(due_days("0 0 L * *", 3) == Minutes{30, 59, 90});
    CHECK(due_days("0 0 L-2 * *", 3) == Minutes{28, 57, 88});
    CHECK(due_days("0 0 29 2 *", 2) == Minutes{59, 59 + 1461});
}

TEST_CASE("the n-th and the last of a weekday in a month are found", "[engine][cron][R14]") {
    CHECK(due_days("0 0 * * FRI#2", 2) == Minutes{11, 39});
    CHECK(due_days("0 0 * * 5L", 2) == Minutes{25, 53});
    // Only some months have a fifth Monday: January, then April.
    CHECK(due_days("0 0 ? * 1#5", 2) == Minutes{28, 119});
}

TEST_CASE("a day of month and a day of week are met by either, unless one is a star", "[engine][cron][R14]") {
    CHECK(due_days("0 0 3 * MON", 3) == Minutes{0, 2, 7});
    CHECK(due_days("0 0 */2 * MON", 3) == Minutes{0, 14, 28});
    CHECK(due_days("0 0 ? * MON", 3) == Minutes{0, 7, 14});
}

TEST_CASE("times of day that the clock jumps over are due together after the jump", "[engine][cron][R14]") {
    // At 02:00 the clock is set to 03:00.
    const JumpingZone zone(kMonday / 1'000 + 2 * kHourS, kHourS);
    CHECK(due_minutes("30 2 * * *", 2, kMonday, zone) == Minutes{120, 24 * 60 + 90});
    CHECK(due_minutes("*/10 2 * * *", 3, kMonday, zone) == Minutes{120, 1500, 1510});
    CHECK(due_minutes("0 2,3 * * *", 2, kMonday, zone) == Minutes{120, 1500});
    CHECK(due_minutes("0 */2 * * *", 3, kMonday, zone) == Minutes{0, 120, 180});
}

TEST_CASE("a time of day that comes twice is due the first time", "[engine][cron][R14]") {
    // At 03:00 the clock is set back to 02:00.
    const JumpingZone zone(kMonday / 1'000 + 3 * kHourS, -kHourS);
    CHECK(due_minutes("30 2 * * *", 2, kMonday, zone) == Minutes{150, 24 * 60 + 210});
    CHECK(due_minutes("0 2,3 * * *", 2, kMonday, zone) == Minutes{120, 240});
    // Asked between the two, and in the hour that is shown again.
    CHECK(due_minutes("30 2 * * *", 1, kMonday + 3 * kHourMs, zone) == Minutes{24 * 60 + 30});
}

TEST_CASE("a schedule of all hours goes on evenly when the clock is set", "[engine][cron][R14]") {
    const JumpingZone forward(kMonday / 1'000 + 2 * kHourS, kHourS);
    CHECK(due_minutes("*/30 * * * *", 6, kMonday, forward) == Minutes{0, 30, 60, 90, 120, 150});
    const JumpingZone back(kMonday / 1'000 + 3 * kHourS, -kHourS);
    CHECK(due_minutes("30 * * * *", 5, kMonday, back) == Minutes{30, 90, 150, 210, 270});
}

TEST_CASE("the hour before midnight that comes twice is of the day that ends", "[engine][cron][R14]") {
    // At 24:00 the clock is set back to 23:00, in the last hour of the month.
    const JumpingZone zone((kMonday + 31 * kDay) / 1'000, -kHourS);
    CHECK(due_minutes("0 * L * *", 3, kMonday + 31 * kDay - 2 * kHourMs, zone) ==
          Minutes{0, 60, 120});
}

TEST_CASE("a day that a place skips altogether is made up for once", "[engine][cron][R14]") {
    // As Samoa did: the clock is set forward by a day at midnight.
    const JumpingZone zone(kMonday / 1'000 + 24 * kHourS, 24 * kHourS);
    CHECK(due_days("0 9 * * *", 1) == Minutes{0});
    CHECK(due_minutes("0 9 * * *", 3, kMonday, zone) == Minutes{540, 1440, 1980});
}

TEST_CASE("a wrong cron expression is refused with its field and what would be right", "[engine][cron][R14]") {
    CHECK(refusal("0 25 * * *") == "cron \"0 25 * * *\": hour \"25\": \"25\" is not in 0..23");
    CHECK(refusal("0 0 * FOO *") ==
          "cron \"0 0 * FOO *\": month \"FOO\": \"FOO\" is not in 1..12 or JAN..DEC");
    CHECK(refusal("* * * *") == "cron \"* * * *\": 4 fields; give 5 (minute hour day-of-month month "
                                "day-of-week), or 6 with seconds first");
    CHECK(refusal("*/90 * * * *").find("minute \"*/90\": the step \"90\" is not in 1..60") != std::string::npos);
    CHECK(refusal("0 22-2 * * *").find("write it as two: 22-23,0-2") != std::string::npos);
    CHECK(refusal("0 0 * * FRI#6").find("not in 1..5") != std::string::npos);
    CHECK(refusal("0 0 * * L").find("FRIL is the last Friday") != std::string::npos);
    CHECK(refusal("0 0 15W * *").find("working day (W)") != std::string::npos);
    CHECK(refusal("0 0 L-31 * *").find("L-1..L-30") != std::string::npos);
    CHECK(refusal("0 ? * * *").find("give *") != std::string::npos);
    CHECK(refusal("1,,2 * * * *").find("a value is missing; give 0..59") != std::string::npos);
    CHECK(refusal("0 0 31 2,4 *").find("no day ever matches") != std::string::npos);
    CHECK(refusal("@every 5m").find("2 fields") != std::string::npos);
    CHECK(refusal("@reboot").find("@yearly") != std::string::npos);
    CHECK(refusal(std::string(300, '*')).find("at most 256") != std::string::npos);
    CHECK(refusal("0 \x01 * * *").find('\x01') == std::string::npos);
    CHECK(refusal("").find("0 fields") != std::string::npos);
}

TEST_CASE("every cron text is understood or refused, whatever it is", "[engine][cron][R14]") {
    const std::string letters = "0123456789*?/-,#LWlw @AFJMNRSUI ";
    std::uint64_t random = 14;
    std::size_t understood = 0;
    for (int i = 0; i < 200'000; ++i) {
        std::string text = "0 0 * * *";
        for (int j = 0; j < 3; ++j) {
            random = random * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
            text[(random >> 20) % text.size()] = letters[(random >> 40) % letters.size()];
        }
        const auto cron = parse_cron(text);
        if (!cron) continue;
        ++understood;
        CHECK(next_due_ms(*cron, kUtc, kMonday).has_value());
    }
    CHECK(understood > 1'000);
}

}  // namespace
}  // namespace swarmq::engine
