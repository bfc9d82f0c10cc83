// `swarm queue promote`: delayed jobs run now.
#include "bulk.h"
#include "verbs.h"

#include <memory>

namespace swarmq::cli {

Run declare_promote(Arguments& arguments) {
    auto selection = std::make_shared<Selection>();
    declare_selection(arguments, *selection, "Every job that is delayed now");
    return [selection](Session& session) {
        check_selection(*selection);
        Admin admin = session.admin();
        const std::string& queue = selection->queue;
        if (!selection->is_all) {
            return change_ids(*selection, "promoted", [&](std::vector<std::string> ids) {
                return admin.promote(queue, std::move(ids));
            });
        }
        const std::uint64_t changed = change_all("promoting", admin.get_metrics(queue).delayed,
                                                 [&] { return admin.promote_all(queue); });
        return tell_changed(changed, "promoted", selection->is_json);
    };
}

}  // namespace swarmq::cli
