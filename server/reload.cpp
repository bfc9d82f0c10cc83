// Option by option.
#include "reload.h"

namespace swarmq {

Reload reload(Options& running, const Options& fresh) {
    Reload told;
    for (const auto& [name, source] : fresh.sources) {
        auto& current = running.sources.at(name);
        if (current.value == source.value) continue;
        const std::string line = name + " = " + source.value;
        if (is_reloadable(name)) {
            told.taken_up.push_back(line);
            current = source;
        } else {
            told.needs_restart.push_back(line);
        }
    }
    running.log_level = fresh.log_level;
    running.connections_max = fresh.connections_max;
    running.alerts = fresh.alerts;
    // A temporary directory watches no disk unless it is told to.
    if (!running.is_dev || fresh.disk_reserve_bytes)
        running.disk_reserve_bytes = fresh.disk_reserve_bytes;
    return told;
}

}  // namespace swarmq
