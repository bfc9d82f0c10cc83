// Changes to what is stored already: single jobs, and deduplication keys.
#include <utility>

#include <swarmq/admin.h>

#include "call.h"
#include "convert.h"
#include "queue_state.h"
#include "validate.h"

namespace swarmq::inline sdk {
namespace {

using FoundKey = std::optional<DeduplicationKey>;
using Room = Channel::Room;

// A request whose NotFound is an answer: `missing`.
template <class T, class Convert>
void send_lookup(Channel& channel, std::unique_ptr<Request> request, Room room, T missing,
                 Callback<T> done, Convert convert) {
    request->done = [done = std::move(done), missing = std::move(missing),
                     convert](Result<v1::Envelope*> answer) {
        if (answer.ok()) return done(convert(**answer));
        if (answer.error().code == Code::NotFound) return done(missing);
        done(answer.error());
    };
    channel.submit(std::move(request), room);
}

void request_update(Channel& channel, std::string queue, std::string id, JobUpdate update,
                    Callback<void> done, Room room) {
    if (auto error = check_name("job id", id)) return done(std::move(*error));
    if (auto error = check_update(update)) return done(std::move(*error));
    auto request = make_request(channel, Request::Kind::Change);
    auto& change = *request->envelope.mutable_update_job();
    change.set_queue(std::move(queue));
    change.set_id(std::move(id));
    set_update(change, std::move(update));
    send_request<void>(channel, std::move(request), room, std::move(done),
                       [](v1::Envelope&) { return Result<void>(); });
}

void do_get_key(Channel& channel, std::string queue, std::string key, Callback<FoundKey> done,
                Room room) {
    if (auto error = check_name("deduplication key", key)) return done(std::move(*error));
    auto request = make_request(channel, Request::Kind::Read);
    auto& get = *request->envelope.mutable_get_deduplication();
    get.set_queue(std::move(queue));
    get.set_key(std::move(key));
    send_lookup<FoundKey>(channel, std::move(request), room, std::nullopt, std::move(done),
                          [](v1::Envelope& answer) -> Result<FoundKey> {
                              if (!answer.has_deduplication_key()) {
                                  return unexpected_answer("DeduplicationKey", answer);
                              }
                              return FoundKey(to_key(*answer.mutable_deduplication_key()));
                          });
}

void do_remove_key(Channel& channel, std::string queue, std::string key, Callback<bool> done,
                   Room room) {
    if (auto error = check_name("deduplication key", key)) return done(std::move(*error));
    auto request = make_request(channel, Request::Kind::Change);
    auto& remove = *request->envelope.mutable_remove_deduplication();
    remove.set_queue(std::move(queue));
    remove.set_key(std::move(key));
    send_lookup<bool>(channel, std::move(request), room, false, std::move(done),
                      [](v1::Envelope&) { return Result<bool>(true); });
}

}  // namespace

void Queue::update_job(std::string id, JobUpdate update) {
    require(state_->check_open());
    blocking<void>(*state_->channel, request_update, state_->name, std::move(id),
                   std::move(update));
}

void Queue::update_job_async(std::string id, JobUpdate update, Callback<void> done) {
    done = on_callback_thread(*state_->channel, std::move(done));
    if (auto error = state_->check_open()) return done(std::move(*error));
    request_update(*state_->channel, state_->name, std::move(id), std::move(update),
                   std::move(done), Room::Refuse);
}

std::optional<DeduplicationKey> Queue::get_deduplication(std::string key) {
    require(state_->check_open());
    return blocking<FoundKey>(*state_->channel, do_get_key, state_->name, std::move(key));
}

void Queue::get_deduplication_async(std::string key,
                                    Callback<std::optional<DeduplicationKey>> done) {
    done = on_callback_thread(*state_->channel, std::move(done));
    if (auto error = state_->check_open()) return done(std::move(*error));
    do_get_key(*state_->channel, state_->name, std::move(key), std::move(done), Room::Refuse);
}

bool Queue::remove_deduplication(std::string key) {
    require(state_->check_open());
    return blocking<bool>(*state_->channel, do_remove_key, state_->name, std::move(key));
}

void Queue::remove_deduplication_async(std::string key, Callback<bool> done) {
    done = on_callback_thread(*state_->channel, std::move(done));
    if (auto error = state_->check_open()) return done(std::move(*error));
    do_remove_key(*state_->channel, state_->name, std::move(key), std::move(done), Room::Refuse);
}

void Admin::update_job(std::string queue, std::string id, JobUpdate update) {
    blocking<void>(*channel_, request_update, std::move(queue), std::move(id), std::move(update));
}

void Admin::update_job_async(std::string queue, std::string id, JobUpdate update,
                             Callback<void> done) {
    asynchronous<void>(*channel_, std::move(done), request_update, std::move(queue), std::move(id),
                       std::move(update));
}

}  // namespace swarmq::inline sdk
