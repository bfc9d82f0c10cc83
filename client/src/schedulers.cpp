// What is asked of schedulers, by the handle of a queue and by operators.
#include <swarmq/admin.h>

#include <utility>

#include "call.h"
#include "convert.h"
#include "queue_state.h"
#include "validate.h"

namespace swarmq::inline sdk {
namespace {

using Room = Channel::Room;

Result<Scheduler> scheduler_answer(v1::Envelope& answer) {
    if (!answer.has_scheduler()) return unexpected_answer("Scheduler", answer);
    return to_scheduler(*answer.mutable_scheduler());
}

void do_upsert(Channel& channel, std::string queue, std::string key, const Repeat& repeat,
               NewJob job, std::uint32_t next_ticks, Callback<Scheduler> done, Room room) {
    if (auto error = check_name("scheduler key", key)) return done(std::move(*error));
    auto request = make_request(channel, Request::Kind::Change);
    auto& upsert = *request->envelope.mutable_upsert_scheduler();
    upsert.set_queue(std::move(queue));
    upsert.set_key(std::move(key));
    set_repeat(*upsert.mutable_repeat(), repeat);
    upsert.set_allocated_job(
        to_proto(std::move(job.name), std::move(job.payload), std::move(job.options)).release());
    upsert.set_next_ticks(next_ticks);
    send_request<Scheduler>(channel, std::move(request), room, std::move(done), scheduler_answer);
}

void do_get(Channel& channel, std::string queue, std::string key, std::uint32_t next_ticks,
            Callback<Scheduler> done, Room room) {
    auto request = make_request(channel, Request::Kind::Read);
    auto& get = *request->envelope.mutable_get_scheduler();
    get.set_queue(std::move(queue));
    get.set_key(std::move(key));
    get.set_next_ticks(next_ticks);
    send_request<Scheduler>(channel, std::move(request), room, std::move(done), scheduler_answer);
}

void do_remove(Channel& channel, std::string queue, std::string key, Callback<bool> done,
               Room room) {
    auto request = make_request(channel, Request::Kind::Change);
    auto& remove = *request->envelope.mutable_remove_scheduler();
    remove.set_queue(std::move(queue));
    remove.set_key(std::move(key));
    const auto found = [done = std::move(done)](Result<bool> result) {
        const bool is_missing = !result.ok() && result.error().code == Code::NotFound;
        done(is_missing ? Result<bool>(false) : std::move(result));
    };
    send_request<bool>(channel, std::move(request), room, Callback<bool>(found),
                       [](v1::Envelope&) { return Result<bool>(true); });
}

void do_list(Channel& channel, std::string queue, std::uint32_t limit, std::string cursor,
             Callback<SchedulerPage> done, Room room) {
    auto request = make_request(channel, Request::Kind::Read);
    auto& list = *request->envelope.mutable_list_schedulers();
    list.set_queue(std::move(queue));
    list.set_limit(limit);
    list.set_cursor(std::move(cursor));
    send_request<SchedulerPage>(channel, std::move(request), room, std::move(done),
                                [](v1::Envelope& answer) -> Result<SchedulerPage> {
                                    if (!answer.has_list_schedulers_result()) {
                                        return unexpected_answer("ListSchedulersResult", answer);
                                    }
                                    auto& result = *answer.mutable_list_schedulers_result();
                                    SchedulerPage page;
                                    for (auto& scheduler : *result.mutable_schedulers()) {
                                        page.schedulers.push_back(to_scheduler(scheduler));
                                    }
                                    page.next_cursor = result.next_cursor();
                                    return page;
                                });
}

void do_preview(Channel& channel, const Repeat& repeat, std::uint32_t count,
                Callback<std::vector<WallTime>> done, Room room) {
    auto request = make_request(channel, Request::Kind::Read);
    auto& preview = *request->envelope.mutable_preview_ticks();
    set_repeat(*preview.mutable_repeat(), repeat);
    preview.set_count(count);
    send_request<std::vector<WallTime>>(
        channel, std::move(request), room, std::move(done),
        [](v1::Envelope& answer) -> Result<std::vector<WallTime>> {
            if (!answer.has_preview_ticks_result()) {
                return unexpected_answer("PreviewTicksResult", answer);
            }
            std::vector<WallTime> ticks;
            for (const auto next_ms : answer.preview_ticks_result().next_ms()) {
                ticks.emplace_back(Milliseconds(static_cast<std::int64_t>(next_ms)));
            }
            return ticks;
        });
}

}  // namespace

void Queue::State::upsert_scheduler(std::string key, const Repeat& repeat, NewJob job,
                                    std::uint32_t next_ticks, Callback<Scheduler> done, Room room) {
    const bool has_time = job.options.delay || job.options.run_at;
    if (auto error = prepare(job)) return done(std::move(*error));
    // The handle's default delay is for jobs that are added by hand.
    if (!has_time) job.options.delay.reset();
    if (!has_time) job.options.run_at.reset();
    do_upsert(*channel, name, std::move(key), repeat, std::move(job), next_ticks, std::move(done),
              room);
}

Scheduler Queue::upsert_scheduler(std::string key, const Repeat& repeat, NewJob job,
                                  std::uint32_t next_ticks) {
    return block_on<Scheduler>(*state_->channel, [&](Callback<Scheduler> done, Room room) {
        state_->upsert_scheduler(std::move(key), repeat, std::move(job), next_ticks,
                                 std::move(done), room);
    });
}

void Queue::upsert_scheduler_async(std::string key, const Repeat& repeat, NewJob job,
                                   std::uint32_t next_ticks, Callback<Scheduler> done) {
    state_->upsert_scheduler(std::move(key), repeat, std::move(job), next_ticks,
                             on_callback_thread(*state_->channel, std::move(done)), Room::Refuse);
}

Scheduler Queue::get_scheduler(std::string key, std::uint32_t next_ticks) {
    require(state_->check_open());
    return blocking<Scheduler>(*state_->channel, do_get, state_->name, std::move(key), next_ticks);
}

void Queue::get_scheduler_async(std::string key, std::uint32_t next_ticks,
                                Callback<Scheduler> done) {
    done = on_callback_thread(*state_->channel, std::move(done));
    if (auto error = state_->check_open()) return done(std::move(*error));
    do_get(*state_->channel, state_->name, std::move(key), next_ticks, std::move(done),
           Room::Refuse);
}

bool Queue::remove_scheduler(std::string key) {
    require(state_->check_open());
    return blocking<bool>(*state_->channel, do_remove, state_->name, std::move(key));
}

void Queue::remove_scheduler_async(std::string key, Callback<bool> done) {
    done = on_callback_thread(*state_->channel, std::move(done));
    if (auto error = state_->check_open()) return done(std::move(*error));
    do_remove(*state_->channel, state_->name, std::move(key), std::move(done), Room::Refuse);
}

SchedulerPage Queue::list_schedulers(std::uint32_t limit, std::string cursor) {
    require(state_->check_open());
    return blocking<SchedulerPage>(*state_->channel, do_list, state_->name, limit,
                                   std::move(cursor));
}

void Queue::list_schedulers_async(std::uint32_t limit, std::string cursor,
                                  Callback<SchedulerPage> done) {
    done = on_callback_thread(*state_->channel, std::move(done));
    if (auto error = state_->check_open()) return done(std::move(*error));
    do_list(*state_->channel, state_->name, limit, std::move(cursor), std::move(done),
            Room::Refuse);
}

SchedulerPage Admin::list_schedulers(std::uint32_t limit, std::string cursor) {
    return blocking<SchedulerPage>(*channel_, do_list, std::string(), limit, std::move(cursor));
}

void Admin::list_schedulers_async(std::uint32_t limit, std::string cursor,
                                  Callback<SchedulerPage> done) {
    asynchronous<SchedulerPage>(*channel_, std::move(done), do_list, std::string(), limit,
                                std::move(cursor));
}

std::vector<WallTime> Admin::preview_ticks(const Repeat& repeat, std::uint32_t count) {
    return blocking<std::vector<WallTime>>(*channel_, do_preview, repeat, count);
}

void Admin::preview_ticks_async(const Repeat& repeat, std::uint32_t count,
                                Callback<std::vector<WallTime>> done) {
    asynchronous<std::vector<WallTime>>(*channel_, std::move(done), do_preview, repeat, count);
}

}  // namespace swarmq::inline sdk
