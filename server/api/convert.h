// Between wire messages and plain values; the only place that knows both.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <string>
#include <vector>

#include "engine/commands.h"
#include "engine/effects.h"
#include "engine/engine.h"
#include "records.h"

namespace swarmq::v1 {
class AddedJob;
class AddJobs;
class Beat;
class BulkResult;
class DeliveredJob;
class Finish;
class Job;
class JobOptions;
class JobResult;
class NewJob;
class QueueMetrics;
class QueueSettings;
class Status;
}  // namespace swarmq::v1

namespace swarmq::api {

template <class Message>
using Repeated = google::protobuf::RepeatedPtrField<Message>;

void set_status(const Error& error, v1::Status& status);
void set_statuses(const Answer& answer, Repeated<v1::Status>& statuses);

// Move what they can out of the message. Numbers out of range become InvalidArgument.
Result<engine::AddJobs> to_command(v1::AddJobs& message);
Result<std::vector<engine::FinishItem>> to_command(v1::Finish& message);
void take_job(v1::NewJob& job, engine::JobSpec& spec);
Result<QueueSettings> to_settings(v1::QueueSettings& message);
std::vector<engine::BeatItem> to_command(v1::Beat& message);

void fill_added(const engine::Engine& engine, const Answer& answer, Repeated<v1::AddedJob>& jobs);
void fill_delivered(const engine::Engine& engine, const engine::Delivery& delivery,
                    const std::vector<storage::DeliverableJob>& contents,
                    Repeated<v1::DeliveredJob>& jobs);
void fill_job(const engine::Engine& engine, const std::string& queue, const engine::JobView& view,
              storage::StoredJob&& stored, bool with_payload, v1::Job& job);
// `ended` null: the wait was over before the job.
void fill_result(const engine::EndedJob* ended, v1::JobResult& result);
// Without result and failed reason.
void fill_outcome(const engine::EndedJob* ended, v1::JobResult& result);
void fill_metrics(const engine::QueueView& view, v1::QueueMetrics& metrics);
void fill_settings(const QueueSettings& settings, v1::QueueSettings& message);
void fill_bulk(const Answer& answer, v1::BulkResult& result);

}  // namespace swarmq::api
