// What operators ask about jobs. Each call is written once, as a request and what its answer means.
#include <swarmq/admin.h>

#include <utility>

#include "call.h"
#include "convert.h"
#include "queue_state.h"
#include "validate.h"

namespace swarmq::inline sdk {
namespace {

using Room = Channel::Room;

BulkResult to_bulk(const v1::BulkResult& result) {
    BulkResult plain;
    plain.changed = result.changed();
    plain.more = result.more();
    for (const auto& status : result.statuses()) plain.errors.push_back(to_error(status));
    return plain;
}

Result<BulkResult> bulk_answer(v1::Envelope& answer) {
    if (!answer.has_bulk_result()) return unexpected_answer("BulkResult", answer);
    return to_bulk(answer.bulk_result());
}

std::optional<Error> check_limit(std::uint32_t limit) {
    if (limit >= 1 && limit <= kBulkJobsMax) return std::nullopt;
    return Error{Code::InvalidArgument,
                 "limit is " + std::to_string(limit) + "; it must be 1..1000"};
}

// One request of the bulk kind; `set` fills the envelope.
template <class Set>
void bulk(Channel& channel, const std::optional<Error>& wrong, Set set, Callback<BulkResult> done,
          Room room) {
    if (wrong) return done(*wrong);
    auto request = make_request(channel, Request::Kind::Change);
    set(request->envelope);
    send_request<BulkResult>(channel, std::move(request), room, std::move(done), bulk_answer);
}

template <class Message>
void set_ids(Message& message, std::string queue, std::vector<std::string> ids) {
    message.set_queue(std::move(queue));
    for (auto& id : ids) message.add_ids(std::move(id));
}

template <class Message>
void set_all(Message& message, std::string queue, std::uint32_t limit) {
    message.set_queue(std::move(queue));
    message.set_all(true);
    message.set_limit(limit);
}

void do_list_jobs(Channel& channel, ListQuery query, Callback<JobPage> done, Room room) {
    if (auto error = check_limit(query.limit)) return done(std::move(*error));
    if (auto error = check_filters(query)) return done(std::move(*error));
    auto request = make_request(channel, Request::Kind::Read);
    auto& list = *request->envelope.mutable_list_jobs();
    list.set_queue(std::move(query.queue));
    list.set_state(to_proto(query.state));
    list.set_limit(query.limit);
    list.set_cursor(std::move(query.cursor));
    list.set_with_payload(query.with_payload);
    set_filters(list, query);
    send_request<JobPage>(channel, std::move(request), room, std::move(done),
                          [](v1::Envelope& answer) -> Result<JobPage> {
                              if (!answer.has_list_jobs_result()) {
                                  return unexpected_answer("ListJobsResult", answer);
                              }
                              auto& result = *answer.mutable_list_jobs_result();
                              JobPage page;
                              for (auto& job : *result.mutable_jobs()) {
                                  page.jobs.push_back(to_job(job));
                              }
                              page.next_cursor = result.next_cursor();
                              return page;
                          });
}

void do_retry(Channel& channel, std::string queue, std::vector<std::string> ids,
              Callback<BulkResult> done, Room room) {
    bulk(channel, check_ids(ids),
         [&](v1::Envelope& to) { set_ids(*to.mutable_retry_jobs(), queue, ids); },
         std::move(done), room);
}

void do_retry_all(Channel& channel, std::string queue, std::uint32_t limit,
                  Callback<BulkResult> done, Room room) {
    bulk(channel, check_limit(limit),
         [&](v1::Envelope& to) { set_all(*to.mutable_retry_jobs(), queue, limit); },
         std::move(done), room);
}

void do_promote(Channel& channel, std::string queue, std::vector<std::string> ids,
                Callback<BulkResult> done, Room room) {
    bulk(channel, check_ids(ids),
         [&](v1::Envelope& to) { set_ids(*to.mutable_promote_jobs(), queue, ids); },
         std::move(done), room);
}

void do_promote_all(Channel& channel, std::string queue, std::uint32_t limit,
                    Callback<BulkResult> done, Room room) {
    bulk(channel, check_limit(limit),
         [&](v1::Envelope& to) { set_all(*to.mutable_promote_jobs(), queue, limit); },
         std::move(done), room);
}

void do_drain(Channel& channel, std::string queue, bool include_delayed, std::uint32_t limit,
              Callback<BulkResult> done, Room room) {
    bulk(channel, check_limit(limit),
         [&](v1::Envelope& to) {
             auto& drain = *to.mutable_drain_queue();
             drain.set_queue(std::move(queue));
             drain.set_include_delayed(include_delayed);
             drain.set_limit(limit);
         },
         std::move(done), room);
}

void do_obliterate(Channel& channel, std::string queue, bool force, std::uint32_t limit,
                   Callback<BulkResult> done, Room room) {
    bulk(channel, check_limit(limit),
         [&](v1::Envelope& to) {
             auto& obliterate = *to.mutable_obliterate_queue();
             obliterate.set_queue(std::move(queue));
             obliterate.set_force(force);
             obliterate.set_limit(limit);
         },
         std::move(done), room);
}

std::optional<Error> check_clean(JobState state, Milliseconds older_than, std::uint32_t limit) {
    if (state != JobState::Completed && state != JobState::Failed) {
        return Error{Code::InvalidArgument, "state is " + std::string(to_string(state)) +
                                                "; it must be completed or failed"};
    }
    if (older_than.count() < 0) {
        return Error{Code::InvalidArgument, "older_than is " + std::to_string(older_than.count()) +
                                                " ms; it must not be negative"};
    }
    return check_limit(limit);
}

void do_clean(Channel& channel, std::string queue, JobState state, Milliseconds older_than,
              std::uint32_t limit, Callback<BulkResult> done, Room room) {
    bulk(channel, check_clean(state, older_than, limit),
         [&](v1::Envelope& to) {
             auto& clean = *to.mutable_clean_queue();
             clean.set_queue(std::move(queue));
             clean.set_state(to_proto(state));
             clean.set_older_than_ms(static_cast<std::uint64_t>(older_than.count()));
             clean.set_limit(limit);
         },
         std::move(done), room);
}

void do_clean_ids(Channel& channel, std::string queue, JobState state, std::vector<std::string> ids,
                  Callback<BulkResult> done, Room room) {
    auto wrong = check_clean(state, Milliseconds{0}, kBulkJobsMax);
    if (!wrong) wrong = check_ids(ids);
    bulk(
        channel, wrong,
        [&](v1::Envelope& to) {
            to.mutable_clean_queue()->set_state(to_proto(state));
            set_ids(*to.mutable_clean_queue(), queue, ids);
        },
        std::move(done), room);
}

// With `keep` they are cancelled and their records stay.
void do_remove(Channel& channel, std::string queue, std::vector<std::string> ids, bool keep,
               Callback<BulkResult> done, Room room) {
    if (auto error = check_ids(ids)) return done(std::move(*error));
    auto request = make_request(channel, Request::Kind::Change);
    set_ids(*request->envelope.mutable_remove_jobs(), std::move(queue), std::move(ids));
    request->envelope.mutable_remove_jobs()->set_keep(keep);
    send_request<BulkResult>(channel, std::move(request), room, std::move(done),
                             [](v1::Envelope& answer) -> Result<BulkResult> {
                                 if (!answer.has_remove_jobs_result()) {
                                     return unexpected_answer("RemoveJobsResult", answer);
                                 }
                                 BulkResult plain;
                                 for (const auto& status : answer.remove_jobs_result().statuses()) {
                                     plain.errors.push_back(to_error(status));
                                     plain.changed += plain.errors.back().code == Code::Ok;
                                 }
                                 return plain;
                             });
}

}  // namespace

Admin::Admin(Connection connection) : channel_(connection.channel()) {}

JobPage Admin::list_jobs(ListQuery query) {
    return blocking<JobPage>(*channel_, do_list_jobs, std::move(query));
}

void Admin::list_jobs_async(ListQuery query, Callback<JobPage> done) {
    asynchronous<JobPage>(*channel_, std::move(done), do_list_jobs, std::move(query));
}

Job Admin::get_job(std::string queue, std::string id, bool with_payload) {
    return blocking<Job>(*channel_, request_job, std::move(queue), std::move(id), with_payload);
}

void Admin::get_job_async(std::string queue, std::string id, bool with_payload, Callback<Job> done) {
    asynchronous<Job>(*channel_, std::move(done), request_job, std::move(queue), std::move(id), with_payload);
}

QueueMetrics Admin::get_metrics(std::string queue, MetricsOptions options) {
    return blocking<QueueMetrics>(*channel_, request_metrics, std::move(queue), options);
}

void Admin::get_metrics_async(std::string queue, Callback<QueueMetrics> done) {
    get_metrics_async(std::move(queue), MetricsOptions(), std::move(done));
}

void Admin::get_metrics_async(std::string queue, MetricsOptions options,
                              Callback<QueueMetrics> done) {
    asynchronous<QueueMetrics>(*channel_, std::move(done), request_metrics, std::move(queue), options);
}

BulkResult Admin::retry(std::string queue, std::vector<std::string> ids) {
    return blocking<BulkResult>(*channel_, do_retry, std::move(queue), std::move(ids));
}

void Admin::retry_async(std::string queue, std::vector<std::string> ids, Callback<BulkResult> done) {
    asynchronous<BulkResult>(*channel_, std::move(done), do_retry, std::move(queue), std::move(ids));
}

BulkResult Admin::retry_all(std::string queue, std::uint32_t limit) {
    return blocking<BulkResult>(*channel_, do_retry_all, std::move(queue), limit);
}

void Admin::retry_all_async(std::string queue, std::uint32_t limit, Callback<BulkResult> done) {
    asynchronous<BulkResult>(*channel_, std::move(done), do_retry_all, std::move(queue), limit);
}

BulkResult Admin::promote(std::string queue, std::vector<std::string> ids) {
    return blocking<BulkResult>(*channel_, do_promote, std::move(queue), std::move(ids));
}

void Admin::promote_async(std::string queue, std::vector<std::string> ids, Callback<BulkResult> done) {
    asynchronous<BulkResult>(*channel_, std::move(done), do_promote, std::move(queue), std::move(ids));
}

BulkResult Admin::promote_all(std::string queue, std::uint32_t limit) {
    return blocking<BulkResult>(*channel_, do_promote_all, std::move(queue), limit);
}

void Admin::promote_all_async(std::string queue, std::uint32_t limit, Callback<BulkResult> done) {
    asynchronous<BulkResult>(*channel_, std::move(done), do_promote_all, std::move(queue), limit);
}

BulkResult Admin::remove(std::string queue, std::vector<std::string> ids) {
    return blocking<BulkResult>(*channel_, do_remove, std::move(queue), std::move(ids), false);
}

void Admin::remove_async(std::string queue, std::vector<std::string> ids, Callback<BulkResult> done) {
    asynchronous<BulkResult>(*channel_, std::move(done), do_remove, std::move(queue), std::move(ids),
                             false);
}

BulkResult Admin::cancel(std::string queue, std::vector<std::string> ids) {
    return blocking<BulkResult>(*channel_, do_remove, std::move(queue), std::move(ids), true);
}

void Admin::cancel_async(std::string queue, std::vector<std::string> ids, Callback<BulkResult> done) {
    asynchronous<BulkResult>(*channel_, std::move(done), do_remove, std::move(queue), std::move(ids),
                             true);
}

BulkResult Admin::drain(std::string queue, bool include_delayed, std::uint32_t limit) {
    return blocking<BulkResult>(*channel_, do_drain, std::move(queue), include_delayed, limit);
}

void Admin::drain_async(std::string queue, bool include_delayed, std::uint32_t limit, Callback<BulkResult> done) {
    asynchronous<BulkResult>(*channel_, std::move(done), do_drain, std::move(queue), include_delayed, limit);
}

BulkResult Admin::clean(std::string queue, JobState state, Milliseconds older_than, std::uint32_t limit) {
    return blocking<BulkResult>(*channel_, do_clean, std::move(queue), state, older_than, limit);
}

void Admin::clean_async(std::string queue, JobState state, Milliseconds older_than, std::uint32_t limit, Callback<BulkResult> done) {
    asynchronous<BulkResult>(*channel_, std::move(done), do_clean, std::move(queue), state, older_than, limit);
}

BulkResult Admin::clean(std::string queue, JobState state, std::vector<std::string> ids) {
    return blocking<BulkResult>(*channel_, do_clean_ids, std::move(queue), state, std::move(ids));
}

void Admin::clean_async(std::string queue, JobState state, std::vector<std::string> ids,
                        Callback<BulkResult> done) {
    asynchronous<BulkResult>(*channel_, std::move(done), do_clean_ids, std::move(queue), state,
                             std::move(ids));
}

BulkResult Admin::obliterate(std::string queue, bool force, std::uint32_t limit) {
    return blocking<BulkResult>(*channel_, do_obliterate, std::move(queue), force, limit);
}

void Admin::obliterate_async(std::string queue, bool force, std::uint32_t limit, Callback<BulkResult> done) {
    asynchronous<BulkResult>(*channel_, std::move(done), do_obliterate, std::move(queue), force, limit);
}

}  // namespace swarmq::inline sdk
