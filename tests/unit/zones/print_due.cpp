// Prints when cron expressions are due. Each line of the input is a question, "zone<TAB>from<TAB>to<TAB>cron"
// with Unix seconds; each line of the output its answer: the due seconds from <= due < to, or a refusal.
#include "broker/time_zones.h"
#include "engine/cron.h"

#include <iostream>
#include <string>

namespace {

void answer(const swarmq::engine::ZoneSource& zones, const std::string& question) {
    const auto tab1 = question.find('\t');
    const auto tab2 = question.find('\t', tab1 + 1);
    const auto tab3 = question.find('\t', tab2 + 1);
    const auto zone = zones.find(question.substr(0, tab1));
    const std::int64_t from_ms = std::stoll(question.substr(tab1 + 1)) * 1'000;
    const std::int64_t to_ms = std::stoll(question.substr(tab2 + 1)) * 1'000;
    const auto cron = swarmq::engine::parse_cron(question.substr(tab3 + 1));
    if (!cron || !zone) {
        std::cout << (zone ? cron.error().detail : "no such zone") << '\n';
        return;
    }
    auto due_ms = next_due_ms(*cron, *zone, from_ms - 1);
    for (const char* between = ""; due_ms && *due_ms < to_ms; between = " ") {
        std::cout << between << *due_ms / 1'000;
        due_ms = next_due_ms(*cron, *zone, *due_ms);
    }
    std::cout << '\n';
}

}  // namespace

int main() {
    std::ios::sync_with_stdio(false);
    const swarmq::broker::TimeZones zones;
    for (std::string question; std::getline(std::cin, question);) answer(zones, question);
}
