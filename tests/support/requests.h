// Requests as tests write them, over a RawClient.
#pragma once

#include "support/raw_client.h"

#include <cstdint>
#include <string>

namespace swarmq::test {

inline v1::Envelope add_request(const std::string& queue) {
    v1::Envelope request;
    request.mutable_add_jobs()->set_queue(queue);
    return request;
}

// One more job for the request; set its options on what comes back.
inline v1::JobOptions& one_more(v1::Envelope& request, const std::string& payload,
                                const std::string& id = "") {
    v1::NewJob& job = *request.mutable_add_jobs()->add_jobs();
    job.set_name("work");
    job.set_payload(payload);
    job.set_id(id);
    return *job.mutable_options();
}

// Adds one job with these options; answers its id, empty when it was refused.
inline std::string add_one(RawClient& client, const std::string& queue, const std::string& payload,
                           const v1::JobOptions& options = {}) {
    v1::Envelope request = add_request(queue);
    one_more(request, payload) = options;
    const auto answer = client.call(request);
    return answer.add_jobs_result().jobs_size() == 1 ? answer.add_jobs_result().jobs(0).id() : "";
}

inline void allow(RawClient& client, std::uint32_t subscription, std::uint64_t jobs_total) {
    v1::Envelope grant;
    grant.mutable_grant()->set_subscription(subscription);
    grant.mutable_grant()->set_jobs_total(jobs_total);
    client.send(grant);
}

inline v1::Envelope subscribe(RawClient& client, const std::string& queue, std::uint64_t jobs_total,
                              std::uint32_t subscription = 1, std::uint32_t lease_ms = 0) {
    v1::Envelope request;
    request.mutable_subscribe()->set_subscription(subscription);
    request.mutable_subscribe()->add_queues(queue);
    request.mutable_subscribe()->set_lease_ms(lease_ms);
    auto answer = client.call(request);
    allow(client, subscription, jobs_total);
    return answer;
}

// Takes up to `jobs`, or what turns up within the wait.
inline v1::TakeResult take(RawClient& client, const std::string& queue, std::uint32_t jobs = 1,
                           std::uint64_t wait_ms = 0, std::uint32_t lease_ms = 0) {
    v1::Envelope request;
    request.mutable_take()->add_queues(queue);
    request.mutable_take()->set_max_jobs(jobs);
    request.mutable_take()->set_wait_ms(wait_ms);
    request.mutable_take()->set_lease_ms(lease_ms);
    return client.call(request).take_result();
}

// A Finish with one item for this job; set its outcome on what comes back.
inline v1::FinishItem& finish_item(v1::Envelope& request, const v1::DeliveredJob& job) {
    v1::FinishItem& item = *request.mutable_finish()->add_items();
    item.set_queue(job.queue());
    item.set_id(job.id());
    item.set_token(job.token());
    return item;
}

// Of the only item; or of the whole request, when it was refused.
inline v1::Code finish_code(const v1::Envelope& answer) {
    return answer.finish_result().statuses_size() > 0 ? answer.finish_result().statuses(0).code()
                                                      : answer.status().code();
}

inline v1::Code complete(RawClient& client, const v1::DeliveredJob& job,
                         const std::string& result) {
    v1::Envelope request;
    finish_item(request, job).mutable_complete()->set_result(result);
    return finish_code(client.call(request));
}

inline v1::Code fail(RawClient& client, const v1::DeliveredJob& job, const std::string& reason,
                     bool unrecoverable = false) {
    v1::Envelope request;
    v1::Fail& failure = *finish_item(request, job).mutable_fail();
    failure.set_reason(reason);
    failure.set_unrecoverable(unrecoverable);
    return finish_code(client.call(request));
}

inline v1::Envelope get(RawClient& client, const std::string& queue, const std::string& id) {
    v1::Envelope request;
    request.mutable_get_job()->set_queue(queue);
    request.mutable_get_job()->set_id(id);
    return client.call(request);
}

inline v1::Job get_job(RawClient& client, const std::string& queue, const std::string& id) {
    return get(client, queue, id).get_job_result().job();
}

inline v1::QueueMetrics metrics(RawClient& client, const std::string& queue) {
    v1::Envelope request;
    request.mutable_get_queue_metrics()->set_queue(queue);
    return client.call(request).queue_metrics();
}

inline v1::Envelope wait_request(const std::string& queue, const std::string& id,
                                 std::uint64_t timeout_ms = 20'000) {
    v1::Envelope request;
    request.mutable_wait_result()->set_queue(queue);
    request.mutable_wait_result()->set_id(id);
    request.mutable_wait_result()->set_timeout_ms(timeout_ms);
    return request;
}

inline v1::Code remove(RawClient& client, const std::string& queue, const std::string& id) {
    v1::Envelope request;
    request.mutable_remove_jobs()->set_queue(queue);
    request.mutable_remove_jobs()->add_ids(id);
    return client.call(request).remove_jobs_result().statuses(0).code();
}

}  // namespace swarmq::test
