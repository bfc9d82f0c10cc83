// Cuts the power at every write, sync, rename and removal of short runs, forgetting what was not synced:
// the shard starts again, and all that was acknowledged is there.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <vector>

#include "crash/power_cut.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

constexpr std::size_t kLosses = 4;
constexpr std::uint64_t kSeeds = 3;

std::size_t points_per_loss() {
    const char* const text = std::getenv("SWARMQ_CRASH_POINTS");
    return (text ? std::strtoul(text, nullptr, 10) : 2'000) / kLosses;
}

std::vector<std::unique_ptr<ShortRun>> make_runs(ShortRunOptions options) {
    std::vector<std::unique_ptr<ShortRun>> runs;
    for (options.seed = 1; options.seed <= kSeeds; ++options.seed) {
        runs.push_back(std::make_unique<ShortRun>(options));
        INFO(runs.back()->failure());
        REQUIRE(runs.back()->failure().empty());
    }
    return runs;
}

// Spreads `points` cuts evenly over all operations of the runs; answers at how many something was wrong.
std::size_t cut_everywhere(const std::vector<std::unique_ptr<ShortRun>>& runs, Loss loss,
                           std::size_t points, bool should_hold) {
    std::size_t operations = 0;
    for (const auto& run : runs) operations += run->record().size() + 1;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < points; ++i) {
        std::size_t cut = i * operations / points;
        auto run = runs.begin();
        for (; cut > (*run)->record().size(); ++run) cut -= (*run)->record().size() + 1;
        const auto problems = problems_after(**run, cut, loss, i);
        wrong += problems.empty() ? 0 : 1;
        if (!should_hold || problems.empty()) continue;
        INFO("run " << (*run)->seed() << ", power cut after operation " << cut << ", "
                    << (*run)->record().describe(cut) << ", loss seed " << i);
        for (const auto& problem : problems) FAIL_CHECK(problem);
    }
    std::cout << points << " of " << operations << " points\n" << std::flush;
    return wrong;
}

// A store whose table writer failed between the last turn and the next start is never closed, so that
// start, in the same process, finds it in use.
bool ended_by_its_disk(const ShortRun& run) {
    const auto says = [&](const char* text) { return run.failure().find(text) != std::string::npos; };
    return says("the power is gone") || says("is in use by another process");
}

}  // namespace

TEST_CASE("a power cut that takes all that is not synced loses nothing acknowledged",
          "[crash][R34][R35]") {
    cut_everywhere(make_runs({}), Loss::Forget, points_per_loss(), true);
}

TEST_CASE("a power cut that takes nothing loses nothing acknowledged", "[crash][R34][R35]") {
    cut_everywhere(make_runs({}), Loss::Keep, points_per_loss(), true);
}

TEST_CASE("a power cut that takes some of what is not synced loses nothing acknowledged",
          "[crash][R34][R35]") {
    cut_everywhere(make_runs({}), Loss::Part, points_per_loss(), true);
}

TEST_CASE("a power cut that tears the last unsynced write loses nothing acknowledged",
          "[crash][R34][R35]") {
    cut_everywhere(make_runs({}), Loss::Torn, points_per_loss(), true);
}

TEST_CASE("with periodic syncs a power cut takes at most what came after the last sync, from the end",
          "[crash][R34]") {
    const auto runs = make_runs(
        {.durability = storage::Durability::Periodic, .append_acknowledges = false});
    cut_everywhere(runs, GENERATE(Loss::Forget, Loss::Part, Loss::Torn), points_per_loss() / 4, true);
}

TEST_CASE("a shard whose disk stops answering says nothing more, and has all it said afterwards",
          "[crash][R34][R35]") {
    const ShortRun whole({.seed = 11});
    REQUIRE(whole.failure().empty());
    const std::size_t points = points_per_loss() / 10;
    // Another run may have a few operations less: its background work falls elsewhere.
    const std::size_t operations = whole.record().size() * 9 / 10;
    for (std::size_t i = 0; i < points; ++i) {
        const std::size_t cut = i * operations / points;
        const ShortRun run({.seed = 11, .cut_at = cut});
        INFO("power cut at operation " << cut << ", loss seed " << i);
        INFO("ended by: " << run.failure());
        CHECK(ended_by_its_disk(run));
        const Loss loss = i % 2 == 0 ? Loss::Forget : Loss::Torn;
        for (const auto& problem : problems_after(run, cut, loss, i)) FAIL_CHECK(problem);
    }
}

TEST_CASE("acknowledging before the sync is noticed as a loss", "[crash][R34]") {
    const auto runs = make_runs({.turns = 60, .durability = storage::Durability::Periodic});
    CHECK(cut_everywhere(runs, Loss::Forget, 30, false) > 3);
}
