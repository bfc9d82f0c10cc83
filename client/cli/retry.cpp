// `swarm queue retry`: failed jobs run again.
#include "bulk.h"
#include "verbs.h"

#include <memory>

namespace swarmq::cli {

Run declare_retry(Arguments& arguments) {
    auto selection = std::make_shared<Selection>();
    declare_selection(arguments, *selection, "Every job that is failed now");
    return [selection](Session& session) {
        check_selection(*selection);
        Admin admin = session.admin();
        const std::string& queue = selection->queue;
        if (!selection->is_all) {
            return change_ids(*selection, "retried", [&](std::vector<std::string> ids) {
                return admin.retry(queue, std::move(ids));
            });
        }
        const std::uint64_t changed = change_all("retrying", admin.get_metrics(queue).failed,
                                                 [&] { return admin.retry_all(queue); });
        return tell_changed(changed, "retried", selection->is_json);
    };
}

}  // namespace swarmq::cli
