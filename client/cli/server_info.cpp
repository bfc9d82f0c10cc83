// `swarm server info`: what the broker says of itself.
#include "exit_codes.h"
#include "job_json.h"
#include "job_text.h"
#include "table.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <memory>

namespace swarmq::cli {
namespace {

std::string protocol_of(const ServerInfo& info) {
    return fmt::format("{}.{}", info.protocol_major, info.protocol_minor);
}

boost::json::array alerts_json(const ServerInfo& info) {
    boost::json::array alerts;
    for (const RaisedAlert& alert : info.alerts)
        alerts.push_back({{"queue", alert.queue}, {"kind", alert.kind}});
    return alerts;
}

}  // namespace

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
                        {"queues", info.queues},
                        {"now_ms", unix_ms(info.now)},
                        {"disk_free_bytes", info.disk_free_bytes},
                        {"disk_bytes", info.disk_bytes},
                        {"add_refusal", info.add_refusal},
                        {"protocol", protocol_of(info)},
                        {"can_back_up", info.can_back_up},
                        {"alerts", alerts_json(info)}});
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
        table.row({"protocol", protocol_of(info)});
        table.row({"clock", show_time(info.now)});
        if (info.disk_bytes > 0)
            table.row({"disk", fmt::format("{} of {} free", show_bytes(info.disk_free_bytes),
                                           show_bytes(info.disk_bytes))});
        if (!info.add_refusal.empty()) table.row({"adds", Cell(info.add_refusal, Colour::Red)});
        table.row({"backups", info.can_back_up ? "swarm backup" : "no --backup-dir"});
        for (const RaisedAlert& alert : info.alerts)
            table.row({"alert", Cell(alert.kind + " of queue " + alert.queue, Colour::Yellow)});
        table.print(stdout);
        return kExitOk;
    };
}

}  // namespace swarmq::cli
