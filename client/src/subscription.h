// A worker's words with the broker: subscribes, grants credit, takes deliveries, keeps leases alive,
// sends what handlers answered.
// Owner: whoever has the I/O lock.
//
// Credit: on each link the broker may deliver, in all, as many jobs as were delivered on it plus what the
// pool wants beyond what it holds. A lease is kept alive from its delivery until its answer is sent.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <swarmq/worker.h>

#include "channel.h"
#include "handler_pool.h"

namespace swarmq::inline sdk {

class Subscription : public LinkUser, public std::enable_shared_from_this<Subscription> {
  public:
    struct Options {
        std::vector<std::string> queues;
        Milliseconds lease{30'000};
        std::function<void(const WorkerProblem&)> on_problem;
    };

    Subscription(Channel& channel, Options options, std::shared_ptr<HandlerPool> pool);

    void link_up(const v1::Welcome& welcome) override;
    void link_down() override;
    bool holds(std::uint64_t token) const override;
    bool push(v1::Envelope& envelope) override;
    void before_write() override;
    void tick(SteadyTime now) override;

    // Takes no more jobs and hands back those that no handler has begun.
    void quiet();
    // Takes jobs again.
    void resume();
    // Cancels the handlers that still run and hands their jobs back.
    void abandon();
    // Calls back once nothing is held and everything said is answered.
    void when_drained(std::function<void()> drained);

  private:
    void subscribe();
    void deliver(v1::Deliver& deliver);
    void notice(const v1::JobNotice& notice);
    void lose(std::uint64_t token, CancelReason reason);
    void release(std::vector<LeasePtr> leases);
    bool must_collect() const;
    void send_finished();
    bool take_finished(Finished finished, Notes notes, v1::Finish& finish);
    void send_finish(v1::Finish& finish);
    void take_answer(const Request& request, Result<v1::Envelope*> answer);
    void take_refusal(const v1::FinishItem& item, Error error);
    void send_started();
    void send_notes();
    void send_notes(v1::Beat& beat);
    void take_notes_answer(v1::Beat& beat, const Result<v1::Envelope*>& answer);
    void beat_all();
    void send_beat(v1::Beat beat);
    void take_beat_answer(const v1::Beat& beat, const Result<v1::Envelope*>& answer);
    std::uint64_t credit() const;
    void send_grant();
    void nudge_later();
    void check_drained();
    void report(std::string queue, std::string id, Error error);
    std::unique_ptr<Request> urgent(Request::Kind kind) const;

    Channel& channel_;
    const Options options_;
    const std::shared_ptr<HandlerPool> pool_;
    asio::steady_timer nudge_timer_;
    bool is_nudging_ = false;

    bool is_up_ = false;
    bool is_quiet_ = false;
    bool is_quiet_answered_ = false;
    bool must_resume_ = false;  // Once the broker has answered that it is quiet.
    std::uint32_t number_ = 0;       // Another one on each link.
    std::uint64_t delivered_ = 0;    // On this link.
    std::uint64_t granted_ = 0;      // On this link.
    std::size_t held_ = 0;           // Given to the pool and not back from it.
    std::size_t finishes_unanswered_ = 0;
    SteadyTime last_beat_{};
    SteadyTime last_retry_{};
    std::unordered_map<std::uint64_t, LeasePtr> leases_;  // By token.
    std::vector<v1::Finish> refused_for_now_;
    std::vector<Finished> finished_;  // What handlers and we ourselves have to say.
    std::vector<LeasePtr> noted_;     // Their handlers said something.
    std::size_t notes_unanswered_ = 0;
    SteadyTime notes_wait_until_{};  // The broker refused some for now.
    std::vector<LeasePtr> started_;
    std::function<void()> drained_;
};

}  // namespace swarmq::inline sdk
