// What operators do to hold a queue or one of its keys back, and to see its keys.
#include <swarmq/admin.h>

#include <utility>

#include "call.h"
#include "convert.h"
#include "queue_state.h"
#include "validate.h"

namespace swarmq::inline sdk {
namespace {

using Room = Channel::Room;

struct Target {
    std::string queue;
    std::string key;  // Empty: the whole queue.
};

std::optional<Error> check(const Target& target) {
    if (auto error = check_name("queue", target.queue)) return error;
    return target.key.empty() ? std::nullopt : check_name("key", target.key);
}

Result<void> nothing_to_tell(v1::Envelope&) { return {}; }

// Length 0: until it is resumed.
void do_pause(Channel& channel, Target target, Milliseconds length, Callback<void> done, Room room) {
    if (auto error = check(target)) return done(std::move(*error));
    auto request = make_request(channel, Request::Kind::Change);
    auto& pause = *request->envelope.mutable_pause_queue();
    pause.set_queue(std::move(target.queue));
    pause.set_key(std::move(target.key));
    pause.set_for_ms(static_cast<std::uint64_t>(length.count()));
    send_request<void>(channel, std::move(request), room, std::move(done), nothing_to_tell);
}

void do_hold(Channel& channel, Target target, Milliseconds length, Callback<void> done, Room room) {
    if (length.count() < 1 || length > kHoldMax) {
        return done(Error{Code::InvalidArgument, "a hold of " + std::to_string(length.count()) +
                                                     " ms; it must be 1 ms..30 days"});
    }
    do_pause(channel, std::move(target), length, std::move(done), room);
}

void do_resume(Channel& channel, Target target, Callback<void> done, Room room) {
    if (auto error = check(target)) return done(std::move(*error));
    auto request = make_request(channel, Request::Kind::Change);
    request->envelope.mutable_resume_queue()->set_queue(std::move(target.queue));
    request->envelope.mutable_resume_queue()->set_key(std::move(target.key));
    send_request<void>(channel, std::move(request), room, std::move(done), nothing_to_tell);
}

Result<KeyPage> to_page(v1::Envelope& answer) {
    if (!answer.has_list_keys_result()) return unexpected_answer("ListKeysResult", answer);
    KeyPage page;
    for (const auto& from : answer.list_keys_result().keys()) {
        KeyState& key = page.keys.emplace_back();
        key.key = from.key();
        key.waiting = from.waiting();
        key.active = from.active();
        key.weight = from.weight();
        key.paused = from.paused();
        key.held_until = to_optional_wall(from.held_until_ms());
        key.is_closed = from.is_closed();
    }
    page.next = answer.list_keys_result().next();
    return page;
}

void do_list_keys(Channel& channel, std::string queue, std::string after, std::uint32_t limit,
                  Callback<KeyPage> done, Room room) {
    if (limit < 1 || limit > 1'000) {
        return done(Error{Code::InvalidArgument,
                          "limit is " + std::to_string(limit) + "; it must be 1..1000"});
    }
    auto request = make_request(channel, Request::Kind::Read);
    auto& list = *request->envelope.mutable_list_keys();
    list.set_queue(std::move(queue));
    list.set_after(std::move(after));
    list.set_limit(limit);
    send_request<KeyPage>(channel, std::move(request), room, std::move(done), to_page);
}

constexpr Milliseconds kUntilResumed{0};

}  // namespace

void Admin::pause(std::string queue) { pause_key(std::move(queue), {}); }

void Admin::pause_async(std::string queue, Callback<void> done) {
    pause_key_async(std::move(queue), {}, std::move(done));
}

void Admin::resume(std::string queue) { resume_key(std::move(queue), {}); }

void Admin::resume_async(std::string queue, Callback<void> done) {
    resume_key_async(std::move(queue), {}, std::move(done));
}

void Admin::pause_key(std::string queue, std::string key) {
    blocking<void>(*channel_, do_pause, Target{std::move(queue), std::move(key)}, kUntilResumed);
}

void Admin::pause_key_async(std::string queue, std::string key, Callback<void> done) {
    asynchronous<void>(*channel_, std::move(done), do_pause,
                       Target{std::move(queue), std::move(key)}, kUntilResumed);
}

void Admin::hold(std::string queue, std::string key, Milliseconds length) {
    blocking<void>(*channel_, do_hold, Target{std::move(queue), std::move(key)}, length);
}

void Admin::hold_async(std::string queue, std::string key, Milliseconds length, Callback<void> done) {
    asynchronous<void>(*channel_, std::move(done), do_hold,
                       Target{std::move(queue), std::move(key)}, length);
}

void Admin::resume_key(std::string queue, std::string key) {
    blocking<void>(*channel_, do_resume, Target{std::move(queue), std::move(key)});
}

void Admin::resume_key_async(std::string queue, std::string key, Callback<void> done) {
    asynchronous<void>(*channel_, std::move(done), do_resume,
                       Target{std::move(queue), std::move(key)});
}

KeyPage Admin::list_keys(std::string queue, std::string after, std::uint32_t limit) {
    return blocking<KeyPage>(*channel_, do_list_keys, std::move(queue), std::move(after), limit);
}

void Admin::list_keys_async(std::string queue, std::string after, std::uint32_t limit,
                            Callback<KeyPage> done) {
    asynchronous<KeyPage>(*channel_, std::move(done), do_list_keys, std::move(queue),
                          std::move(after), limit);
}

}  // namespace swarmq::inline sdk
