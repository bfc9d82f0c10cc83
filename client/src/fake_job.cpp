// A job without a broker: remembers what the handler said.
#include <swarmq/testing.h>

#include <condition_variable>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>

#include "run_handler.h"

namespace swarmq::inline sdk::testing {
namespace {

ActiveJob fake_job(std::string name, std::string payload) {
    ActiveJob job;
    job.id = "fake-1";
    job.queue = "fake";
    job.name = std::move(name);
    job.payload = std::move(payload);
    job.token = 1;
    job.created_at = std::chrono::system_clock::now();
    return job;
}

}  // namespace

class FakeJob::Sink : public AttemptSink {
  public:
    void progress(std::string text) override {
        const std::lock_guard lock(mutex_);
        progress_.push_back(std::move(text));
    }
    void log(std::string line) override {
        const std::lock_guard lock(mutex_);
        log_.push_back(std::move(line));
    }
    void save_checkpoint(std::string data) override {
        const std::lock_guard lock(mutex_);
        checkpoint_ = std::move(data);
    }
    std::vector<AddedFlow> add_children(std::vector<FlowJob> children) override {
        const std::lock_guard lock(mutex_);
        auto added = name_all(children);
        std::move(children.begin(), children.end(), std::back_inserter(added_children_));
        return added;
    }
    ChildPage children(std::uint32_t limit, std::string cursor) override {
        const std::lock_guard lock(mutex_);
        ChildPage page;
        std::size_t next = cursor.empty() ? 0 : std::stoul(cursor);
        for (; next < children_.size() && page.children.size() < limit; ++next)
            page.children.push_back(children_[next]);
        if (next < children_.size()) page.next_cursor = std::to_string(next);
        return page;
    }
    CancelReason cancel_reason() const override {
        const std::lock_guard lock(mutex_);
        return reason_;
    }
    bool wait_cancelled(Milliseconds longest) override {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, longest, [this] { return reason_ != CancelReason::None; });
    }
    void finish(Outcome outcome) override {
        const std::lock_guard lock(mutex_);
        if (!outcome_) outcome_ = std::move(outcome);
        changed_.notify_all();
    }

    void cancel(CancelReason reason) {
        const std::lock_guard lock(mutex_);
        if (reason_ == CancelReason::None) reason_ = reason;
        changed_.notify_all();
    }
    Outcome wait_finished() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return outcome_.has_value(); });
        return *outcome_;
    }
    std::vector<std::string> all_progress() const {
        const std::lock_guard lock(mutex_);
        return progress_;
    }
    std::vector<std::string> whole_log() const {
        const std::lock_guard lock(mutex_);
        return log_;
    }
    std::optional<std::string> checkpoint() const {
        const std::lock_guard lock(mutex_);
        return checkpoint_;
    }
    void set_children(std::vector<ChildOutcome> children) {
        const std::lock_guard lock(mutex_);
        children_ = std::move(children);
    }
    std::vector<FlowJob> added_children() const {
        const std::lock_guard lock(mutex_);
        return added_children_;
    }

  private:
    std::vector<AddedFlow> name_all(const std::vector<FlowJob>& jobs) {
        std::vector<AddedFlow> added;
        for (const FlowJob& job : jobs) {
            AddedFlow& one = added.emplace_back();
            one.queue = job.queue;
            one.id = job.options.id.empty() ? "fake-child-" + std::to_string(++named_) : job.options.id;
            one.children = name_all(job.children);
        }
        return added;
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    CancelReason reason_ = CancelReason::None;
    std::vector<std::string> progress_;
    std::vector<std::string> log_;
    std::optional<std::string> checkpoint_;
    std::optional<Outcome> outcome_;
    std::vector<ChildOutcome> children_;
    std::vector<FlowJob> added_children_;
    std::size_t named_ = 0;
};

FakeJob::FakeJob(std::string name, std::string payload)
    : FakeJob(fake_job(std::move(name), std::move(payload))) {}

FakeJob::FakeJob(ActiveJob job)
    : job_(std::move(job)), sink_(std::make_shared<Sink>()),
      context_(std::make_unique<JobContext>(job_, sink_)) {}

FakeJob::~FakeJob() = default;

ActiveJob& FakeJob::job() { return job_; }

JobContext& FakeJob::context() { return *context_; }

Outcome FakeJob::run(const Handler& handler) {
    JobContext context(job_, sink_);
    Outcome outcome = run_handler(handler, context);
    return context.is_finished_later() ? sink_->wait_finished() : outcome;
}

void FakeJob::cancel(CancelReason reason) { sink_->cancel(reason); }

std::vector<std::string> FakeJob::progress() const { return sink_->all_progress(); }

std::vector<std::string> FakeJob::log() const { return sink_->whole_log(); }

std::optional<std::string> FakeJob::saved_checkpoint() const { return sink_->checkpoint(); }

void FakeJob::set_children(std::vector<ChildOutcome> children) {
    job_.children_ended = static_cast<std::uint32_t>(children.size());
    sink_->set_children(std::move(children));
}

std::vector<FlowJob> FakeJob::added_children() const { return sink_->added_children(); }

FakeBatch::FakeBatch(std::vector<std::string> payloads, std::string name) {
    for (auto& payload : payloads) {
        FakeJob& added = jobs_.emplace_back(name, std::move(payload));
        added.job().id = "fake-" + std::to_string(jobs_.size());
        added.job().token = jobs_.size();
    }
}

std::vector<Outcome> FakeBatch::run(const BatchHandler& handler) {
    JobBatch batch;
    for (FakeJob& job : jobs_) batch.add(job.job_, job.sink_);
    std::vector<Outcome> outcomes = run_handler(handler, batch);
    for (std::size_t i = 0; i < batch.size(); ++i)
        if (batch[i].is_finished_later()) outcomes[i] = jobs_[i].sink_->wait_finished();
    return outcomes;
}

}  // namespace swarmq::inline sdk::testing
