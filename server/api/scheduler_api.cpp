// Schedulers: parses, asks the engine, answers.
#include "api/scheduler_api.h"

#include <utility>

#include "api/connection.h"
#include "api/convert.h"
#include "api/convert_options.h"
#include "swarmq/v1/envelope.pb.h"

namespace swarmq::api {
namespace {

constexpr std::uint32_t kPreviewDefault = 5;
// A page of a list ends early at so many bytes, so that it fits a frame.
constexpr std::size_t kPageBytesMax = 1024 * 1024;

Repeat to_repeat(const v1::Repeat& message) {
    Repeat repeat;
    repeat.every_ms = to_ms(message.every_ms());
    repeat.cron = message.cron();
    repeat.zone = message.zone();
    repeat.start_ms = to_ms(message.start_ms());
    repeat.end_ms = to_ms(message.end_ms());
    repeat.limit = message.limit();
    if (message.overlap() != v1::Repeat::OVERLAP_UNSPECIFIED)
        repeat.overlap = static_cast<OverlapRule>(message.overlap());
    if (message.missed() != v1::Repeat::MISSED_UNSPECIFIED)
        repeat.missed = static_cast<MissedRule>(message.missed());
    if (message.missed_max() != 0) repeat.missed_max = message.missed_max();
    return repeat;
}

Result<> check_enums(const v1::Repeat& message) {
    if (!v1::Repeat::Overlap_IsValid(message.overlap()))
        return Error{Code::InvalidArgument, "overlap: " + std::to_string(message.overlap()) +
                                                " is not in 1..2; give SKIP or ALLOW"};
    if (!v1::Repeat::Missed_IsValid(message.missed()))
        return Error{Code::InvalidArgument, "missed: " + std::to_string(message.missed()) +
                                                " is not in 1..3; give ONCE, SKIP or ALL"};
    return {};
}

void fill_repeat(const Repeat& repeat, v1::Repeat& message) {
    message.set_every_ms(static_cast<std::uint64_t>(repeat.every_ms));
    message.set_cron(repeat.cron);
    message.set_zone(repeat.zone);
    message.set_start_ms(static_cast<std::uint64_t>(repeat.start_ms));
    message.set_end_ms(static_cast<std::uint64_t>(repeat.end_ms));
    message.set_limit(repeat.limit);
    message.set_overlap(static_cast<v1::Repeat::Overlap>(raw(repeat.overlap)));
    message.set_missed(static_cast<v1::Repeat::Missed>(raw(repeat.missed)));
    if (repeat.missed == MissedRule::All) message.set_missed_max(repeat.missed_max);
}

void fill_template(const JobTemplate& job, bool is_whole, v1::NewJob& message) {
    message.set_name(job.job_class.name);
    fill_chosen_options(job, *message.mutable_options());
    for (const auto& tag : job.tags) message.add_tags(tag);
    if (!is_whole) return;
    message.set_payload(*job.payload);
    for (const auto& [name, value] : job.headers) (*message.mutable_headers())[name] = value;
}

void fill_scheduler(const engine::Engine& engine, const engine::SchedulerView& view, bool is_whole,
                    v1::Scheduler& message) {
    const SchedulerRecord& record = view.record;
    message.set_queue(view.queue);
    message.set_key(record.key);
    fill_repeat(*record.repeat, *message.mutable_repeat());
    fill_template(*record.job, is_whole, *message.mutable_job());
    for (const TimeMs next_ms : view.next_ms) message.add_next_ms(static_cast<std::uint64_t>(next_ms));
    message.set_added(record.added);
    message.set_skipped(record.skipped);
    message.set_last_tick_ms(static_cast<std::uint64_t>(record.last_tick_ms));
    if (record.last_job != JobSeq{}) message.set_last_job_id(engine.job_id(record.last_job, ""));
    message.set_created_ms(static_cast<std::uint64_t>(record.created_ms));
    message.set_problem(view.problem);
}

}  // namespace

void upsert_scheduler(Connection& connection, v1::Envelope& request) {
    broker::Broker& broker = connection.broker();
    v1::UpsertScheduler& message = *request.mutable_upsert_scheduler();
    const std::string queue = message.queue();
    const std::string key = message.key();
    const auto done = broker.change(connection.tag(request), [&]() -> Result<Answer> {
        if (broker.add_refusal()) return *broker.add_refusal();
        if (auto checked = check_enums(message.repeat()); !checked) return checked.error();
        engine::UpsertScheduler command;
        command.queue = queue;
        command.key = key;
        command.repeat = to_repeat(message.repeat());
        take_job(*message.mutable_job(), command.job);
        return broker.engine().upsert_scheduler(std::move(command));
    });
    if (!done) return connection.hold_refusal(request.id(), done.error());
    v1::Envelope& answer = connection.scratch();
    v1::Scheduler& scheduler = *answer.mutable_scheduler();
    // Removed since, when this is a resend.
    if (const auto view = broker.engine().find_scheduler(queue, key, message.next_ticks()))
        fill_scheduler(broker.engine(), *view, true, scheduler);
    if (!done->items.empty())
        scheduler.set_outcome(static_cast<v1::Scheduler::Outcome>(done->items.front().outcome));
    connection.hold(request.id(), answer);
}

void get_scheduler(Connection& connection, v1::Envelope& request) {
    const v1::GetScheduler& message = request.get_scheduler();
    const engine::Engine& engine = connection.broker().engine();
    const auto view = engine.find_scheduler(message.queue(), message.key(), message.next_ticks());
    if (!view) return connection.hold_refusal(request.id(), view.error());
    v1::Envelope& answer = connection.scratch();
    fill_scheduler(engine, *view, true, *answer.mutable_scheduler());
    connection.hold(request.id(), answer);
}

void list_schedulers(Connection& connection, v1::Envelope& request) {
    const v1::ListSchedulers& message = request.list_schedulers();
    const engine::Engine& engine = connection.broker().engine();
    const auto page =
        engine.list_schedulers({message.queue(), message.limit(), message.cursor()});
    if (!page) return connection.hold_refusal(request.id(), page.error());
    v1::Envelope& answer = connection.scratch();
    v1::ListSchedulersResult& result = *answer.mutable_list_schedulers_result();
    result.set_next_cursor(page->next_cursor);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < page->schedulers.size(); ++i) {
        v1::Scheduler& scheduler = *result.add_schedulers();
        fill_scheduler(engine, page->schedulers[i], false, scheduler);
        bytes += scheduler.ByteSizeLong();
        if (bytes < kPageBytesMax || i + 1 == page->schedulers.size()) continue;
        result.set_next_cursor(engine::scheduler_cursor(page->schedulers[i]));
        break;
    }
    connection.hold(request.id(), answer);
}

void remove_scheduler(Connection& connection, v1::Envelope& request) {
    broker::Broker& broker = connection.broker();
    const v1::RemoveScheduler& message = request.remove_scheduler();
    const auto done = broker.change(connection.tag(request), [&] {
        return broker.engine().remove_scheduler(message.queue(), message.key());
    });
    if (!done) return connection.hold_refusal(request.id(), done.error());
    connection.hold_empty(request.id());
}

void preview_ticks(Connection& connection, v1::Envelope& request) {
    const v1::PreviewTicks& message = request.preview_ticks();
    if (const auto checked = check_enums(message.repeat()); !checked)
        return connection.hold_refusal(request.id(), checked.error());
    const auto ticks = connection.broker().engine().preview_ticks(
        to_repeat(message.repeat()), message.count() == 0 ? kPreviewDefault : message.count());
    if (!ticks) return connection.hold_refusal(request.id(), ticks.error());
    v1::Envelope& answer = connection.scratch();
    v1::PreviewTicksResult& result = *answer.mutable_preview_ticks_result();
    for (const TimeMs next_ms : *ticks) result.add_next_ms(static_cast<std::uint64_t>(next_ms));
    connection.hold(request.id(), answer);
}

}  // namespace swarmq::api
