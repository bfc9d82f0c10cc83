// Reads the words from the left as the command itself would.
#include "candidates.h"

#include "command.h"

#include <swarmq/admin.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string_view>

namespace swarmq::cli {
namespace {

using Words = std::span<const std::string>;
using Candidates = std::vector<Candidate>;

constexpr Milliseconds kConnectWithin{500};
constexpr Milliseconds kAnswerWithin{1'000};
constexpr std::uint32_t kNamesMax = 200;
constexpr std::size_t kNameBytesMax = 128;
// What names are made of, in the order in which the broker sorts them.
constexpr std::string_view kNameCharacters =
    "-.0123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

bool begins_with(const Candidate& candidate, const std::string& typed) {
    return candidate.word.starts_with(typed);
}

void keep_typed(Candidates& all, const std::string& typed) {
    std::erase_if(all, [&](const Candidate& candidate) { return !begins_with(candidate, typed); });
}

// The values of words and options that are always the same.
const std::map<std::string_view, std::vector<std::string_view>>& known_values() {
    static const std::map<std::string_view, std::vector<std::string_view>> values = {
        {"--state", {"waiting", "delayed", "active", "completed", "failed", "waiting-children"}},
        {"--backoff", {"exponential:1s", "fixed:1s", "none"}},
        {"--missed", {"once", "skip", "all"}},
        {"--overlap", {"skip", "allow"}},
        {"--keep-completed", {"none", "forever", "1000", "7d", "1000,7d"}},
        {"--keep-failed", {"none", "forever", "1000", "7d", "1000,7d"}},
        {"--dedup-mode", {"until-ended", "throttle=10m", "debounce=5s", "keep-latest"}},
        {"SHELL", {"bash", "zsh", "fish"}},
        {"WORKLOAD", {"enqueue", "drain", "steady", "pickup"}},
    };
    return values;
}

Candidates values_of(std::string_view name) {
    Candidates found;
    const auto values = known_values().find(name);
    if (values == known_values().end()) return found;
    for (const std::string_view value : values->second) found.push_back({std::string(value), ""});
    return found;
}

// Whoever types waits: no broker, no names.
std::optional<Admin> ask_quickly(const std::string& server) {
    ConnectionOptions options{.server = server};
    options.connect_timeout = options.unavailable_after = kConnectWithin;
    options.request_timeout = kAnswerWithin;
    try {
        return Admin(Connection(options));
    } catch (const SwarmqError&) {
        return std::nullopt;
    }
}

Candidates queue_names(const std::string& server, const std::string& typed) {
    Candidates found;
    if (typed.find_first_not_of(kNameCharacters) != std::string::npos) return found;
    auto admin = ask_quickly(server);
    if (!admin) return found;
    try {
        for (const QueueMetrics& queue :
             admin->list_queue_page(name_before(typed), kNamesMax).queues)
            found.push_back({queue.queue, std::to_string(queue.waiting) + " waiting"});
    } catch (const SwarmqError&) {
    }
    return found;
}

Candidates scheduler_keys(const std::string& server, const std::string& queue) {
    Candidates found;
    auto admin = ask_quickly(server);
    if (!admin) return found;
    try {
        std::string cursor = name_before(queue).empty() ? "" : name_before(queue) + "/z";
        for (const Scheduler& one : admin->list_schedulers(kNamesMax, cursor).schedulers)
            if (one.queue == queue) found.push_back({one.key, one.repeat.cron});
    } catch (const SwarmqError&) {
    }
    return found;
}

Candidates first_words() {
    Candidates found{
        {"--server", "The broker"}, {"--version", "Print the version"}, {"--help", ""}};
    for (const Verb& verb : verbs()) {
        if (verb.is_hidden) continue;
        const std::string word(verb.group.empty() ? verb.name : verb.group);
        const bool is_listed = std::any_of(found.begin(), found.end(),
                                           [&](const Candidate& one) { return one.word == word; });
        if (!is_listed)
            found.push_back({word, verb.group.empty() ? std::string(verb.summary) : ""});
    }
    return found;
}

Candidates names_in(std::string_view group) {
    Candidates found;
    for (const Verb& verb : verbs())
        if (verb.group == group && !verb.is_hidden)
            found.push_back({std::string(verb.name), std::string(verb.summary)});
    return found;
}

const VerbOption* find_option(const VerbShape& shape, std::string_view name) {
    const auto found = std::find_if(shape.options.begin(), shape.options.end(),
                                    [&](const VerbOption& option) { return option.name == name; });
    return found == shape.options.end() ? nullptr : &*found;
}

// What stands behind a verb.
Candidates behind(const Verb& verb, std::string server, Words words) {
    const VerbShape shape = shape_of(verb);
    const std::string& typed = words.back();
    std::vector<std::string> places;
    const VerbOption* awaits = nullptr;  // Its value is the next word.
    for (const std::string& word : words.first(words.size() - 1)) {
        if (awaits != nullptr) {
            if (awaits->name == "--server") server = word;
            awaits = nullptr;
        } else if (word == "--") {
            return {};
        } else if (word.starts_with('-')) {
            const VerbOption* const option = find_option(shape, word);
            if (option != nullptr && option->takes_value) awaits = option;
        } else {
            places.push_back(word);
        }
    }
    if (awaits != nullptr) return values_of(awaits->name);
    Candidates found;
    if (typed.starts_with('-')) {
        for (const VerbOption& option : shape.options) found.push_back({option.name, option.help});
    } else if (places.size() < shape.places.size()) {
        const std::string& place = shape.places[places.size()];
        if (place == "QUEUE") return queue_names(server, typed);
        if (place == "KEY" && !places.empty()) return scheduler_keys(server, places.front());
        return values_of(place);
    }
    return found;
}

const Verb* find_verb(std::string_view group, std::string_view name) {
    const auto found = std::find_if(verbs().begin(), verbs().end(), [&](const Verb& verb) {
        return verb.group == group && verb.name == name && !verb.is_hidden;
    });
    return found == verbs().end() ? nullptr : &*found;
}

Candidates all_candidates(Words words) {
    std::string server;
    while (words.size() > 1 && words.front().starts_with('-')) {
        if (words.front().starts_with("--server=")) server = words.front().substr(9);
        if (words.front() == "--server") {
            if (words.size() == 2) return {};
            server = words[1];
            words = words.subspan(1);
        }
        words = words.subspan(1);
    }
    if (words.size() == 1) return first_words();
    const std::string& first = words.front();
    if (const Verb* const verb = find_verb("", first))
        return behind(*verb, server, words.subspan(1));
    if (words.size() == 2) return names_in(first);
    const Verb* const verb = find_verb(first, words[1]);
    return verb == nullptr ? Candidates{} : behind(*verb, server, words.subspan(2));
}

}  // namespace

std::string name_before(const std::string& prefix) {
    if (prefix.empty() || prefix.size() > kNameBytesMax) return "";
    const std::size_t last = kNameCharacters.find(prefix.back());
    std::string name = prefix.substr(0, prefix.size() - 1);
    if (last == 0 || last == std::string_view::npos) return name;
    name += kNameCharacters[last - 1];
    name.resize(kNameBytesMax, kNameCharacters.back());
    return name;
}

std::vector<Candidate> candidates(const std::vector<std::string>& words) {
    if (words.empty()) return {};
    Candidates found = all_candidates(words);
    keep_typed(found, words.back());
    return found;
}

}  // namespace swarmq::cli
