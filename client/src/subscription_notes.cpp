// What handlers say while they run: progress, lines of the log, checkpoints.
//
// Of a worker one Beat with notes is on its way at a time; what is said meanwhile collects, bounded
// for each job, and goes with the next one. Notes of an attempt that has ended go before its end,
// however many are on their way; if they are only lines, with it. Such a Beat is a change: after a
// lost connection it is sent again under its number, in its place before all that is newer, so that
// no line is lost and none is written twice (R20).
#include "convert.h"
#include "subscription.h"

#include <iterator>
#include <utility>

namespace swarmq::inline sdk {
namespace {

// Bounds a frame; the notes of one job may be larger.
constexpr std::size_t kBeatBytes = 1024 * 1024;
constexpr std::chrono::milliseconds kRefusedPause{200};

void set_notes(v1::BeatItem& item, const ActiveJob& job, Notes notes) {
    item.set_queue(job.queue);
    item.set_id(job.id);
    item.set_token(job.token);
    if (notes.progress) item.set_progress(std::move(*notes.progress));
    for (auto& line : notes.log_lines) item.add_log_lines(std::move(line));
    if (notes.checkpoint) item.set_checkpoint(std::move(*notes.checkpoint));
}

Notes take_notes(v1::BeatItem& item) {
    Notes notes;
    if (item.has_progress()) notes.progress = std::move(*item.mutable_progress());
    auto& lines = *item.mutable_log_lines();
    notes.log_lines.assign(std::make_move_iterator(lines.begin()),
                           std::make_move_iterator(lines.end()));
    if (item.has_checkpoint()) notes.checkpoint = std::move(*item.mutable_checkpoint());
    return notes;
}

}  // namespace

void Subscription::send_notes() {
    if (noted_.empty()) return;
    const bool must_wait =
        notes_unanswered_ > 0 || std::chrono::steady_clock::now() < notes_wait_until_;
    v1::Beat beat;
    std::size_t bytes = 0;
    for (auto& lease : std::exchange(noted_, {})) {
        if (!leases_.contains(lease->job().token)) continue;  // Lost, or ended and told.
        if (lease->has_ended() && lease->has_only_lines()) continue;
        if (must_wait && !lease->has_ended()) {
            noted_.push_back(std::move(lease));
            continue;
        }
        Notes notes = lease->take_notes();
        if (notes.is_empty()) continue;
        if (beat.items_size() > 0 && bytes + notes.bytes() > kBeatBytes) {
            send_notes(beat);
            bytes = 0;
        }
        bytes += notes.bytes() + 64;
        set_notes(*beat.add_items(), lease->job(), std::move(notes));
    }
    if (beat.items_size() > 0) send_notes(beat);
}

void Subscription::send_notes(v1::Beat& beat) {
    auto request = urgent(Request::Kind::Change);
    request->envelope.mutable_beat()->Swap(&beat);
    beat.Clear();
    ++notes_unanswered_;
    // The request outlives the call of its own handler.
    request->done = [self = shared_from_this(),
                     sent = request.get()](const Result<v1::Envelope*>& answer) {
        --self->notes_unanswered_;
        self->take_notes_answer(*sent->envelope.mutable_beat(), answer);
    };
    channel_.exchange().submit(std::move(request));
}

void Subscription::take_notes_answer(v1::Beat& beat, const Result<v1::Envelope*>& answer) {
    if (answer.ok()) return take_beat_answer(beat, answer);
    const bool is_refused_for_now = answer.error().retriable && is_up_;
    if (is_refused_for_now) notes_wait_until_ = std::chrono::steady_clock::now() + kRefusedPause;
    for (auto& item : *beat.mutable_items()) {
        const auto lease = leases_.find(item.token());
        if (is_refused_for_now && lease != leases_.end())
            lease->second->note_again(take_notes(item));
        else
            report(item.queue(), item.id(), answer.error());
    }
}

}  // namespace swarmq::inline sdk
