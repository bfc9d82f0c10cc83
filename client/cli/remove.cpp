// `swarm queue remove`: jobs go, whatever state they are in.
#include "bulk.h"
#include "verbs.h"

#include <memory>

namespace swarmq::cli {

Run declare_remove(Arguments& arguments) {
    auto selection = std::make_shared<Selection>();
    declare_selection(arguments, *selection, "");
    return [selection](Session& session) {
        check_selection(*selection);
        Admin admin = session.admin();
        return change_ids(*selection, "removed", [&](std::vector<std::string> ids) {
            return admin.remove(selection->queue, std::move(ids));
        });
    };
}

}  // namespace swarmq::cli
