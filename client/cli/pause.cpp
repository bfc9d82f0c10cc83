// `swarm queue pause` and its opposite.
#include "exit_codes.h"
#include "verbs.h"

#include <memory>
#include <optional>
#include <string>

namespace swarmq::cli {
namespace {

struct Target {
    std::string queue;
    std::string key;
    std::optional<Milliseconds> length;
};

}  // namespace

Run declare_pause(Arguments& arguments) {
    auto target = std::make_shared<Target>();
    arguments.word("QUEUE", target->queue, "The queue");
    arguments.text("--key", target->key, "Only the jobs of this key");
    arguments.duration("--for", target->length, "Go on by itself after this long");
    return [target](Session& session) {
        if (target->length) {
            session.admin().hold(target->queue, target->key, *target->length);
        } else {
            session.admin().pause_key(target->queue, target->key);
        }
        return kExitOk;
    };
}

Run declare_resume(Arguments& arguments) {
    auto target = std::make_shared<Target>();
    arguments.word("QUEUE", target->queue, "The queue");
    arguments.text("--key", target->key, "Only the jobs of this key");
    return [target](Session& session) {
        session.admin().resume_key(target->queue, target->key);
        return kExitOk;
    };
}

}  // namespace swarmq::cli
