// `swarm queue keys`: who has jobs in a queue, and who is held back.
#include "exit_codes.h"
#include "job_json.h"
#include "job_text.h"
#include "table.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>

#include <algorithm>
#include <memory>

namespace swarmq::cli {
namespace {

struct Keys {
    std::string queue;
    std::uint64_t limit = 100;
    bool is_json = false;
};

std::vector<KeyState> read_keys(Admin& admin, const Keys& keys) {
    std::vector<KeyState> all;
    std::string after;
    do {
        const auto wanted = std::min<std::uint64_t>(1'000, keys.limit - all.size());
        KeyPage page = admin.list_keys(keys.queue, after, static_cast<std::uint32_t>(wanted));
        std::move(page.keys.begin(), page.keys.end(), std::back_inserter(all));
        after = page.next;
    } while (!after.empty() && all.size() < keys.limit);
    return all;
}

std::string state_of(const KeyState& key, WallTime now) {
    if (key.paused) return "paused";
    if (key.held_until && *key.held_until > now) return "held, goes on " + show_when(key.held_until, now);
    return key.is_closed ? "at its limit" : "open";
}

void print_keys(const std::vector<KeyState>& keys) {
    Table table({{"KEY"},
                 {"WAITING", Align::Right},
                 {"ACTIVE", Align::Right},
                 {"WEIGHT", Align::Right},
                 {"STATE"}});
    const WallTime now = std::chrono::system_clock::now();
    for (const KeyState& key : keys) {
        table.row({key.key, std::to_string(key.waiting), std::to_string(key.active),
                   std::to_string(key.weight),
                   {state_of(key, now), key.is_closed ? Colour::Yellow : Colour::None}});
    }
    table.print(stdout);
}

void print_keys_json(const std::vector<KeyState>& keys) {
    boost::json::array array;
    for (const KeyState& key : keys) {
        boost::json::object entry{{"key", key.key},       {"waiting", key.waiting},
                                  {"active", key.active}, {"weight", key.weight},
                                  {"paused", key.paused}, {"is_closed", key.is_closed}};
        if (key.held_until) {
            entry["held_until_ms"] = std::chrono::duration_cast<Milliseconds>(
                                         key.held_until->time_since_epoch())
                                         .count();
        }
        array.push_back(std::move(entry));
    }
    print_json(array);
}

}  // namespace

Run declare_keys(Arguments& arguments) {
    auto keys = std::make_shared<Keys>();
    arguments.word("QUEUE", keys->queue, "The queue");
    arguments.option("--limit", "N", "Show at most so many. Default: 100",
                     [keys = keys.get()](const std::string& text) {
                         keys->limit = parse_number("--limit", text, 1, 1'000'000);
                     });
    arguments.flag("--json", keys->is_json, "A JSON array, for programs");
    return [keys](Session& session) {
        Admin admin = session.admin();
        const std::vector<KeyState> found = read_keys(admin, *keys);
        if (keys->is_json) {
            print_keys_json(found);
        } else {
            print_keys(found);
        }
        return kExitOk;
    };
}

}  // namespace swarmq::cli
