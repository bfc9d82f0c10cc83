// `swarm queue pause` and its opposite.
#include "exit_codes.h"
#include "verbs.h"

#include <memory>
#include <string>

namespace swarmq::cli {

Run declare_pause(Arguments& arguments) {
    auto queue = std::make_shared<std::string>();
    arguments.word("QUEUE", *queue, "The queue");
    return [queue](Session& session) {
        session.admin().pause(*queue);
        return kExitOk;
    };
}

Run declare_resume(Arguments& arguments) {
    auto queue = std::make_shared<std::string>();
    arguments.word("QUEUE", *queue, "The queue");
    return [queue](Session& session) {
        session.admin().resume(*queue);
        return kExitOk;
    };
}

}  // namespace swarmq::cli
