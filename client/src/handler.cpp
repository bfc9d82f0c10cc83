// Outcomes, and what a job's context does for its handler.
#include <swarmq/handler.h>

#include <iterator>
#include <utility>

#include "log_lines.h"
#include "run_handler.h"
#include "validate.h"

namespace swarmq::inline sdk {

namespace {

constexpr std::uint32_t kChildrenPerPage = 1'000;

}  // namespace

Outcome Outcome::complete(std::string result, std::string content_type) {
    Outcome outcome(std::move(result));
    outcome.content_type_ = std::move(content_type);
    return outcome;
}

Outcome Outcome::fail(std::string reason) {
    Outcome outcome(std::move(reason));
    outcome.kind_ = Kind::Fail;
    return outcome;
}

Outcome Outcome::unrecoverable(std::string reason) {
    Outcome outcome(std::move(reason));
    outcome.kind_ = Kind::Unrecoverable;
    return outcome;
}

Outcome Outcome::retry_in(Milliseconds delay, std::string reason) {
    Outcome outcome(std::move(reason));
    outcome.kind_ = Kind::RetryIn;
    outcome.wait_ = delay;
    return outcome;
}

Outcome Outcome::delay(Milliseconds delay) {
    Outcome outcome;
    outcome.kind_ = Kind::Delay;
    outcome.wait_ = delay;
    return outcome;
}

Outcome Outcome::release() {
    Outcome outcome;
    outcome.kind_ = Kind::Release;
    return outcome;
}

Outcome Outcome::wait_for_children() {
    Outcome outcome;
    outcome.kind_ = Kind::WaitForChildren;
    return outcome;
}

Outcome&& Outcome::then(std::string queue, NewJob job) && {
    follow_ups_.push_back({std::move(queue), std::move(job)});
    return std::move(*this);
}

Outcome Outcome::rate_limited(Milliseconds hold) {
    Outcome outcome = release();
    outcome.key_hold_ = hold;
    outcome.is_rate_limited_ = true;
    return outcome;
}

Outcome&& Outcome::hold_queue(Milliseconds length) && {
    queue_hold_ = length;
    return std::move(*this);
}

Outcome&& Outcome::hold_key(Milliseconds length) && {
    key_hold_ = length;
    return std::move(*this);
}

Finisher::~Finisher() {
    if (sink_) sink_->finish(Outcome::fail("the handler dropped its finisher without an outcome"));
}

void Finisher::finish(Outcome outcome) {
    if (auto sink = std::exchange(sink_, nullptr)) sink->finish(std::move(outcome));
}

namespace {

void say_progress(AttemptSink* sink, std::string json) {
    require(check_progress(json));
    if (sink != nullptr) sink->progress(std::move(json));
}

void say_log(AttemptSink* sink, std::string_view text) {
    if (sink == nullptr) return;
    for (std::string& line : split_log(text)) sink->log(std::move(line));
}

void say_checkpoint(AttemptSink* sink, std::string data) {
    require(check_checkpoint(data));
    if (sink != nullptr) sink->save_checkpoint(std::move(data));
}

}  // namespace

void Finisher::update_progress(int percent) { update_progress(std::to_string(percent)); }
void Finisher::update_progress(std::string json) { say_progress(sink_.get(), std::move(json)); }
void Finisher::log(std::string_view text) { say_log(sink_.get(), text); }
void Finisher::save_checkpoint(std::string data) { say_checkpoint(sink_.get(), std::move(data)); }

void JobContext::update_progress(int percent) { update_progress(std::to_string(percent)); }
void JobContext::update_progress(std::string json) { say_progress(sink_.get(), std::move(json)); }
void JobContext::log(std::string_view text) { say_log(sink_.get(), text); }
void JobContext::save_checkpoint(std::string data) { say_checkpoint(sink_.get(), std::move(data)); }

AddedFlow JobContext::add_child(FlowJob child) {
    std::vector<FlowJob> children;
    children.push_back(std::move(child));
    return std::move(add_children(std::move(children)).front());
}

std::vector<ChildOutcome> JobContext::children() {
    std::vector<ChildOutcome> all;
    std::string cursor;
    do {
        ChildPage page = children_page(kChildrenPerPage, std::move(cursor));
        cursor = std::move(page.next_cursor);
        std::move(page.children.begin(), page.children.end(), std::back_inserter(all));
    } while (!cursor.empty());
    return all;
}

Finisher JobContext::finish_later() {
    is_finished_later_ = true;
    return Finisher(sink_);
}

namespace {

// What a call answers, or what its exception means.
template <class Call>
Outcome outcome_of(Call call) {
    try {
        return call();
    } catch (const UnrecoverableFailure& failure) {
        return Outcome::unrecoverable(failure.what());
    } catch (const RetryIn& retry) {
        return Outcome::retry_in(retry.delay(), retry.what());
    } catch (const DelayJob& delay) {
        return Outcome::delay(delay.delay());
    } catch (const WaitForChildren&) {
        return Outcome::wait_for_children();
    } catch (const RateLimited& limited) {
        return Outcome::rate_limited(limited.hold());
    } catch (const std::exception& failure) {
        return Outcome::fail(failure.what());
    } catch (...) {
        return Outcome::fail("the handler threw something that is no std::exception");
    }
}

}  // namespace

Outcome run_handler(const Handler& handler, JobContext& context) {
    return outcome_of([&] { return handler(context); });
}

std::vector<Outcome> run_handler(const BatchHandler& handler, JobBatch& batch) {
    std::vector<Outcome> outcomes;
    const Outcome whole = outcome_of([&] {
        outcomes = handler(batch);
        if (outcomes.size() == batch.size()) return Outcome();
        const std::string answered = std::to_string(outcomes.size());
        outcomes.clear();
        return Outcome::fail("the batch handler answered " + answered + " outcomes for " +
                             std::to_string(batch.size()) + " jobs; it must answer one for each");
    });
    if (outcomes.empty()) outcomes.assign(batch.size(), whole);
    return outcomes;
}

}  // namespace swarmq::inline sdk
