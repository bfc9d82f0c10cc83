// What handlers left behind, as Queue and Admin ask for it: the log of a job, its checkpoint.
#include "call.h"
#include "convert.h"
#include "queue_state.h"
#include "validate.h"

#include <swarmq/admin.h>

#include <utility>

namespace swarmq::inline sdk {
namespace {

using Room = Channel::Room;
using Checkpoint = std::optional<std::string>;

JobLog to_log(v1::GetLogResult& result) {
    JobLog log;
    for (auto& line : *result.mutable_lines()) {
        log.lines.push_back({line.number(), to_optional_wall(line.time_ms()).value_or(WallTime()),
                             std::move(*line.mutable_text())});
    }
    log.total = result.total();
    log.state = to_state(result.state());
    return log;
}

void request_log(Channel& channel, std::string queue, std::string id, std::uint64_t after,
                 std::uint32_t limit, Callback<JobLog> done, Room room) {
    if (auto error = check_name("job id", id)) return done(std::move(*error));
    if (limit < 1 || limit > kLogLinesMax) {
        return done(Error{Code::InvalidArgument,
                          "limit is " + std::to_string(limit) + "; it must be 1..100"});
    }
    auto request = make_request(channel, Request::Kind::Read);
    auto& get = *request->envelope.mutable_get_log();
    get.set_queue(std::move(queue));
    get.set_id(std::move(id));
    get.set_after(after);
    get.set_limit(limit);
    send_request<JobLog>(channel, std::move(request), room, std::move(done),
                         [](v1::Envelope& answer) -> Result<JobLog> {
                             if (!answer.has_get_log_result()) {
                                 return unexpected_answer("GetLogResult", answer);
                             }
                             return to_log(*answer.mutable_get_log_result());
                         });
}

void request_checkpoint(Channel& channel, std::string queue, std::string id,
                        Callback<Checkpoint> done, Room room) {
    if (auto error = check_name("job id", id)) return done(std::move(*error));
    auto request = make_request(channel, Request::Kind::Read);
    request->envelope.mutable_get_checkpoint()->set_queue(std::move(queue));
    request->envelope.mutable_get_checkpoint()->set_id(std::move(id));
    send_request<Checkpoint>(channel, std::move(request), room, std::move(done),
                             [](v1::Envelope& answer) -> Result<Checkpoint> {
                                 if (!answer.has_checkpoint()) {
                                     return unexpected_answer("Checkpoint", answer);
                                 }
                                 auto& checkpoint = *answer.mutable_checkpoint();
                                 if (!checkpoint.has_data()) return Checkpoint();
                                 return Checkpoint(std::move(*checkpoint.mutable_data()));
                             });
}

}  // namespace

JobLog Queue::get_log(std::string id, std::uint64_t after, std::uint32_t limit) {
    require(state_->check_open());
    return blocking<JobLog>(*state_->channel, request_log, state_->name, std::move(id), after,
                            limit);
}

void Queue::get_log_async(std::string id, std::uint64_t after, std::uint32_t limit,
                          Callback<JobLog> done) {
    if (auto error = state_->check_open())
        return on_callback_thread(*state_->channel, std::move(done))(std::move(*error));
    asynchronous<JobLog>(*state_->channel, std::move(done), request_log, state_->name,
                         std::move(id), after, limit);
}

std::optional<std::string> Queue::get_checkpoint(std::string id) {
    require(state_->check_open());
    return blocking<Checkpoint>(*state_->channel, request_checkpoint, state_->name, std::move(id));
}

void Queue::get_checkpoint_async(std::string id, Callback<std::optional<std::string>> done) {
    if (auto error = state_->check_open())
        return on_callback_thread(*state_->channel, std::move(done))(std::move(*error));
    asynchronous<Checkpoint>(*state_->channel, std::move(done), request_checkpoint, state_->name,
                             std::move(id));
}

JobLog Admin::get_log(std::string queue, std::string id, std::uint64_t after, std::uint32_t limit) {
    return blocking<JobLog>(*channel_, request_log, std::move(queue), std::move(id), after, limit);
}

void Admin::get_log_async(std::string queue, std::string id, std::uint64_t after,
                          std::uint32_t limit, Callback<JobLog> done) {
    asynchronous<JobLog>(*channel_, std::move(done), request_log, std::move(queue), std::move(id),
                         after, limit);
}

std::optional<std::string> Admin::get_checkpoint(std::string queue, std::string id) {
    return blocking<Checkpoint>(*channel_, request_checkpoint, std::move(queue), std::move(id));
}

void Admin::get_checkpoint_async(std::string queue, std::string id,
                                 Callback<std::optional<std::string>> done) {
    asynchronous<Checkpoint>(*channel_, std::move(done), request_checkpoint, std::move(queue),
                             std::move(id));
}

}  // namespace swarmq::inline sdk
