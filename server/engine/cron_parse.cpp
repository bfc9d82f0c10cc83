// Reads cron expressions; every refusal says which field, what was in it and what would be right.
#include "engine/cron.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace swarmq::engine {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                      "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kWeekdays = {"SUN", "MON", "TUE", "WED",
                                                       "THU", "FRI", "SAT"};

enum class Special { None, Day, Weekday };

struct Field {
    std::string_view name;
    int first = 0;
    int last = 0;
    Special special = Special::None;
    const std::string_view* names = nullptr;
    int name_count = 0;
    int name_first = 0;
};

constexpr Field kSecond{"second", 0, 59, Special::None, nullptr, 0, 0};
constexpr Field kMinute{"minute", 0, 59, Special::None, nullptr, 0, 0};
constexpr Field kHour{"hour", 0, 23, Special::None, nullptr, 0, 0};
constexpr Field kDay{"day of month", 1, 31, Special::Day, nullptr, 0, 0};
constexpr Field kMonth{"month", 1, 12, Special::None, kMonths.data(), 12, 1};
constexpr Field kWeekday{"day of week", 0, 7, Special::Weekday, kWeekdays.data(), 7, 0};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNicknames = {
    {{"@yearly", "0 0 1 1 *"},
     {"@annually", "0 0 1 1 *"},
     {"@monthly", "0 0 1 * *"},
     {"@weekly", "0 0 * * 0"},
     {"@daily", "0 0 * * *"},
     {"@midnight", "0 0 * * *"},
     {"@hourly", "0 * * * *"}}};

constexpr char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return upper(x) == upper(y); });
}

bool is_star(std::string_view text) { return text.starts_with('*') || text.starts_with('?'); }

std::optional<int> number(std::string_view text) {
    if (text.empty() || text.size() > 3) return std::nullopt;
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

std::string range_of(const Field& field) {
    std::string text = std::to_string(field.first) + ".." + std::to_string(field.last);
    if (field.names != nullptr)
        text += " or " + std::string(field.names[0]) + ".." +
                std::string(field.names[field.name_count - 1]);
    return text;
}

// One field: fills the bits it stands for.
class FieldReader {
  public:
    FieldReader(const Field& field, std::string_view text, Cron& cron, std::uint64_t& bits)
        : field_(field), text_(text), cron_(cron), bits_(bits) {}

    Result<> read() {
        std::string_view rest = text_;
        for (;;) {
            const std::size_t end = std::min(rest.find(','), rest.size());
            if (auto done = read_item(rest.substr(0, end)); !done) return done;
            if (end == rest.size()) return {};
            rest.remove_prefix(end + 1);
        }
    }

  private:
    Error wrong(const std::string& what) const {
        return {Code::InvalidArgument,
                std::string(field_.name) + " \"" + std::string(text_) + "\": " + what};
    }

    Result<int> read_value(std::string_view text) const {
        for (int i = 0; i < field_.name_count; ++i)
            if (same_word(text, field_.names[i])) return field_.name_first + i;
        const auto value = number(text);
        if (value && *value >= field_.first && *value <= field_.last) return *value;
        if (text.empty()) return wrong("a value is missing; give " + range_of(field_));
        return wrong("\"" + std::string(text) + "\" is not in " + range_of(field_));
    }

    Result<> read_item(std::string_view item) {
        if (field_.special == Special::Day && !item.empty() && upper(item[0]) == 'L')
            return read_last_day(item);
        if (field_.special == Special::Day && !item.empty() && upper(item.back()) == 'W')
            return wrong("the nearest working day (W) is not known; name days of the week instead");
        if (field_.special == Special::Weekday) {
            if (item.find('#') != item.npos) return read_nth_weekday(item);
            if (!item.empty() && upper(item.back()) == 'L') return read_last_weekday(item);
        }
        return read_range(item);
    }

    Result<> read_last_day(std::string_view item) {
        int before = 0;
        if (item.size() > 1) {
            const auto value = item[1] == '-' ? number(item.substr(2)) : std::nullopt;
            if (!value || *value > 30)
                return wrong("\"" + std::string(item) + "\" is neither L nor L-1..L-30");
            before = *value;
        }
        cron_.days_from_last |= std::uint64_t{1} << before;
        return {};
    }

    Result<> read_nth_weekday(std::string_view item) {
        const std::size_t mark = item.find('#');
        const auto weekday = read_value(item.substr(0, mark));
        if (!weekday) return weekday.error();
        const auto nth = number(item.substr(mark + 1));
        if (!nth || *nth < 1 || *nth > 5)
            return wrong("\"" + std::string(item.substr(mark + 1)) +
                         "\" behind # is not in 1..5; FRI#2 is the second Friday of a month");
        cron_.nth_weekdays |= std::uint64_t{1} << ((*nth - 1) * 7 + *weekday % 7);
        return {};
    }

    Result<> read_last_weekday(std::string_view item) {
        if (item.size() == 1) return wrong("L needs a day before it; FRIL is the last Friday of a month");
        const auto weekday = read_value(item.substr(0, item.size() - 1));
        if (!weekday) return weekday.error();
        cron_.last_weekdays |= std::uint64_t{1} << (*weekday % 7);
        return {};
    }

    Result<> read_range(std::string_view item) {
        const std::size_t slash = std::min(item.find('/'), item.size());
        const std::string_view base = item.substr(0, slash);
        const bool has_step = slash != item.size();
        const int field_last = field_.special == Special::Weekday ? 6 : field_.last;
        int first = field_.first;
        int last = field_last;
        const std::size_t dash = base.find('-');
        if (base == "?" && field_.special == Special::None)
            return wrong("? stands only for a day of the month or of the week; give *");
        if (base != "*" && base != "?") {
            const auto from = read_value(base.substr(0, std::min(dash, base.size())));
            if (!from) return from.error();
            first = *from;
            last = has_step ? std::max(field_last, first) : first;
            if (dash != base.npos) {
                const auto to = read_value(base.substr(dash + 1));
                if (!to) return to.error();
                last = *to;
            }
        }
        if (last < first)
            return wrong("the range " + std::string(base) + " runs backwards; write it as two: " +
                         std::to_string(first) + "-" + std::to_string(field_last) + "," +
                         std::to_string(field_.first) + "-" + std::to_string(last));
        const auto step = has_step ? number(item.substr(slash + 1)) : 1;
        if (!step || *step < 1 || *step > field_last - field_.first + 1)
            return wrong("the step \"" + std::string(item.substr(std::min(slash + 1, item.size()))) +
                         "\" is not in 1.." + std::to_string(field_last - field_.first + 1));
        for (int value = first; value <= last; value += *step)
            bits_ |= std::uint64_t{1} << (field_.special == Special::Weekday ? value % 7 : value);
        return {};
    }

    const Field& field_;
    const std::string_view text_;
    Cron& cron_;
    std::uint64_t& bits_;
};

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    constexpr std::string_view kBlank = " \t";
    for (std::size_t at = text.find_first_not_of(kBlank); at < text.size();) {
        const std::size_t end = std::min(text.find_first_of(kBlank, at), text.size());
        words.push_back(text.substr(at, end - at));
        at = text.find_first_not_of(kBlank, end);
    }
    return words;
}

