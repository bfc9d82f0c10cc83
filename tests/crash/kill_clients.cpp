// The clients' loops.
#include "kill_clients.h"

#include <chrono>
#include <stdexcept>
#include <thread>

namespace swarmq::test {
namespace {

constexpr std::size_t kPendingMax = 8;
constexpr std::uint64_t kCredit = 16;

}  // namespace

std::uint64_t wall_ms() {
    using namespace std::chrono;
    return static_cast<std::uint64_t>(
        duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

void PersistentClient::run(const std::atomic<bool>& goes_on) {
    while (goes_on || !pending_.empty()) {
        scene_.port.wait(0);
        try {
            RawClient client(scene_.port);
            const auto welcome = client.greet(client_id_, session_);
            session_ = welcome.session_id();
            for (const auto& [id, request] : pending_) client.send(request);
            connected(client);
            serve(client, goes_on);
        } catch (const std::runtime_error&) {
            std::this_thread::yield();  // The daemon was killed; the next one is on its way.
        }
    }
}

void PersistentClient::serve(RawClient& client, const std::atomic<bool>& goes_on) {
    while (goes_on || !pending_.empty()) {
        while (goes_on && pending_.size() < kPendingMax && produce(client)) {
        }
        try {
            take(client, client.receive(std::chrono::milliseconds(50)));
        } catch (const std::runtime_error& error) {
            if (std::string(error.what()).find("within the time") == std::string::npos) throw;
        }
    }
}

void PersistentClient::take(RawClient& client, const v1::Envelope& frame) {
    if (frame.id() == 0) {
        push(client, frame);
        return;
    }
    const auto found = pending_.find(frame.id());
    if (found == pending_.end()) return;
    if (frame.status().code() == v1::CODE_UNKNOWN || frame.status().code() == v1::CODE_DRAINING) return;
    answered(found->second, frame);
    pending_.erase(found);
}

void PersistentClient::send_numbered(RawClient& client, v1::Envelope request) {
    request.set_id(next_id_++);
    request.set_answered_up_to(pending_.empty() ? request.id() - 1 : pending_.begin()->first - 1);
    pending_.emplace(request.id(), request);
    client.send(request);
}

bool KillProducer::produce(RawClient& client) {
    v1::Envelope request;
    request.mutable_add_jobs()->set_queue("load");
    const std::uint64_t jobs = random_() % 5 == 0 ? 10 : 1;
    for (std::uint64_t i = 0; i < jobs; ++i) {
        KillHistory::Plan plan;
        plan.number = scene_.next_number++;
        plan.failures = random_() % 4 == 0 ? static_cast<std::uint32_t>(random_() % 4) : 0;
        plan.delay_ms = random_() % 4 == 0 ? random_() % 300 : 0;
        if (i == 0) sent_at_ms_[plan.number] = wall_ms();
        v1::NewJob& job = *request.mutable_add_jobs()->add_jobs();
        job.set_name("job");
        job.set_payload(KillHistory::payload_of(plan));
        v1::JobOptions& options = *job.mutable_options();
        options.set_priority(static_cast<std::uint32_t>(random_() % 4));
        options.set_delay_ms(plan.delay_ms);
        options.set_attempts(KillHistory::kAttempts);
        options.mutable_backoff()->set_type(v1::Backoff::TYPE_FIXED);
        options.mutable_backoff()->set_delay_ms(random_() % 20);
        options.set_max_stalled(1000);
        options.mutable_remove_on_complete()->set_forever(true);
        options.mutable_remove_on_fail()->set_forever(true);
    }
    send_numbered(client, std::move(request));
    return true;
}

void KillProducer::answered(const v1::Envelope& request, const v1::Envelope& answer) {
    const auto& jobs = request.add_jobs().jobs();
    if (answer.add_jobs_result().jobs_size() != jobs.size()) {
        scene_.history.violated("an add was refused: " + answer.ShortDebugString());
        return;
    }
    const auto first = KillHistory::plan_of(jobs[0].payload()).number;
    for (int i = 0; i < jobs.size(); ++i)
        scene_.history.added(KillHistory::plan_of(jobs[i].payload()),
                             answer.add_jobs_result().jobs(i).id(), sent_at_ms_[first]);
    sent_at_ms_.erase(first);
}

void KillWorker::connected(RawClient& client) {
    v1::Envelope request;
    request.mutable_subscribe()->set_subscription(1);
    request.mutable_subscribe()->add_queues("load");
    request.mutable_subscribe()->set_lease_ms(1'000);
    request.set_id(1'000'000'000'000 + wall_ms());
    client.send(request);
    granted_ = kCredit;
    v1::Envelope grant;
    grant.mutable_grant()->set_subscription(1);
    grant.mutable_grant()->set_jobs_total(granted_);
    client.send(grant);
}

void KillWorker::push(RawClient& client, const v1::Envelope& push) {
    if (!push.has_deliver()) return;
    const std::uint64_t now_ms = wall_ms();
    for (const auto& job : push.deliver().jobs()) {
        const bool fails = scene_.history.delivered(job, now_ms);
        v1::Envelope request;
        v1::FinishItem& item = *request.mutable_finish()->add_items();
        item.set_queue(job.queue());
        item.set_id(job.id());
        item.set_token(job.token());
        if (fails)
            item.mutable_fail()->set_reason("as planned");
        else
            item.mutable_complete()->set_result(job.payload());
        request.mutable_finish()->mutable_grant()->set_subscription(1);
        request.mutable_finish()->mutable_grant()->set_jobs_total(++granted_);
        scene_.history.answer_sent(job.id(), fails);
        send_numbered(client, std::move(request));
    }
}

void KillWorker::answered(const v1::Envelope& request, const v1::Envelope& answer) {
    const v1::FinishItem& item = request.finish().items(0);
    const auto& statuses = answer.finish_result().statuses();
    if (statuses.size() != 1) {
        scene_.history.violated("a finish was refused: " + answer.ShortDebugString());
        return;
    }
    if (statuses[0].code() == v1::CODE_UNSPECIFIED)
        scene_.history.answer_accepted(item.id(), item.has_fail());
    else if (statuses[0].code() != v1::CODE_STALE_LEASE)
        scene_.history.violated("an unexpected answer: " + statuses[0].ShortDebugString());
}

}  // namespace swarmq::test
