// Four looks a second.
#include "maintenance.h"

#include "terminal.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace swarmq::cli {
namespace {

constexpr std::chrono::milliseconds kFirstLook{10};
constexpr std::chrono::milliseconds kLookEvery{250};

}  // namespace

void watch_maintenance(
    Admin admin, const std::string& doing_word,
    const std::function<std::optional<std::string>(const Maintenance&)>& running) {
    Progress progress(doing_word, 0);
    // Small work is over at once.
    for (auto pause = kFirstLook;; pause = std::min(2 * pause, kLookEvery)) {
        const auto text = running(admin.maintenance());
        if (!text) return;
        progress.show(0, *text);
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace swarmq::cli
