// Finds the end of a damaged part by bisection: reading from a key behind it succeeds.
#include "readable_rows.h"

#include <algorithm>
#include <array>
#include <optional>

namespace swarmq::storage {
namespace {

// Keys are compared by so many bytes; all of a number is in them, and most of a name.
constexpr std::size_t kBytes = 16;
constexpr std::size_t kCopiedAtOnceBytes = 1u << 20;

using Place = std::array<unsigned char, kBytes>;

Place place_of(std::string_view key) {
    Place place{};
    std::copy_n(key.begin(), std::min(key.size(), kBytes), place.begin());
    return place;
}

std::string key_of(const Place& place) {
    return {place.begin(), place.end()};
}

Place middle(const Place& low, const Place& high) {
    std::array<unsigned, kBytes + 1> sum{};
    for (std::size_t i = kBytes; i-- > 0;) {
        sum[i + 1] += unsigned{low[i]} + high[i];
        sum[i] = sum[i + 1] >> 8;
        sum[i + 1] &= 0xff;
    }
    Place half{};
    for (std::size_t i = 0; i < kBytes; ++i)
        half[i] = static_cast<unsigned char>((sum[i] << 7 | sum[i + 1] >> 1) & 0xff);
    return half;
}

bool can_read_from(const Store& store, Table table, const Place& place) {
    return store
        .scan(table, key_of(place), std::string(2 * kBytes, '\xff'),
              [](std::string_view, std::string_view) { return false; })
        .ok();
}

// Not before the row, whose key may be longer than a place.
Place place_behind(std::string_view row) {
    Place place = place_of(row);
    if (row.size() <= kBytes) return place;
    for (std::size_t i = kBytes; i-- > 0;)
        if (++place[i] != 0) break;
    return place;
}

// The smallest power of 256 behind `bad` from which reading succeeds.
std::optional<Place> somewhere_behind(const Store& store, Table table, const Place& bad) {
    for (std::size_t i = kBytes; i-- > 0;) {
        if (bad[i] == 0xff) continue;
        Place place = bad;
        ++place[i];
        std::fill(place.begin() + static_cast<std::ptrdiff_t>(i) + 1, place.end(), 0);
        if (can_read_from(store, table, place)) return place;
    }
    return std::nullopt;
}

// Where to go on after the row before a damaged part. Nothing when no row behind it can be read.
std::optional<Place> end_of_damage(const Store& store, Table table, std::string_view before) {
    Place bad = place_behind(before);
    std::optional<Place> good = somewhere_behind(store, table, bad);
    while (good) {
        const Place between = middle(bad, *good);
        if (between == bad) break;
        if (can_read_from(store, table, between))
            good = between;
        else
            bad = between;
    }
    return good;
}

class Copier {
  public:
    explicit Copier(Store& to, std::uint64_t incarnation) : to_(to), position_{incarnation, 0} {}

    void put(Table table, std::string_view key, std::string_view value) {
        batch_.put(table, key, value);
        if (batch_.bytes().size() > kCopiedAtOnceBytes) static_cast<void>(flush(Sync::No));
    }
    // The first failure is the answer from then on.
    Result<> flush(Sync sync) {
        ++position_.sequence;
        if (outcome_) outcome_ = to_.apply(batch_, position_, sync);
        batch_.clear();
        return outcome_;
    }

  private:
    Store& to_;
    Position position_;
    Batch batch_;
    Result<> outcome_;
};

}  // namespace

std::vector<Gap> scan_readable(const Store& store, Table table, const Store::RowVisitor& row) {
    std::vector<Gap> gaps;
    std::string last;
    std::optional<std::string> from = "";
    while (from) {
        const auto scanned = store.scan(table, *from, std::string(2 * kBytes, '\xff'),
                                        [&](std::string_view key, std::string_view value) {
                                            last = key;
                                            return row(key, value);
                                        });
        if (scanned) break;
        gaps.push_back({table, last, scanned.error().detail});
        const auto end = end_of_damage(store, table, std::max(last, *from));
        from = end ? std::optional(key_of(*end)) : std::nullopt;
    }
    return gaps;
}

Result<> copy_readable(const Store& from, Store& to) {
    Copier copier(to, from.applied().incarnation);
    for (const Table table : {Table::Main, Table::Large})
        scan_readable(from, table, [&](std::string_view key, std::string_view value) {
            copier.put(table, key, value);
            return true;
        });
    return copier.flush(Sync::Yes);
}

}  // namespace swarmq::storage
