// What a worker says about the jobs it holds: results, progress, signs of life.
#include <algorithm>
#include <utility>

#include "convert.h"
#include "subscription.h"

namespace swarmq::inline sdk {
namespace {

constexpr std::size_t kFinishItemsMax = 1'000;
constexpr std::size_t kFinishItemsMin = 8;
constexpr int kBeatItemsMax = 10'000;
// Bounds a frame of results; a single result may be larger.
constexpr std::size_t kFinishBytes = 1024 * 1024;
constexpr std::size_t kFinishesInFlight = 2;
constexpr std::chrono::milliseconds kRetryPause{200};

std::size_t bytes_of(const std::vector<FollowUp>& follow_ups) {
    std::size_t bytes = 0;
    for (const auto& follow_up : follow_ups) bytes += follow_up.job.payload.size() + 256;
    return bytes;
}

}  // namespace

void Subscription::before_write() {
    if (!is_up_) return;
    pool_->collect(finished_, noted_, started_);
    send_started();
    send_notes();
    if (!must_collect()) {
        send_finished();
        send_grant();
    }
    check_drained();
}

// Small answers would come back as small deliveries, each with a turn of the broker's of its own: while
// answers wait for the disk, further results collect: of few jobs half, of many held ahead a quarter. They go
// with the next answer at the latest, and a lone one never waits.
bool Subscription::must_collect() const {
    return finishes_unanswered_ >= kFinishesInFlight && !is_quiet_ &&
           finished_.size() < std::min(std::max(held_, pool_->jobs_at_once()) / 2, pool_->jobs_wanted() / 4);
}

// In two parts at least, if they are many: the broker gives out new jobs for the first while it works on the second, and we
// work on those meanwhile. All in one, each side would wait for the other.
void Subscription::send_finished() {
    const int items_max = static_cast<int>(
        std::clamp<std::size_t>(pool_->jobs_wanted() / 2, kFinishItemsMin, kFinishItemsMax));
    v1::Finish finish;
    std::size_t bytes = 0;
    for (auto& one : finished_) {
        Notes notes = one.lease->take_notes();
        const std::size_t size = one.outcome.result().size() + notes.bytes() + bytes_of(one.outcome.follow_ups());
        if (finish.items_size() == items_max || bytes + size > kFinishBytes) {
            if (finish.items_size() > 0) send_finish(finish);
            finish.Clear();
            bytes = 0;
        }
        if (take_finished(std::move(one), std::move(notes), finish)) bytes += size + 64;
    }
    if (finish.items_size() > 0) send_finish(finish);
    finished_.clear();
}

// False when there is nothing to be said: the attempt was ended by the broker.
bool Subscription::take_finished(Finished finished, Notes notes, v1::Finish& finish) {
    --held_;
    const ActiveJob& job = finished.lease->job();
    leases_.erase(job.token);
    if (finished.lease->is_lost()) {
        const bool is_news = finished.lease->cancel_reason() == CancelReason::LeaseLost &&
                             finished.outcome.kind() != Outcome::Kind::Release;
        if (is_news) {
            report(job.queue, job.id,
                   {Code::StaleLease, "the lease was lost before the handler ended; the job runs "
                                      "again, and this answer was dropped"});
        }
        return false;
    }
    auto& item = *finish.add_items();
    item.set_queue(job.queue);
    item.set_id(job.id);
    item.set_token(job.token);
    for (auto& line : notes.log_lines) item.add_log_lines(std::move(line));
    set_outcome(item, std::move(finished.outcome), !job.key.empty());
    return true;
}

void Subscription::send_finish(v1::Finish& finish) {
    auto request = urgent(Request::Kind::Change);
    auto& body = *request->envelope.mutable_finish();
    body.Swap(&finish);
    if (!is_quiet_ && credit() > granted_) {
        granted_ = credit();
        body.mutable_grant()->set_subscription(number_);
        body.mutable_grant()->set_jobs_total(granted_);
    }
    ++finishes_unanswered_;
    // The request outlives the call of its own handler.
    request->done = [self = shared_from_this(), sent = request.get(),
                     sent_at = std::chrono::steady_clock::now()](Result<v1::Envelope*> answer) {
        if (answer.ok()) self->pool_->note_turn(std::chrono::steady_clock::now() - sent_at);
        self->take_answer(*sent, std::move(answer));
    };
    channel_.exchange().submit(std::move(request));
}

void Subscription::take_answer(const Request& request, Result<v1::Envelope*> answer) {
    --finishes_unanswered_;
    const v1::Finish& finish = request.envelope.finish();
    if (!answer.ok() && answer.error().retriable && is_up_) {
        refused_for_now_.push_back(finish);
        refused_for_now_.back().clear_grant();
    } else if (!answer.ok()) {
        for (const auto& item : finish.items()) report(item.queue(), item.id(), answer.error());
    } else {
        const auto& statuses = (*answer)->finish_result().statuses();
        const int count = std::min(statuses.size(), finish.items_size());
        for (int i = 0; i < count; ++i) {
            if (statuses[i].code() == v1::CODE_UNSPECIFIED) continue;
            take_refusal(finish.items(i), to_error(statuses[i]));
        }
    }
    check_drained();
}

// One answer of several was refused. With jobs that follow the job may still be held: they are tried again while there
// is no room for them, and what can never be added makes the attempt fail.
void Subscription::take_refusal(const v1::FinishItem& item, Error error) {
    const bool is_held = item.follow_ups_size() > 0 && error.code != Code::StaleLease &&
                         error.code != Code::NotFound;
    if (!is_held || !is_up_) return report(item.queue(), item.id(), std::move(error));
    v1::FinishItem& again = *refused_for_now_.emplace_back().add_items();
    again = item;
    if (error.retriable) return;
    again.clear_follow_ups();
    again.mutable_fail()->set_reason(error.message);
    report(item.queue(), item.id(), std::move(error));
}

bool Subscription::holds(std::uint64_t token) const {
    if (leases_.contains(token)) return true;
    return std::any_of(refused_for_now_.begin(), refused_for_now_.end(), [token](const auto& finish) {
        return std::any_of(finish.items().begin(), finish.items().end(),
                           [token](const auto& item) { return item.token() == token; });
    });
}

// The broker begins to count a timeout when it hears this; a later Beat says it again.
void Subscription::send_started() {
    v1::Beat beat;
    for (const auto& lease : std::exchange(started_, {})) {
        if (lease->is_lost() || lease->has_ended()) continue;
        auto& item = *beat.add_items();
        item.set_queue(lease->job().queue);
        item.set_id(lease->job().id);
        item.set_token(lease->job().token);
        item.set_started(true);
    }
    if (beat.items_size() > 0) send_beat(std::move(beat));
}

void Subscription::tick(SteadyTime now) {
    if (!is_up_) return;
    if (!refused_for_now_.empty() && now - last_retry_ >= kRetryPause) {
        last_retry_ = now;
        for (auto& finish : std::exchange(refused_for_now_, {})) send_finish(finish);
    }
    release(pool_->take_overdue(now));
    if (now - last_beat_ >= options_.lease / 3) {
        last_beat_ = now;
        beat_all();
    }
}

void Subscription::beat_all() {
    v1::Beat beat;
    for (const auto& [token, lease] : leases_) {
        auto& item = *beat.add_items();
        item.set_queue(lease->job().queue);
        item.set_id(lease->job().id);
        item.set_token(token);
        item.set_started(lease->has_started());
        if (beat.items_size() == kBeatItemsMax) send_beat(std::exchange(beat, {}));
    }
    for (const auto& finish : refused_for_now_) {
        for (const auto& held : finish.items()) {
            auto& item = *beat.add_items();
            item.set_queue(held.queue());
            item.set_id(held.id());
            item.set_token(held.token());
        }
    }
    if (beat.items_size() > 0) send_beat(std::move(beat));
}

void Subscription::send_beat(v1::Beat beat) {
    auto request = urgent(Request::Kind::Once);
    *request->envelope.mutable_beat() = std::move(beat);
    request->done = [self = shared_from_this(),
                     sent = request.get()](const Result<v1::Envelope*>& answer) {
        self->take_beat_answer(sent->envelope.beat(), answer);
    };
    channel_.exchange().submit(std::move(request));
}

void Subscription::take_beat_answer(const v1::Beat& beat, const Result<v1::Envelope*>& answer) {
    if (!answer.ok()) return;
    const auto& statuses = (*answer)->beat_result().statuses();
    const int count = std::min(statuses.size(), beat.items_size());
    for (int i = 0; i < count; ++i) {
        const auto code = statuses[i].code();
        if (code == v1::CODE_STALE_LEASE || code == v1::CODE_NOT_FOUND) {
            lose(beat.items(i).token(), CancelReason::LeaseLost);
        } else if (code != v1::CODE_UNSPECIFIED) {
            report(beat.items(i).queue(), beat.items(i).id(), to_error(statuses[i]));
        }
    }
}

}  // namespace swarmq::inline sdk
