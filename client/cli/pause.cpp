// `swarm queue pause` and its opposite.
#include "exit_codes.h"
#include "job_json.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

namespace swarmq::cli {
namespace {

struct Target {
    std::string queue;
    std::string key;
    std::optional<Milliseconds> length;
    bool is_json = false;

    std::string text() const {
        return key.empty() ? "queue " + queue : fmt::format("key {} of queue {}", key, queue);
    }
};

std::shared_ptr<Target> declare_target(Arguments& arguments) {
    auto target = std::make_shared<Target>();
    arguments.word("QUEUE", target->queue, "The queue");
    arguments.text("--key", target->key, "Only the jobs of this key");
    arguments.flag("--json", target->is_json, "One JSON object, for programs");
    return target;
}

int tell(const Target& target, bool is_paused, const std::string& text) {
    if (!target.is_json) {
        fmt::print("{}\n", text);
        return kExitOk;
    }
    boost::json::object object{
        {"queue", target.queue}, {"key", nullptr}, {"paused", is_paused}, {"for", nullptr}};
    if (!target.key.empty()) object["key"] = target.key;
    if (target.length) object["for"] = target.length->count();
    print_json(object);
    return kExitOk;
}

int pause(Session& session, const Target& target) {
    if (!target.length) {
        session.admin().pause_key(target.queue, target.key);
        return tell(target, true, target.text() + " is paused");
    }
    session.admin().hold(target.queue, target.key, *target.length);
    return tell(
        target, true,
        fmt::format("{} is paused for at least {}", target.text(), show_duration(*target.length)));
}

}  // namespace

Run declare_pause(Arguments& arguments) {
    auto target = declare_target(arguments);
    arguments.duration("--for", target->length, "Go on by itself after this long");
    return [target](Session& session) { return pause(session, *target); };
}

Run declare_resume(Arguments& arguments) {
    auto target = declare_target(arguments);
    return [target](Session& session) {
        session.admin().resume_key(target->queue, target->key);
        return tell(*target, false, target->text() + " goes on");
    };
}

}  // namespace swarmq::cli