Result<Cron> parse_words(const std::vector<std::string_view>& words) {
    if (words.size() != 5 && words.size() != 6)
        return Error{Code::InvalidArgument,
                     std::to_string(words.size()) +
                         " fields; give 5 (minute hour day-of-month month day-of-week), or 6 with "
                         "seconds first"};
    Cron cron;
    const auto* word = words.data();
    const auto read = [&](const Field& field, std::string_view text, std::uint64_t& bits) {
        return FieldReader(field, text, cron, bits).read();
    };
    const std::string_view second = words.size() == 6 ? *word++ : "0";
    if (auto done = read(kSecond, second, cron.seconds); !done) return done.error();
    if (auto done = read(kMinute, word[0], cron.minutes); !done) return done.error();
    if (auto done = read(kHour, word[1], cron.hours); !done) return done.error();
    if (auto done = read(kDay, word[2], cron.days); !done) return done.error();
    if (auto done = read(kMonth, word[3], cron.months); !done) return done.error();
    if (auto done = read(kWeekday, word[4], cron.weekdays); !done) return done.error();
    cron.is_any_day = is_star(word[2]);
    cron.is_any_weekday = is_star(word[4]);
    if (!next_local_s(cron, 0))
        return Error{Code::InvalidArgument, "no day ever matches day of month \"" +
                                                std::string(word[2]) + "\" in month \"" +
                                                std::string(word[3]) + "\"; L is a month's last day"};
    return cron;
}

}  // namespace

Result<Cron> parse_cron(std::string_view text) {
    std::string shown(text.substr(0, 80));
    for (char& c : shown)
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
    const auto refuse = [&](const std::string& why) {
        return Error{Code::InvalidArgument, "cron \"" + shown + "\": " + why};
    };
    if (text.size() > kCronBytesMax)
        return refuse(std::to_string(text.size()) + " bytes, at most " +
                      std::to_string(kCronBytesMax) + " are accepted");
    std::vector<std::string_view> words = words_of(text);
    if (words.size() == 1 && words[0].starts_with('@')) {
        const auto* const known =
            std::find_if(kNicknames.begin(), kNicknames.end(),
                         [&](const auto& entry) { return same_word(words[0], entry.first); });
        if (known == kNicknames.end())
            return refuse("known are @yearly, @annually, @monthly, @weekly, @daily, @midnight and "
                          "@hourly; for an interval give milliseconds instead of cron");
        words = words_of(known->second);
    }
    auto cron = parse_words(words);
    if (!cron) {
        std::string why = cron.error().detail;
        for (char& c : why)
            if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
        return refuse(why);
    }
    return cron;
}

}  // namespace swarmq::engine
