// Begins and ends spans.
#include "telling.h"

#include <utility>

namespace swarmq::inline sdk {
namespace {

using std::chrono::steady_clock;

template <class Call>
void ignoring_exceptions(Call call) {
    try {
        call();
    } catch (...) {  // NOLINT: a broken hook must not break the work it looks at.
    }
}

// The spans of one call, ended on the callback thread with the time that the answer took.
class AddTelling {
  public:
    AddTelling(Channel& channel, Telemetry& telemetry) : channel_(channel), telemetry_(telemetry) {}

    // A NewJob or a FlowJob.
    template <class AnyJob>
    void begin(const std::string& queue, AnyJob& job) {
        std::shared_ptr<AddSpan> span;
        ignoring_exceptions([&] { span = telemetry_.add(queue, job.name, job.options.headers); });
        spans_.push_back(std::move(span));
    }
    void end(std::size_t index, AddEnd end) const {
        if (!spans_[index]) return;
        end.took = steady_clock::now() - begun_;
        channel_.callbacks().add([span = spans_[index], end = std::move(end)] {
            ignoring_exceptions([&] { span->end(end); });
        });
    }
    void end_all(const Error& error) const {
        for (std::size_t i = 0; i < spans_.size(); ++i) end(i, {.error = error});
    }

  private:
    Channel& channel_;
    Telemetry& telemetry_;
    const SteadyTime begun_ = steady_clock::now();
    std::vector<std::shared_ptr<AddSpan>> spans_;
};

// Depth first, as they are sent.
void begin_all(AddTelling& telling, std::vector<FlowJob>& jobs) {
    for (FlowJob& job : jobs) {
        telling.begin(job.queue, job);
        begin_all(telling, job.children);
    }
}

void end_all(const AddTelling& telling, const std::vector<AddedFlow>& added, std::size_t& next) {
    for (const AddedFlow& job : added) {
        telling.end(next++, {.id = job.id});
        end_all(telling, job.children, next);
    }
}

template <class T, class End>
Callback<T> ending(std::shared_ptr<AddTelling> telling, Callback<T> done, End end) {
    return [telling = std::move(telling), done = std::move(done), end](Result<T> result) {
        if (result.ok())
            end(*telling, *result);
        else
            telling->end_all(result.error());
        done(std::move(result));
    };
}

}  // namespace

std::unique_ptr<AddSpan> Telemetry::add(const std::string&, const std::string&,
                                        std::map<std::string, std::string>&) {
    return nullptr;
}

std::unique_ptr<AttemptSpan> Telemetry::attempt(const ActiveJob&) {
    return nullptr;
}

Callback<AddedJob> told(Channel& channel, Telemetry* telemetry, const std::string& queue,
                        NewJob& job, Callback<AddedJob> done) {
    if (telemetry == nullptr) return done;
    auto telling = std::make_shared<AddTelling>(channel, *telemetry);
    telling->begin(queue, job);
    return ending<AddedJob>(std::move(telling), std::move(done),
                            [](const AddTelling& all, const AddedJob& added) {
                                all.end(0, {.id = added.id, .outcome = added.outcome});
                            });
}

Callback<JobResult> told(Channel& channel, Telemetry* telemetry, const std::string& queue,
                         NewJob& job, Callback<JobResult> done) {
    if (telemetry == nullptr) return done;
    auto telling = std::make_shared<AddTelling>(channel, *telemetry);
    telling->begin(queue, job);
    return ending<JobResult>(
        std::move(telling), std::move(done),
        [](const AddTelling& all, const JobResult& result) { all.end(0, {.id = result.id}); });
}

Callback<std::vector<AddedJob>> told(Channel& channel, Telemetry* telemetry,
                                     const std::string& queue, std::vector<NewJob>& jobs,
                                     Callback<std::vector<AddedJob>> done) {
    using Added = std::vector<AddedJob>;
    if (telemetry == nullptr) return done;
    auto telling = std::make_shared<AddTelling>(channel, *telemetry);
    for (NewJob& job : jobs) telling->begin(queue, job);
    return ending<Added>(std::move(telling), std::move(done),
                         [](const AddTelling& all, const Added& added) {
                             for (std::size_t i = 0; i < added.size(); ++i)
                                 all.end(i, {.id = added[i].id, .outcome = added[i].outcome});
                         });
}

Callback<std::vector<AddedFlow>> told(Channel& channel, Telemetry* telemetry,
                                      std::vector<FlowJob>& roots,
                                      Callback<std::vector<AddedFlow>> done) {
    using Added = std::vector<AddedFlow>;
    if (telemetry == nullptr) return done;
    auto telling = std::make_shared<AddTelling>(channel, *telemetry);
    begin_all(*telling, roots);
    return ending<Added>(std::move(telling), std::move(done),
                         [](const AddTelling& all, const Added& added) {
                             std::size_t next = 0;
                             end_all(all, added, next);
                         });
}

AttemptTelling::AttemptTelling(Telemetry& telemetry, const ActiveJob& job)
    : begun_(steady_clock::now()) {
    ignoring_exceptions([&] { span_ = telemetry.attempt(job); });
}

void AttemptTelling::handler_returned() {
    const std::lock_guard lock(mutex_);
    has_returned_ = true;
    if (!span_) return;
    ignoring_exceptions([&] { span_->handler_returned(); });
    if (ended_) tell_end(*ended_);
}

void AttemptTelling::end(const Outcome& outcome, CancelReason cancelled) {
    const std::lock_guard lock(mutex_);
    if (!span_ || ended_) return;
    ended_ = Ended{outcome, cancelled, steady_clock::now() - begun_};
    if (has_returned_) tell_end(*ended_);
}

void AttemptTelling::tell_end(const Ended& ended) {
    ignoring_exceptions([&] { span_->end({ended.outcome, ended.cancelled, ended.took}); });
    span_.reset();
}

std::unique_ptr<AttemptTelling> tell_attempt(Telemetry* telemetry, const ActiveJob& job) {
    if (telemetry == nullptr) return nullptr;
    return std::make_unique<AttemptTelling>(*telemetry, job);
}

}  // namespace swarmq::inline sdk
