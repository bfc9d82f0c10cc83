// Between the SDK's plain values and the messages of the protocol.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include <swarmq/admin.h>
#include <swarmq/error.h>
#include <swarmq/events.h>
#include <swarmq/flow.h>
#include <swarmq/handler.h>
#include <swarmq/job.h>
#include <swarmq/metrics.h>
#include <swarmq/scheduler.h>

#include "swarmq/v1/envelope.pb.h"

namespace swarmq::inline sdk {

Error to_error(const v1::Status& status);
// The error of an answer that was refused; nothing when it was not.
std::optional<Error> refusal_of(const v1::Envelope& answer);
// The broker answered with something else than `expected`.
Error unexpected_answer(std::string_view expected, const v1::Envelope& answer);

// Nothing for 0.
std::optional<WallTime> to_optional_wall(std::uint64_t unix_ms);

// The options of `job` where they are set, else those of `defaults`.
JobOptions merged(const JobOptions& defaults, JobOptions job);

std::unique_ptr<v1::NewJob> to_proto(std::string name, std::string payload, JobOptions options);
AddedJob added_job(const v1::AddedJob& job);

// Take the strings out of the message.
DeduplicationKey to_key(v1::DeduplicationKey& key);
Job to_job(v1::Job& job);
ActiveJob to_active_job(v1::DeliveredJob& job);
Event to_event(v1::Event& event, std::uint64_t boot_epoch);
QueueMetrics to_metrics(const v1::QueueMetrics& metrics);

// Timeout and NotFound (removed) are errors, completed and failed are results.
Result<JobResult> to_job_result(v1::JobResult& result, std::string_view id);

JobState to_state(v1::JobState state);
FailureKind to_failure_kind(v1::FailureKind kind);
v1::OnChildFailure to_proto(OnChildFailure policy);
OnChildFailure to_policy(v1::OnChildFailure policy);
ChildCounts to_counts(const v1::ChildCounts& counts);
FlowTree to_tree(v1::FlowTree& tree);
ChildPage to_children(v1::GetChildrenResult& result);
JobOptions to_options(const v1::JobOptions& options);

void set_repeat(v1::Repeat& proto, const Repeat& repeat);
Scheduler to_scheduler(v1::Scheduler& proto);

QueueSettings to_settings(const v1::QueueSettings& settings);
void set_settings(v1::QueueSettings& proto, const QueueSettings& settings);

v1::JobState to_proto(JobState state);
void set_update(v1::UpdateJob& proto, JobUpdate update);
void set_filters(v1::ListJobs& proto, const ListQuery& query);
void set_outcome(v1::FinishItem& item, Outcome outcome, bool has_key);

}  // namespace swarmq::inline sdk
