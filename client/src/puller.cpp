// Take, finish and extend by hand.
#include <swarmq/puller.h>

#include <algorithm>
#include <utility>

#include "call.h"
#include "convert.h"
#include "flows.h"
#include "log_lines.h"
#include "telling.h"
#include "validate.h"
#include "worker_impl.h"

namespace swarmq::inline sdk {
namespace {

using Room = Channel::Room;
using ProtoStatuses = google::protobuf::RepeatedPtrField<v1::Status>;

Result<void> only_status(const ProtoStatuses& statuses) {
    if (statuses.empty() || statuses[0].code() == v1::CODE_UNSPECIFIED) return {};
    return to_error(statuses[0]);
}

template <class Item>
void set_job(Item& item, const ActiveJob& job) {
    item.set_queue(job.queue);
    item.set_id(job.id);
    item.set_token(job.token);
}

}  // namespace

struct TakenJob::State {
    State(std::shared_ptr<Channel> taken_from, ActiveJob taken)
        : channel(std::move(taken_from)), job(std::move(taken)) {
        channel->hold_taken(job.token);
        telling = tell_attempt(channel->options().telemetry.get(), job);
        if (telling) telling->handler_returned();
    }
    ~State() { channel->drop_taken(job.token); }
    State(const State&) = delete;

    const std::shared_ptr<Channel> channel;
    const ActiveJob job;
    std::shared_ptr<AttemptTelling> telling;

    void finish(Outcome outcome, Callback<void> done, Room room) {
        if (outcome.kind() == Outcome::Kind::Complete &&
            outcome.result().size() > kResultBytesMax) {
            return done(Error{Code::TooLarge, "the result has " +
                                                  std::to_string(outcome.result().size()) +
                                                  " bytes; at most 1048576 are allowed"});
        }
        if (auto error = check_follow_ups(outcome.follow_ups())) return done(std::move(*error));
        auto request = make_request(*channel, Request::Kind::Change);
        auto& item = *request->envelope.mutable_finish()->add_items();
        set_job(item, job);
        if (telling) done = ending(outcome, std::move(done));
        set_outcome(item, std::move(outcome), !job.key.empty());
        send_request<void>(*channel, std::move(request), room, std::move(done),
                           [](v1::Envelope& answer) {
                               return only_status(answer.finish_result().statuses());
                           });
    }

    // The attempt ends where its end was accepted.
    Callback<void> ending(Outcome outcome, Callback<void> done) const {
        return [&callbacks = channel->callbacks(), ended = telling, outcome = std::move(outcome),
                done = std::move(done)](Result<void> result) {
            if (result.ok())
                callbacks.add([ended, outcome] { ended->end(outcome, CancelReason::None); });
            done(std::move(result));
        };
    }

    HeldJob held() const { return {job.queue, job.id, job.token}; }

    // Says something about the job and renews its lease; `set` puts it into the item. What the log or the checkpoint
    // gets must not be applied twice.
    template <class Set>
    void beat(Request::Kind kind, Set set, Callback<void> done, Room room) {
        auto request = make_request(*channel, kind);
        auto& item = *request->envelope.mutable_beat()->add_items();
        set_job(item, job);
        set(item);
        send_request<void>(*channel, std::move(request), room, std::move(done),
                           [](v1::Envelope& answer) {
                               return only_status(answer.beat_result().statuses());
                           });
    }
    template <class Set>
    void blocking_beat(Request::Kind kind, Set set) {
        block_on<void>(*channel, [&](Callback<void> done, Room room) { beat(kind, set, std::move(done), room); });
    }
};

const ActiveJob& TakenJob::job() const { return state_->job; }

void TakenJob::finish(Outcome outcome) {
    block_on<void>(*state_->channel, [&](Callback<void> done, Room room) {
        state_->finish(std::move(outcome), std::move(done), room);
    });
}

void TakenJob::finish_async(Outcome outcome, Callback<void> done) {
    state_->finish(std::move(outcome), on_callback_thread(*state_->channel, std::move(done)),
                   Room::Refuse);
}

void TakenJob::complete(std::string result, std::string content_type) {
    finish(Outcome::complete(std::move(result), std::move(content_type)));
}

void TakenJob::fail(std::string reason) { finish(Outcome::fail(std::move(reason))); }

std::vector<AddedFlow> TakenJob::add_children(std::vector<FlowJob> children) {
    return blocking<std::vector<AddedFlow>>(*state_->channel, request_flow, std::move(children),
                                            state_->held());
}

ChildPage TakenJob::children_page(std::uint32_t limit, std::string cursor) {
    return blocking<ChildPage>(*state_->channel, request_children, state_->job.queue, state_->job.id,
                               limit, std::move(cursor));
}

void TakenJob::release() { finish(Outcome::release()); }

void TakenJob::extend() {
    state_->blocking_beat(Request::Kind::Read, [](v1::BeatItem&) {});
}

void TakenJob::update_progress(std::string json) {
    require(check_progress(json));
    state_->blocking_beat(Request::Kind::Read, [&](v1::BeatItem& item) { item.set_progress(json); });
}

void TakenJob::log(std::string_view text) {
    const auto lines = split_log(text);
    state_->blocking_beat(Request::Kind::Change, [&](v1::BeatItem& item) {
        for (const auto& line : lines) item.add_log_lines(line);
    });
}

void TakenJob::save_checkpoint(std::string data) {
    require(check_checkpoint(data));
    state_->blocking_beat(Request::Kind::Change,
                          [&](v1::BeatItem& item) { item.set_checkpoint(std::move(data)); });
}

struct Puller::State : std::enable_shared_from_this<Puller::State> {
    std::shared_ptr<Channel> channel;
    PullerOptions options;

