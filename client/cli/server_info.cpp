// `swarm server info`: what the broker says of itself.
#include "exit_codes.h"
#include "job_json.h"
#include "table.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <memory>

namespace swarmq::cli {

Run declare_server_info(Arguments& arguments) {
    auto is_json = std::make_shared<bool>(false);
    arguments.flag("--json", *is_json, "One JSON object, for programs");
    return [is_json](Session& session) {
        const std::string address = session.connection().server();
        const ServerInfo info = session.admin().server_info();
        if (*is_json) {
            print_json({{"server", address},
                        {"version", info.version},
                        {"durability", info.durability},
                        {"uptime_ms", info.uptime.count()},
                        {"boot_epoch", info.boot_epoch},
                        {"connections", info.connections},
                        {"jobs", info.jobs},
                        {"queues", info.queues}});
            return kExitOk;
        }
        Table table({{"BROKER"}, {address}});
        table.row({"version", info.version});
        table.row({"durability", info.durability});
        table.row({"up for", show_duration(info.uptime)});
        table.row({"starts so far", std::to_string(info.boot_epoch)});
        table.row({"connections", std::to_string(info.connections)});
        table.row({"jobs", std::to_string(info.jobs)});
        table.row({"queues", std::to_string(info.queues)});
        table.print(stdout);
        return kExitOk;
    };
}

}  // namespace swarmq::cli
