// Each verb parses, calls one function of the engine through the broker, and answers. No rules here.
#include "api/router.h"

#include "api/admin_api.h"
#include "api/change_api.h"
#include "api/connection.h"
#include "api/events_api.h"
#include "api/flow_api.h"
#include "api/limits_api.h"
#include "api/log_api.h"
#include "api/operations_api.h"
#include "api/producer_api.h"
#include "api/scheduler_api.h"
#include "api/worker_api.h"
#include "swarmq/v1/envelope.pb.h"

namespace swarmq::api {

using Body = v1::Envelope::BodyCase;

void route(Connection& connection, v1::Envelope& request, std::size_t bytes) {
    connection.request_bytes_ = bytes;
    switch (request.body_case()) {
        case Body::kPing:
            return connection.pong(request.id());
        case Body::kPong:
            return;
        case Body::kGoAway:
            return connection.leave();
        case Body::kGrant:
            return grant(connection, request.grant());
        default:
            if (request.id() == 0)
                return connection.refuse_frame("a request has id 0; ids are above 0 and rise");
            ++connection.broker().stats().requests_total;
            return route_request(connection, request);
    }
}

namespace {

// About the broker as a whole.
void route_operations(Connection& connection, v1::Envelope& request) {
    switch (request.body_case()) {
        case Body::kGetServerInfo:
            return get_server_info(connection, request);
        case Body::kListWorkers:
            return list_workers(connection, request);
        case Body::kStartBackup:
            return start_backup(connection, request);
        case Body::kStartVerify:
            return start_verify(connection, request);
        case Body::kGetMaintenance:
            return get_maintenance(connection, request);

        default:
            return connection.refuse(
                request.id(), {Code::UnknownType, "this broker knows no request of that kind; it speaks "
                                                  "protocol 1.0"});
    }
}

// Changes to what is stored; and what goes on by itself once it was asked for: schedulers, subscriptions to events,
// and flows.
void route_standing(Connection& connection, v1::Envelope& request) {
    switch (request.body_case()) {
        case Body::kGetDeduplication:
            return get_deduplication(connection, request);
        case Body::kRemoveDeduplication:
            return remove_deduplication(connection, request);
        case Body::kUpdateJob:
            return update_job(connection, request);

        case Body::kUpsertScheduler:
            return upsert_scheduler(connection, request);
        case Body::kGetScheduler:
            return get_scheduler(connection, request);
        case Body::kListSchedulers:
            return list_schedulers(connection, request);
        case Body::kRemoveScheduler:
            return remove_scheduler(connection, request);
        case Body::kPreviewTicks:
            return preview_ticks(connection, request);

        case Body::kWatchEvents:
            return watch_events(connection, request);
        case Body::kStopWatching:
            return stop_watching(connection, request);

        case Body::kAddFlow:
            return add_flow(connection, request);
        case Body::kGetFlow:
            return get_flow(connection, request);
        case Body::kGetChildren:
            return get_children(connection, request);

        default:
            return route_operations(connection, request);
    }
}

}  // namespace

void route_request(Connection& connection, v1::Envelope& request) {
    switch (request.body_case()) {
        case Body::kAddJobs:
            return add_jobs(connection, request);
        case Body::kWaitResult:
            return wait_result(connection, request);
        case Body::kGetJob:
            return get_job(connection, request);
        case Body::kListJobs:
            return list_jobs(connection, request);
        case Body::kRemoveJobs:
            return remove_jobs(connection, request);
        case Body::kGetLog:
            return get_log(connection, request);
        case Body::kGetCheckpoint:
            return get_checkpoint(connection, request);

        case Body::kSubscribe:
            return subscribe(connection, request);
        case Body::kQuiet:
            return quiet(connection, request);
        case Body::kFinish:
            return finish(connection, request);
        case Body::kBeat:
            return beat(connection, request);
        case Body::kTake:
            return take(connection, request);

        case Body::kGetQueueMetrics:
            return get_queue_metrics(connection, request);
        case Body::kListQueues:
            return list_queues(connection, request);
        case Body::kPauseQueue:
            return pause_queue(connection, request);
        case Body::kResumeQueue:
            return resume_queue(connection, request);
        case Body::kListKeys:
            return list_keys(connection, request);
        case Body::kSetQueueSettings:
            return set_queue_settings(connection, request);
        case Body::kGetQueueSettings:
            return get_queue_settings(connection, request);
        case Body::kRetryJobs:
            return retry_jobs(connection, request);
        case Body::kPromoteJobs:
            return promote_jobs(connection, request);
        case Body::kDrainQueue:
            return drain_queue(connection, request);
        case Body::kCleanQueue:
            return clean_queue(connection, request);
        case Body::kObliterateQueue:
            return obliterate_queue(connection, request);

        default:
            return route_standing(connection, request);
    }
}

}  // namespace swarmq::api
