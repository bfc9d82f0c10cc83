// What operators ask about the broker as a whole.
#include "call.h"
#include "convert.h"
#include "validate.h"

#include <swarmq/admin.h>

#include <utility>

namespace swarmq::inline sdk {
namespace {

using Room = Channel::Room;

constexpr std::uint32_t kWorkersPerPageMax = 1'000;

WallTime to_wall(std::uint64_t unix_ms) {
    return to_optional_wall(unix_ms).value_or(WallTime{});
}

ServerInfo to_info(const v1::ServerInfo& info) {
    ServerInfo plain;
    plain.version = info.version();
    plain.durability = info.durability();
    plain.uptime = Milliseconds(static_cast<std::int64_t>(info.uptime_ms()));
    plain.boot_epoch = info.boot_epoch();
    plain.connections = info.connections();
    plain.jobs = info.jobs();
    plain.queues = info.queues();
    plain.now = to_wall(info.now_ms());
    plain.disk_free_bytes = info.disk_free_bytes();
    plain.disk_bytes = info.disk_bytes();
    plain.add_refusal = info.add_refusal();
    plain.protocol_major = info.protocol_major();
    plain.protocol_minor = info.protocol_minor();
    plain.can_back_up = info.can_back_up();
    for (const auto& alert : info.alerts()) plain.alerts.push_back({alert.queue(), alert.kind()});
    return plain;
}

WorkerState to_worker(const v1::WorkerState& worker) {
    WorkerState plain;
    plain.session = worker.session();
    plain.client_name = worker.client_name();
    plain.labels.insert(worker.labels().begin(), worker.labels().end());
    plain.sdk = worker.sdk();
    plain.address = worker.address();
    plain.connected_at = to_optional_wall(worker.connected_ms());
    plain.last_heard_at = to_optional_wall(worker.last_heard_ms());
    plain.queues.assign(worker.queues().begin(), worker.queues().end());
    plain.queues_more = worker.queues_more();
    plain.credit = worker.credit();
    plain.leases = worker.leases();
    return plain;
}

BackupState to_backup(const v1::BackupState& backup) {
    BackupState plain;
    plain.name = backup.name();
    plain.path = backup.path();
    plain.running = backup.running();
    if (backup.has_failure()) plain.failure = to_error(backup.failure());
    plain.bytes = backup.bytes();
    plain.incarnation = backup.incarnation();
    plain.sequence = backup.sequence();
    plain.started_at = to_wall(backup.started_ms());
    plain.finished_at = to_optional_wall(backup.finished_ms());
    return plain;
}

VerifyState to_verify(const v1::VerifyState& verify) {
    VerifyState plain;
    plain.running = verify.running();
    if (verify.has_failure()) plain.failure = to_error(verify.failure());
    plain.rows = verify.rows();
    plain.bytes = verify.bytes();
    plain.jobs = verify.jobs();
    plain.problem_count = verify.problem_count();
    plain.problems.assign(verify.problems().begin(), verify.problems().end());
    plain.started_at = to_wall(verify.started_ms());
    plain.finished_at = to_optional_wall(verify.finished_ms());
    return plain;
}

void do_server_info(Channel& channel, Callback<ServerInfo> done, Room room) {
    auto request = make_request(channel, Request::Kind::Read);
    request->envelope.mutable_get_server_info();
    send_request<ServerInfo>(channel, std::move(request), room, std::move(done),
                             [](v1::Envelope& answer) -> Result<ServerInfo> {
                                 if (!answer.has_server_info())
                                     return unexpected_answer("ServerInfo", answer);
                                 return to_info(answer.server_info());
                             });
}

void do_list_workers(Channel& channel, std::string queue, std::uint64_t after, std::uint32_t limit,
                     Callback<WorkerPage> done, Room room) {
    if (limit < 1 || limit > kWorkersPerPageMax)
        return done(Error{Code::InvalidArgument,
                          "limit is " + std::to_string(limit) + "; it must be 1..1000"});
    if (!queue.empty())
        if (auto error = check_name("queue", queue)) return done(std::move(*error));
    auto request = make_request(channel, Request::Kind::Read);
    auto& list = *request->envelope.mutable_list_workers();
    list.set_queue(std::move(queue));
    list.set_after(after);
    list.set_limit(limit);
    send_request<WorkerPage>(channel, std::move(request), room, std::move(done),
                             [](v1::Envelope& answer) -> Result<WorkerPage> {
                                 if (!answer.has_list_workers_result())
                                     return unexpected_answer("ListWorkersResult", answer);
                                 WorkerPage page;
                                 for (const auto& worker : answer.list_workers_result().workers())
                                     page.workers.push_back(to_worker(worker));
                                 page.next = answer.list_workers_result().next();
                                 return page;
                             });
}

Result<void> has_begun(v1::Envelope&) {
    return {};
}

void do_start_backup(Channel& channel, std::string name, Callback<void> done, Room room) {
    auto request = make_request(channel, Request::Kind::Change);
    request->envelope.mutable_start_backup()->set_name(std::move(name));
    send_request<void>(channel, std::move(request), room, std::move(done), has_begun);
}

void do_start_verify(Channel& channel, Callback<void> done, Room room) {
    auto request = make_request(channel, Request::Kind::Change);
    request->envelope.mutable_start_verify();
    send_request<void>(channel, std::move(request), room, std::move(done), has_begun);
}

void do_get_maintenance(Channel& channel, Callback<Maintenance> done, Room room) {
    auto request = make_request(channel, Request::Kind::Read);
    request->envelope.mutable_get_maintenance();
    send_request<Maintenance>(channel, std::move(request), room, std::move(done),
                              [](v1::Envelope& answer) -> Result<Maintenance> {
                                  if (!answer.has_maintenance())
                                      return unexpected_answer("Maintenance", answer);
                                  const auto& state = answer.maintenance();
                                  Maintenance plain;
                                  if (state.has_backup()) plain.backup = to_backup(state.backup());
                                  if (state.has_verify()) plain.verify = to_verify(state.verify());
                                  return plain;
                              });
}

}  // namespace

ServerInfo Admin::server_info() {
    return blocking<ServerInfo>(*channel_, do_server_info);
}

void Admin::server_info_async(Callback<ServerInfo> done) {
    asynchronous<ServerInfo>(*channel_, std::move(done), do_server_info);
}

WorkerPage Admin::list_workers(std::string queue, std::uint64_t after, std::uint32_t limit) {
    return blocking<WorkerPage>(*channel_, do_list_workers, std::move(queue), after, limit);
}

void Admin::list_workers_async(std::string queue, std::uint64_t after, std::uint32_t limit,
                               Callback<WorkerPage> done) {
    asynchronous<WorkerPage>(*channel_, std::move(done), do_list_workers, std::move(queue), after,
                             limit);
}

void Admin::start_backup(std::string name) {
    blocking<void>(*channel_, do_start_backup, std::move(name));
}

void Admin::start_backup_async(std::string name, Callback<void> done) {
    asynchronous<void>(*channel_, std::move(done), do_start_backup, std::move(name));
}

void Admin::start_verify() {
    blocking<void>(*channel_, do_start_verify);
}

void Admin::start_verify_async(Callback<void> done) {
    asynchronous<void>(*channel_, std::move(done), do_start_verify);
}

Maintenance Admin::maintenance() {
    return blocking<Maintenance>(*channel_, do_get_maintenance);
}

void Admin::maintenance_async(Callback<Maintenance> done) {
    asynchronous<Maintenance>(*channel_, std::move(done), do_get_maintenance);
}

}  // namespace swarmq::inline sdk