    using Jobs = std::vector<TakenJob>;

    std::optional<Error> check(std::size_t jobs_max, Milliseconds wait) const {
        if (jobs_max < 1 || jobs_max > kJobsPerRequestMax) {
            return Error{Code::InvalidArgument,
                         "jobs_max is " + std::to_string(jobs_max) + "; it must be 1..1000"};
        }
        return wait.count() == 0 ? std::nullopt : check_wait(wait);
    }

    void take(std::size_t jobs_max, Milliseconds wait, Callback<Jobs> done, Room room) {
        if (auto error = check(jobs_max, wait)) return done(std::move(*error));
        auto request = make_request(*channel, Request::Kind::Once, wait);
        auto& take = *request->envelope.mutable_take();
        for (const auto& queue : options.queues) take.add_queues(queue);
        take.set_max_jobs(static_cast<std::uint32_t>(jobs_max));
        take.set_wait_ms(static_cast<std::uint64_t>(wait.count()));
        take.set_lease_ms(static_cast<std::uint32_t>(options.lease.count()));
        const auto ends = request->submitted + wait;
        request->done = [self = shared_from_this(), jobs_max, ends,
                         done = std::move(done)](Result<v1::Envelope*> answer) {
            self->take_answer(jobs_max, ends, std::move(answer), done);
        };
        channel->submit(std::move(request), room);
    }

    // A lost connection does not end a wait: it goes on, on the next one, for what is left of it.
    void take_answer(std::size_t jobs_max, SteadyTime ends, Result<v1::Envelope*> answer,
                     const Callback<Jobs>& done) {
        if (answer.ok()) return done(to_jobs(**answer));
        const auto left = std::chrono::duration_cast<Milliseconds>(
            ends - std::chrono::steady_clock::now());
        const bool goes_on = answer.error().code == Code::Unavailable &&
                             answer.error().retriable && left.count() > 0;
        if (!goes_on) return done(answer.error());
        take(jobs_max, left, done, Room::Refuse);
    }

    Jobs to_jobs(v1::Envelope& answer) {
        Jobs jobs;
        for (auto& delivered : *answer.mutable_take_result()->mutable_jobs()) {
            TakenJob job;
            job.state_ = std::make_shared<TakenJob::State>(channel, to_active_job(delivered));
            jobs.push_back(std::move(job));
        }
        return jobs;
    }
};

Puller::Puller(PullerOptions options) {
    require(check_subscription(options.queues, options.lease));
    state_ = std::make_shared<State>();
    state_->channel = options.connection.channel();
    state_->options = std::move(options);
}

std::vector<TakenJob> Puller::take_many(std::size_t jobs_max, Milliseconds wait) {
    using Jobs = std::vector<TakenJob>;
    return block_on<Jobs>(*state_->channel, [&](Callback<Jobs> done, Room room) {
        state_->take(jobs_max, wait, std::move(done), room);
    });
}

std::optional<TakenJob> Puller::take(Milliseconds wait) {
    auto jobs = take_many(1, wait);
    if (jobs.empty()) return std::nullopt;
    return std::move(jobs.front());
}

void Puller::take_async(std::size_t jobs_max, Milliseconds wait,
                        Callback<std::vector<TakenJob>> done) {
    state_->take(jobs_max, wait, on_callback_thread(*state_->channel, std::move(done)),
                 Room::Refuse);
}

}  // namespace swarmq::inline sdk
