// Workers, the broker itself, and the long work that it does for operators.
#include "api/operations_api.h"

#include "api/connection.h"
#include "api/convert.h"
#include "swarmq/v1/envelope.pb.h"
#include "wire/frame.h"

#include <algorithm>
#include <cstdint>
#include <memory>

namespace swarmq::api {
namespace {

// A page of workers ends early here: labels and names of queues may be long.
constexpr std::size_t kPageBytesMax = 1024 * 1024;
constexpr std::size_t kAlertsShownMax = 100;

std::uint64_t not_negative(TimeMs time_ms) {
    return static_cast<std::uint64_t>(std::max<TimeMs>(time_ms, 0));
}

void fill_worker(Connection& connection, const engine::WorkerView& view, v1::WorkerState& worker) {
    worker.set_session(raw(view.session));
    worker.set_client_name(view.name);
    for (const auto& queue : view.queues) worker.add_queues(queue);
    worker.set_queues_more(static_cast<std::uint32_t>(view.queues_more));
    worker.set_credit(view.credit);
    worker.set_leases(view.leases);
    const auto port = connection.broker().port_of(view.session);
    if (!port) return;
    const broker::ClientFacts client = port->client();
    worker.set_client_name(client.name);
    worker.set_sdk(client.sdk);
    worker.set_address(client.address);
    worker.set_connected_ms(not_negative(client.connected_ms));
    worker.set_last_heard_ms(not_negative(client.last_heard_ms));
    for (const auto& [name, value] : client.labels) (*worker.mutable_labels())[name] = value;
}

void fill_backup(const broker::BackupStatus& status, v1::BackupState& backup) {
    backup.set_name(status.name);
    backup.set_path(status.path);
    backup.set_running(status.is_running);
    if (status.failure) set_status(*status.failure, *backup.mutable_failure());
    backup.set_bytes(status.bytes);
    backup.set_incarnation(status.position.incarnation);
    backup.set_sequence(status.position.sequence);
    backup.set_started_ms(not_negative(status.started_ms));
    backup.set_finished_ms(not_negative(status.finished_ms));
}

void fill_verify(const broker::VerifyStatus& status, v1::VerifyState& verify) {
    verify.set_running(status.is_running);
    if (status.failure) set_status(*status.failure, *verify.mutable_failure());
    verify.set_rows(status.steps.rows);
    verify.set_bytes(status.steps.bytes);
    verify.set_jobs(status.steps.jobs);
    verify.set_problem_count(status.problem_count);
    for (const auto& problem : status.problems) verify.add_problems(problem);
    verify.set_started_ms(not_negative(status.started_ms));
    verify.set_finished_ms(not_negative(status.finished_ms));
}

void fill_looks(const ServerLooks& looks, v1::ServerInfo& info) {
    const ServerLooks::Disk disk = looks.disk();
    info.set_disk_free_bytes(disk.free_bytes);
    info.set_disk_bytes(disk.bytes);
    for (const auto& alert : looks.alerts(kAlertsShownMax)) {
        v1::RaisedAlert& raised = *info.add_alerts();
        raised.set_queue(alert.queue);
        raised.set_kind(alert.kind);
    }
}

broker::AskedBy asked_by(const Connection& connection, const v1::Envelope& request) {
    const broker::RequestTag tag = connection.tag(request);
    return {tag.client_id, tag.number};
}

}  // namespace

void list_workers(Connection& connection, v1::Envelope& request) {
    const v1::ListWorkers& message = request.list_workers();
    const auto page = connection.broker().engine().list_workers(
        {message.queue(), message.after(), message.limit()});
    if (!page) return connection.hold_refusal(request.id(), page.error());
    v1::Envelope& answer = connection.scratch();
    v1::ListWorkersResult& result = *answer.mutable_list_workers_result();
    result.set_next(page->next);
    std::size_t bytes = 0;
    for (const auto& view : page->workers) {
        if (bytes >= kPageBytesMax) {
            result.set_next(result.workers(result.workers_size() - 1).session());
            break;
        }
        v1::WorkerState& worker = *result.add_workers();
        fill_worker(connection, view, worker);
        bytes += worker.ByteSizeLong();
    }
    connection.hold(request.id(), answer);
}

void get_server_info(Connection& connection, v1::Envelope& request) {
    const ServerFacts& facts = connection.facts();
    broker::Broker& broker = connection.broker();
    v1::Envelope& answer = connection.scratch();
    v1::ServerInfo& info = *answer.mutable_server_info();
    info.set_version(facts.version);
    info.set_durability(facts.durability);
    info.set_uptime_ms(static_cast<std::uint64_t>(broker.now_ms() - facts.started_ms));
    info.set_boot_epoch(raw(facts.epoch));
    info.set_connections(facts.connections);
    info.set_jobs(broker.engine().job_count());
    info.set_queues(broker.engine().queue_count());
    info.set_now_ms(not_negative(broker.now_ms() + broker.clock().wall_offset_ms()));
    if (const auto& refusal = broker.add_refusal()) info.set_add_refusal(refusal->detail);
    info.set_protocol_major(wire::kProtocolMajor);
    info.set_protocol_minor(wire::kProtocolMinor);
    info.set_can_back_up(broker.maintenance().can_back_up());
    if (facts.looks != nullptr) fill_looks(*facts.looks, info);
    connection.hold(request.id(), answer);
}

// Answered when there is room for it on the disk, which another thread sees to.
void start_backup(Connection& connection, v1::Envelope& request) {
    const auto begun = [weak = connection.weak_from_this(),
                        id = request.id()](const Result<>& result) {
        const auto asker = weak.lock();
        if (!asker || !asker->is_open()) return;
        if (!result) return asker->refuse(id, result.error());
        asker->send(id, asker->scratch());
    };
    connection.broker().maintenance().start_backup(asked_by(connection, request),
                                                   request.start_backup().name(), begun);
}

void start_verify(Connection& connection, v1::Envelope& request) {
    const auto begun =
        connection.broker().maintenance().start_verify(asked_by(connection, request));
    if (!begun) return connection.refuse(request.id(), begun.error());
    connection.send(request.id(), connection.scratch());
}

void get_maintenance(Connection& connection, v1::Envelope& request) {
    const broker::Maintenance& maintenance = connection.broker().maintenance();
    v1::Envelope& answer = connection.scratch();
    v1::Maintenance& state = *answer.mutable_maintenance();
    if (const auto backup = maintenance.backup()) fill_backup(*backup, *state.mutable_backup());
    if (const auto verify = maintenance.verification())
        fill_verify(*verify, *state.mutable_verify());
    connection.send(request.id(), answer);
}

}  // namespace swarmq::api
