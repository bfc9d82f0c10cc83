// Draws commands of every kind, over a few queues and few names, so that they meet.
#include "crash/traffic.h"

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace swarmq::test {
namespace {

constexpr const char* kQueues[] = {"embeddings", "webhooks", "dead"};
constexpr std::uint64_t kChosenIds = 40;

}  // namespace

std::string Traffic::draw_queue() {
    return kQueues[below(2)];
}

// Small, beside the row, or in a file for large values.
std::string Traffic::draw_bytes() {
    const std::uint64_t kind = below(10);
    const std::size_t size = kind < 7 ? below(300) : kind < 9 ? 5'000 : 20'000;
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_());
    return bytes;
}

Keep Traffic::draw_keep() {
    switch (below(4)) {
        case 0:
            return {0, {}};
        case 1:
            return {3, {}};
        case 2:
            return {{}, 4'000};
        default:
            return {50, {}};
    }
}

engine::JobSpec Traffic::draw_job() {
    engine::JobSpec job;
    job.name = "work";
    job.payload = std::make_shared<const std::string>(draw_bytes());
    if (one_in(4)) job.id = "order-" + std::to_string(below(kChosenIds));
    job.priority = static_cast<std::uint32_t>(below(4));
    job.lifo = one_in(8);
    if (one_in(4)) job.delay_ms = static_cast<DurationMs>(1 + below(3'000));
    job.attempts_max = static_cast<std::uint32_t>(1 + below(3));
    if (one_in(2)) job.backoff = {BackoffType::Fixed, 500, 0, 0};
    if (one_in(8)) job.timeout_ms = 1'500;
    if (one_in(8)) job.ttl_ms = 2'500;
    job.keep_completed = draw_keep();
    job.keep_failed = draw_keep();
    if (one_in(5)) {
        job.on_failure_queue = "dead";
        job.on_failure_name = "look";
    }
    if (one_in(5)) job.headers = {{"traceparent", "00-1"}};
    return job;
}

void Traffic::connect(engine::Engine& engine) {
    const auto opened = engine.open_session("worker", session_id_);
    session_ = opened.key;
    session_id_ = opened.id;
}

void Traffic::issue(engine::Engine& engine) {
    const std::uint64_t commands = 1 + below(4);
    for (std::uint64_t i = 0; i < commands; ++i) {
        const std::uint64_t kind = below(16);
        if (kind < 5) add(engine);
        else if (kind < 9) take(engine);
        else if (kind < 13) finish(engine);
        else if (kind < 14) beat(engine);
        else operate(engine);
    }
}

// Half of the adds are numbered, and some of those come again.
void Traffic::add(engine::Engine& engine) {
    if (!answers_.empty() && one_in(5)) {
        const auto& [key, answer] = *answers_.rbegin();
        const Answer* const again = engine.find_answer(key.first, key.second);
        if (again == nullptr || !(*again == answer))
            throw std::runtime_error("a resend of " + key.first + " got another answer");
        return;
    }
    engine::AddJobs command;
    command.queue = draw_queue();
    const std::uint64_t jobs = one_in(3) ? 1 + below(5) : 1;
    for (std::uint64_t i = 0; i < jobs; ++i) command.jobs.push_back(draw_job());
    const auto answer = engine.add_jobs(std::move(command));
    if (!answer) throw std::runtime_error("an add was refused: " + answer.error().detail);
    if (one_in(2)) return;
    const std::string client = "client-" + std::to_string(below(2));
    engine.remember_answer(client, ++numbers_, *answer);
    answers_[{client, numbers_}] = *answer;
    if (!one_in(6)) return;
    const std::uint64_t upto = numbers_ - std::min(numbers_, 1 + below(5));
    engine.forget_answers(client, upto);
    answers_.erase(answers_.lower_bound({client, 0}), answers_.upper_bound({client, upto}));
}

void Traffic::take(engine::Engine& engine) {
    engine::Take command;
    command.queues = {draw_queue(), "dead"};
    command.jobs_max = static_cast<std::uint32_t>(1 + below(4));
    command.request = ++requests_;
    if (auto taken = engine.take(session_, command); !taken)
        throw std::runtime_error("a take was refused: " + taken.error().detail);
}

void Traffic::finish(engine::Engine& engine) {
    if (held_.empty()) return;
    std::vector<engine::FinishItem> items;
    const std::uint64_t count = 1 + below(std::min<std::uint64_t>(held_.size(), 3));
    for (std::uint64_t i = 0; i < count; ++i) {
        const HeldJob job = held_.back();
        held_.pop_back();
        engine::FinishItem item{job.name, job.token, engine::Release{}};
        const std::uint64_t outcome = below(8);
        if (outcome < 4)
            item.outcome = engine::Complete{std::make_shared<const std::string>(draw_bytes()), ""};
        else if (outcome < 6)
            item.outcome = engine::Fail{"the model said no", one_in(4), {}};
        else if (outcome < 7)
            item.outcome = engine::Delay{static_cast<DurationMs>(below(2'000))};
        items.push_back(std::move(item));
    }
    if (auto finished = engine.finish(std::move(items)); !finished)
        throw std::runtime_error("a finish was refused: " + finished.error().detail);
}

void Traffic::beat(engine::Engine& engine) {
    if (held_.empty()) return;
    std::vector<engine::BeatItem> items;
    for (const HeldJob& job : held_)
        items.push_back({job.name, job.token, one_in(2) ? std::optional(std::to_string(below(100)))
                                                        : std::nullopt});
    if (auto beaten = engine.beat(std::move(items)); !beaten)
        throw std::runtime_error("a beat was refused: " + beaten.error().detail);
}

// A queue that does not exist yet refuses these, which is no fault.
engine::UpsertScheduler Traffic::draw_scheduler(const std::string& queue) {
    engine::UpsertScheduler command;
    command.queue = queue;
    command.key = "tick-" + std::to_string(below(3));
    if (one_in(2))
        command.repeat.cron = "* * * * * *";
    else
        command.repeat.every_ms = static_cast<DurationMs>(1'000 + below(10'000));
    command.repeat.missed = one_in(2) ? MissedRule::Once : MissedRule::Skip;
    command.repeat.limit = one_in(3) ? 2 : 0;
    command.job = draw_job();
    command.job.id.clear();
    command.job.delay_ms = 0;
    command.job.run_at_ms = 0;
    return command;
}

void Traffic::operate(engine::Engine& engine) {
    const std::string queue = draw_queue();
    Result<Answer> done = Answer{};
    switch (below(9)) {
        case 0:
            done = engine.cancel_jobs(queue, {"order-" + std::to_string(below(kChosenIds))});
            break;
        case 1:
            done = engine.remove_jobs(queue, {"order-" + std::to_string(below(kChosenIds))});
            break;
        case 2:
            done = engine.resume({queue, ""});
            break;
        case 3:
            done = engine.retry_jobs({queue, {}, true, 3});
            break;
        case 4:
            done = engine.promote_jobs({queue, {}, true, 2});
            break;
        case 5:
            done = engine.clean({queue, JobState::Completed, 0, 3});
            break;
        case 6:
            done = engine.upsert_scheduler(draw_scheduler(queue));
            break;
        case 7:
            done = engine.remove_scheduler(queue, "tick-" + std::to_string(below(3)));
            break;
        default:
            done = engine.drain({"dead", true, 2});
            break;
    }
    if (!done && done.code() != Code::NotFound)
        throw std::runtime_error("an operator was refused: " + done.error().detail);
}

void Traffic::hear(const engine::Engine& engine, const engine::Effects& effects) {
    for (const auto& delivery : effects.deliveries)
        for (const auto& job : delivery.jobs)
            held_.push_back({{engine.queue_name(job.job_class->queue),
                              engine.job_id(job.seq, job.chosen_id)},
                             job.token});
}

// Mostly short; now and then long enough for retention and leases.
DurationMs Traffic::draw_pause() {
    return static_cast<DurationMs>(one_in(30) ? 40'000 : below(500));
}

}  // namespace swarmq::test
