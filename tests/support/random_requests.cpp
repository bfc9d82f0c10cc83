// One function for each kind of request; what they ask for is often wrong, late, or for nothing.
#include "support/random_requests.h"

#include <algorithm>
#include <utility>

#include "support/requests.h"

namespace swarmq::test {
namespace {

constexpr std::size_t kIdsRemembered = 40;
const char* const kQueues[] = {"a", "b", "dead"};
const char* const kKeys[] = {"", "", "tenant-1", "tenant-2"};
const char* const kDedupKeys[] = {"page-1", "page-2", "page-3"};

}  // namespace

struct RandomRequests::Kind {
    const char* name;
    unsigned weight;
    bool (RandomRequests::*send)();
};

const std::vector<RandomRequests::Kind>& RandomRequests::all_kinds() {
    static const std::vector<Kind> kinds = {
        {"add", 20, &RandomRequests::add},
        {"add many", 5, &RandomRequests::add_many},
        {"add deduplicated", 10, &RandomRequests::add_deduplicated},
        {"free key", 2, &RandomRequests::free_key},
        {"update", 6, &RandomRequests::update},
        {"add flow", 4, &RandomRequests::add_flow},
        {"add children", 3, &RandomRequests::add_children},
        {"wait for children", 3, &RandomRequests::wait_for_children},
        {"complete and follow", 3, &RandomRequests::complete_and_follow},
        {"take", 25, &RandomRequests::take_jobs},
        {"complete", 20, &RandomRequests::complete_job},
        {"fail", 12, &RandomRequests::fail_job},
        {"release", 4, &RandomRequests::release_job},
        {"delay", 4, &RandomRequests::delay_job},
        {"beat", 3, &RandomRequests::beat_job},
        {"pause", 2, &RandomRequests::pause},
        {"resume", 6, &RandomRequests::resume},
        {"remove", 6, &RandomRequests::remove_one},
        {"retry", 4, &RandomRequests::retry_one},
        {"retry all", 1, &RandomRequests::retry_all},
        {"promote", 3, &RandomRequests::promote_one},
        {"promote all", 1, &RandomRequests::promote_all},
        {"drain", 2, &RandomRequests::drain},
        {"clean", 2, &RandomRequests::clean},
        {"obliterate", 1, &RandomRequests::obliterate},
        {"set settings", 2, &RandomRequests::set_settings},
        {"upsert scheduler", 1, &RandomRequests::upsert_scheduler},
        {"remove scheduler", 1, &RandomRequests::remove_scheduler},
        {"lose worker", 1, &RandomRequests::lose_worker},
    };
    return kinds;
}

std::size_t RandomRequests::kinds() { return all_kinds().size(); }

void RandomRequests::connect(std::uint16_t port) {
    port_ = port;
    producer_ = std::make_unique<RawClient>(port);
    producer_->greet("random-producer-" + std::to_string(restarts_));  // Its numbers begin anew.
    observer_ = std::make_unique<RawClient>(port);
    observer_->greet();
    for (Worker& worker : workers_) {
        worker = {std::make_unique<RawClient>(port), {}};
        worker.client->greet();
    }
    for (const char* const queue : kQueues) add_one(*producer_, queue, "first");
}

void RandomRequests::disconnect() {
    ++restarts_;
    producer_.reset();
    observer_.reset();
    for (Worker& worker : workers_) worker = {};
}

std::string RandomRequests::step() {
    queue_ = kQueues[below(20) == 0 ? 2 : below(2)];
    static const std::uint64_t weights = [] {
        std::uint64_t sum = 0;
        for (const Kind& kind : all_kinds()) sum += kind.weight;
        return sum;
    }();
    std::uint64_t drawn = below(weights);
    for (const Kind& kind : all_kinds()) {
        if (drawn >= kind.weight) {
            drawn -= kind.weight;
            continue;
        }
        if ((this->*kind.send)()) accepted_.insert(kind.name);
        return kind.name;
    }
    return "";
}

void RandomRequests::note_id(const std::string& id) {
    auto& ids = ids_[queue_];
    if (ids.size() == kIdsRemembered) ids.erase(ids.begin());
    ids.push_back(id);
}

std::string RandomRequests::draw_id() {
    const auto& ids = ids_[queue_];
    return ids.empty() ? "nobody" : ids[below(ids.size())];
}

void RandomRequests::fill(v1::NewJob& job) {
    job.set_name(one_in(2) ? "work" : "other");
    job.set_payload(std::string(below(200), 'x'));
    if (one_in(10)) job.set_id("chosen-" + std::to_string(below(50)));
    v1::JobOptions& options = *job.mutable_options();
    if (one_in(2)) options.set_priority(static_cast<std::uint32_t>(below(4)));
    options.set_lifo(one_in(8));
    options.set_key(kKeys[below(4)]);
    if (one_in(4)) options.set_delay_ms(1 + below(one_in(2) ? 5 : 200));
    if (one_in(3)) options.set_attempts(static_cast<std::uint32_t>(1 + below(3)));
    if (one_in(3)) {
        options.mutable_backoff()->set_type(v1::Backoff::TYPE_FIXED);
        options.mutable_backoff()->set_delay_ms(1 + below(20));
    }
    if (one_in(10)) options.set_ttl_ms(1 + below(20));
    if (one_in(10)) options.set_timeout_ms(1 + below(20));
    if (one_in(4)) options.mutable_remove_on_complete()->set_remove(true);
    if (one_in(6)) options.mutable_remove_on_complete()->set_count(below(5));
    if (one_in(6)) options.mutable_remove_on_fail()->set_age_ms(1 + below(50));
    if (one_in(10)) options.mutable_on_failure()->set_queue("dead");
}

bool RandomRequests::add() {
    v1::Envelope request = add_request(queue_);
    fill(*request.mutable_add_jobs()->add_jobs());
    const auto answer = producer_->call(request);
    for (const auto& added : answer.add_jobs_result().jobs()) note_id(added.id());
    return is_ok(answer);
}

bool RandomRequests::add_many() {
    v1::Envelope request = add_request(queue_);
    for (auto jobs = 1 + below(6); jobs > 0; --jobs) fill(*request.mutable_add_jobs()->add_jobs());
    if (one_in(10)) request.mutable_add_jobs()->mutable_jobs(0)->set_name("not a name");
    const auto answer = producer_->call(request);
    for (const auto& added : answer.add_jobs_result().jobs()) note_id(added.id());
    return is_ok(answer);
}

void RandomRequests::fill(v1::Deduplication& deduplication) {
    deduplication.set_key(kDedupKeys[below(3)]);
    deduplication.set_mode(static_cast<v1::Deduplication::Mode>(1 + below(4)));
    if (deduplication.mode() == v1::Deduplication::MODE_THROTTLE ||
        deduplication.mode() == v1::Deduplication::MODE_DEBOUNCE)
        deduplication.set_window_ms(1 + below(50));
}

// Accepted: another job stood for the key.
bool RandomRequests::add_deduplicated() {
    v1::Envelope request = add_request(queue_);
    for (auto jobs = 1 + below(2); jobs > 0; --jobs) {
        v1::NewJob& job = *request.mutable_add_jobs()->add_jobs();
        fill(job);
        fill(*job.mutable_options()->mutable_deduplication());
    }
    const auto answer = producer_->call(request);
    const auto& jobs = answer.add_jobs_result().jobs();
    for (const auto& added : jobs) note_id(added.id());
    return std::any_of(jobs.begin(), jobs.end(), [](const auto& added) {
        return added.outcome() == v1::AddedJob::OUTCOME_DEDUPLICATED;
    });
}

bool RandomRequests::free_key() {
    v1::Envelope request;
    request.mutable_remove_deduplication()->set_queue(queue_);
    request.mutable_remove_deduplication()->set_key(kDedupKeys[below(3)]);
    return is_ok(producer_->call(request));
}

bool RandomRequests::update() {
    v1::Envelope request;
    v1::UpdateJob& change = *request.mutable_update_job();
    change.set_queue(queue_);
    change.set_id(draw_id());
    if (one_in(2)) change.set_payload(std::string(below(300), 'u'));
    if (one_in(2)) change.set_priority(static_cast<std::uint32_t>(below(4)));
    if (one_in(4)) change.set_delay_ms(below(50));
    if (one_in(4)) change.mutable_tags();
    return is_ok(producer_->call(request));
}

void RandomRequests::fill(v1::AddFlow& flow, bool has_parent) {
    for (auto jobs = 1 + below(4); jobs > 0; --jobs) {
        const auto index = static_cast<std::uint64_t>(flow.jobs_size());
        v1::FlowJob& job = *flow.add_jobs();
        job.set_queue(kQueues[below(2)]);
        fill(*job.mutable_job());
        if (index > 0 && !one_in(6)) job.set_parent(static_cast<std::uint32_t>(below(index)));
        if (job.has_parent() || has_parent)
            job.set_on_child_failure(static_cast<v1::OnChildFailure>(below(5)));
    }
}

bool RandomRequests::add_flow() {
    v1::Envelope request;
    fill(*request.mutable_add_flow(), false);
    const std::string first = request.add_flow().jobs(0).queue();
    const auto answer = producer_->call(request);
    queue_ = first;
    if (answer.add_flow_result().ids_size() > 0) note_id(answer.add_flow_result().ids(0));
    return is_ok(answer);
}

bool RandomRequests::add_children() {
    const auto job = draw_held();
    v1::Envelope request;
    fill(*request.mutable_add_flow(), true);
    v1::HeldJob& parent = *request.mutable_add_flow()->mutable_parent();
    parent.set_queue(job.queue());
    parent.set_id(job.id());
    parent.set_token(job.token());
    worker_of_->held.push_back(job);
    return is_ok(worker_of_->client->call(request));
}

bool RandomRequests::wait_for_children() {
    v1::Envelope request;
    finish_item(request, draw_held()).mutable_wait_for_children();
    return finish(request);
}

bool RandomRequests::complete_and_follow() {
    v1::Envelope request;
    v1::FinishItem& item = finish_item(request, draw_held());
    item.mutable_complete();
    v1::FollowUp& follow_up = *item.add_follow_ups();
    follow_up.set_queue(kQueues[below(2)]);
    fill(*follow_up.mutable_job());
    if (one_in(4)) fill(*follow_up.mutable_job()->mutable_options()->mutable_deduplication());
    return finish(request);
}

bool RandomRequests::take_jobs() {
    Worker& worker = workers_[below(2)];
    const auto taken = take(*worker.client, queue_, static_cast<std::uint32_t>(1 + below(3)), 0,
                            one_in(4) ? 1'000 : 0);
    worker.held.insert(worker.held.end(), taken.jobs().begin(), taken.jobs().end());
    return taken.jobs_size() > 0;
}

v1::DeliveredJob RandomRequests::draw_held() {
    worker_of_ = &workers_[below(2)];
    auto& held = worker_of_->held;
    if (held.empty()) {
        v1::DeliveredJob nobody;
        nobody.set_queue(queue_);
        nobody.set_id(draw_id());
        nobody.set_token(1 + below(1'000));
        return nobody;
    }
    const auto at = held.begin() + static_cast<std::ptrdiff_t>(below(held.size()));
    v1::DeliveredJob job = std::move(*at);
    if (!one_in(20)) held.erase(at);  // Else it is answered twice.
    queue_ = job.queue();
    return job;
}

bool RandomRequests::finish(v1::Envelope& request) {
    const auto answer = worker_of_->client->call(request);
    return answer.finish_result().statuses_size() == 1 &&
           answer.finish_result().statuses(0).code() == v1::CODE_UNSPECIFIED;
}

bool RandomRequests::complete_job() {
    const auto job = draw_held();
    v1::Envelope request;
    finish_item(request, job).mutable_complete()->set_result(std::string(below(100), 'r'));
    return finish(request);
}

bool RandomRequests::fail_job() {
    const auto job = draw_held();
    v1::Envelope request;
    v1::Fail& failure = *finish_item(request, job).mutable_fail();
    failure.set_reason("broke");
    failure.set_unrecoverable(one_in(6));
    if (one_in(4)) failure.set_retry_in_ms(below(10));
    return finish(request);
}

bool RandomRequests::release_job() {
    const auto job = draw_held();
    v1::Envelope request;
    v1::FinishItem& item = finish_item(request, job);
    item.mutable_release();
    if (one_in(3)) item.set_hold_key_ms(1 + below(20));
    if (one_in(6)) item.set_hold_queue_ms(1 + below(20));
    return finish(request);
}

bool RandomRequests::delay_job() {
    const auto job = draw_held();
    v1::Envelope request;
    finish_item(request, job).mutable_delay()->set_delay_ms(below(20));
    return finish(request);
}

bool RandomRequests::beat_job() {
    Worker& worker = workers_[below(2)];
    v1::Envelope request;
    request.mutable_beat();
    for (const auto& job : worker.held) {
        v1::BeatItem& item = *request.mutable_beat()->add_items();
        item.set_queue(job.queue());
        item.set_id(job.id());
        item.set_token(job.token());
        if (one_in(2)) item.set_progress("50");
        if (one_in(3)) item.add_log_lines("a line");
        if (one_in(4)) item.set_checkpoint(std::string(below(one_in(10) ? 6'000 : 100), 'c'));
    }
    return is_ok(worker.client->call(request));
}

bool RandomRequests::pause() {
    v1::Envelope request;
    request.mutable_pause_queue()->set_queue(queue_);
    request.mutable_pause_queue()->set_key(kKeys[below(4)]);
    if (one_in(2)) request.mutable_pause_queue()->set_for_ms(1 + below(50));
    return is_ok(producer_->call(request));
}

bool RandomRequests::resume() {
    v1::Envelope request;
    request.mutable_resume_queue()->set_queue(queue_);
    request.mutable_resume_queue()->set_key(kKeys[below(4)]);
    return is_ok(producer_->call(request));
}

bool RandomRequests::remove_one() {
    v1::Envelope request;
    request.mutable_remove_jobs()->set_queue(queue_);
    request.mutable_remove_jobs()->add_ids(draw_id());
    request.mutable_remove_jobs()->set_keep(below(3) == 0);
    const auto answer = producer_->call(request);
    return is_ok(answer) && answer.remove_jobs_result().statuses(0).code() == v1::CODE_UNSPECIFIED;
}

bool RandomRequests::retry_one() {
    v1::Envelope request;
    request.mutable_retry_jobs()->set_queue(queue_);
    request.mutable_retry_jobs()->add_ids(draw_id());
    return producer_->call(request).bulk_result().changed() > 0;
}

bool RandomRequests::retry_all() {
    v1::Envelope request;
    request.mutable_retry_jobs()->set_queue(queue_);
    request.mutable_retry_jobs()->set_all(true);
    request.mutable_retry_jobs()->set_limit(static_cast<std::uint32_t>(1 + below(10)));
    return producer_->call(request).bulk_result().changed() > 0;
}

bool RandomRequests::promote_one() {
    v1::Envelope request;
    request.mutable_promote_jobs()->set_queue(queue_);
    request.mutable_promote_jobs()->add_ids(draw_id());
    return producer_->call(request).bulk_result().changed() > 0;
}

bool RandomRequests::promote_all() {
    v1::Envelope request;
    request.mutable_promote_jobs()->set_queue(queue_);
    request.mutable_promote_jobs()->set_all(true);
    return producer_->call(request).bulk_result().changed() > 0;
}

bool RandomRequests::drain() {
    v1::Envelope request;
    request.mutable_drain_queue()->set_queue(queue_);
    request.mutable_drain_queue()->set_include_delayed(one_in(2));
    request.mutable_drain_queue()->set_limit(static_cast<std::uint32_t>(1 + below(60)));
    return producer_->call(request).bulk_result().changed() > 0;
}

bool RandomRequests::clean() {
    v1::Envelope request;
    request.mutable_clean_queue()->set_queue(queue_);
    request.mutable_clean_queue()->set_state(one_in(2) ? v1::JOB_STATE_COMPLETED : v1::JOB_STATE_FAILED);
    request.mutable_clean_queue()->set_older_than_ms(one_in(4) ? below(50) : 0);
    return producer_->call(request).bulk_result().changed() > 0;
}

// A step of one; the queue is made anew by the next add.
bool RandomRequests::obliterate() {
    v1::Envelope request;
    request.mutable_obliterate_queue()->set_queue(queue_);
    request.mutable_obliterate_queue()->set_force(one_in(2));
    request.mutable_obliterate_queue()->set_limit(static_cast<std::uint32_t>(1 + below(30)));
    return producer_->call(request).bulk_result().changed() > 0;
}

bool RandomRequests::set_settings() {
    v1::Envelope request;
    request.mutable_set_queue_settings()->set_queue(queue_);
    v1::QueueSettings& settings = *request.mutable_set_queue_settings()->mutable_settings();
    if (one_in(2)) settings.set_waiting_max(20 + below(30));
    if (one_in(3)) settings.mutable_limits()->set_concurrency(1 + below(10));
    if (one_in(3)) settings.mutable_key_limits()->set_concurrency(1 + below(4));
    if (one_in(3)) {
        v1::Rate& rate = *settings.mutable_key_limits()->add_rates();
        rate.set_jobs(1 + below(5));
        rate.set_per_ms(5 + below(20));
    }
    if (one_in(2)) {
        v1::KeySettings& key = *settings.add_keys();
        key.set_key("tenant-1");
        key.set_weight(static_cast<std::uint32_t>(below(4)));
        if (one_in(2)) key.mutable_limits()->set_concurrency(1 + below(4));
    }
    if (one_in(3)) settings.add_defaults()->mutable_options()->set_attempts(2);
    return is_ok(producer_->call(request));
}

bool RandomRequests::upsert_scheduler() {
    v1::Envelope request;
    v1::UpsertScheduler& scheduler = *request.mutable_upsert_scheduler();
    scheduler.set_queue(queue_);
    scheduler.set_key("tick-" + std::to_string(below(2)));
    scheduler.mutable_repeat()->set_every_ms(10 + below(50));
    scheduler.mutable_repeat()->set_limit(1 + below(20));
    scheduler.mutable_job()->set_name("tick");
    return is_ok(producer_->call(request));
}

bool RandomRequests::remove_scheduler() {
    v1::Envelope request;
    request.mutable_remove_scheduler()->set_queue(queue_);
    request.mutable_remove_scheduler()->set_key("tick-" + std::to_string(below(2)));
    return is_ok(producer_->call(request));
}

bool RandomRequests::lose_worker() {
    Worker& worker = workers_[below(2)];
    if (one_in(2)) {  // With a goodbye its jobs go back at once.
        v1::Envelope goodbye;
        goodbye.mutable_go_away();
        worker.client->send(goodbye);
    }
    worker = {std::make_unique<RawClient>(port_), {}};
    worker.client->greet();
    return true;
}

}  // namespace swarmq::test
