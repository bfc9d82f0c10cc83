// The life of a turn: hold, seal, commit, release.
#include "broker/broker.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"

namespace swarmq::broker {
namespace {

constexpr DurationMs kClockCheckMs = 1'000;
// Time goes on at least once a second; if it did not, we stalled and not our workers, and leases are held
// for as long as workers need to make themselves heard again.
constexpr DurationMs kStallMs = 1'000;
constexpr DurationMs kStallGraceMs = 10'000;
constexpr DurationMs kWallJumpMs = 100;
// Jobs read ahead in one turn, and what they take when they are delivered; and about what one takes
// in the window.
constexpr std::size_t kAheadJobsMax = 512;
constexpr std::size_t kAheadBytesMax = 512 * 1024;
constexpr std::size_t kAheadJobBytes = 1024;
// So many ended jobs are worth a turn of their own: with fewer its costs show.
constexpr std::size_t kEndedWanted = 8;

}  // namespace

Broker::Broker(Loop& loop, const Clock& clock, engine::Engine& engine, storage::Journal& journal,
               storage::Store& store, BrokerOptions options)
    : loop_(loop), clock_(clock), engine_(engine), store_(store), options_(std::move(options)),
      watchers_(engine), window_(options_.window_bytes_max), next_turn_(std::make_unique<Turn>()), reader_(loop),
      maintenance_(loop, clock, store, options_.maintenance),
      commits_(loop, journal, store, {options_.shard, options_.sync_every},
               [this](std::unique_ptr<Turn> turn) {
                   committed(*turn);
                   if (has_more()) seal();
                   set_ticker();
                   stop_if_idle();
               },
               [this](const Error& error) { fail(error); }),
      ticker_(loop, clock, [this] { tick(); }) {}

Broker::~Broker() {
    commits_.stop();
    reader_.stop();
    maintenance_.stop();
}

void Broker::start() {
    advanced_ms_ = clock_.now_ms();
    tick();
}

void Broker::stop(std::function<void()> done) {
    on_stopped_ = std::move(done);
    ticker_.stop();
    want_seal();
    stop_if_idle();
}

void Broker::stop_if_idle() {
    if (!on_stopped_ || is_committing_ || is_sealing_ || is_stopped_) return;
    is_stopped_ = true;
    commits_.stop();
    reader_.stop();
    maintenance_.stop();
    loop_.post(std::exchange(on_stopped_, nullptr));
}

void Broker::advance() {
    const TimeMs now_ms = clock_.now_ms();
    const DurationMs late_ms = now_ms - std::exchange(advanced_ms_, now_ms) - kClockCheckMs;
    if (late_ms > kStallMs) {
        log(LogLevel::Warning, "the loop stood still for " + std::to_string(late_ms) +
                                   " ms; leases are held for " + std::to_string(kStallGraceMs) + " ms");
        engine_.hold_leases(now_ms + kStallGraceMs);
    }
    if (engine_.advance(now_ms)) set_ticker();
    waiters_.advance(now_ms);
    watchers_.advance(now_ms);
}

void Broker::tick() {
    const TimeMs now_ms = clock_.now_ms();
    if (now_ms - clocks_checked_ms_ >= kClockCheckMs) {
        clocks_checked_ms_ = now_ms;
        const DurationMs offset_ms = clock_.wall_offset_ms();
        if (std::abs(offset_ms - engine_.wall_offset_ms()) > kWallJumpMs)
            engine_.set_wall_offset(offset_ms);
        if (options_.check_disk) add_refusal_ = options_.check_disk();
        commits_.let_rest(!add_refusal_);
    }
    advance();
    if (!engine_.is_quiet()) want_seal();
    set_ticker();
}

void Broker::set_ticker() {
    TimeMs next_ms = clocks_checked_ms_ + kClockCheckMs;
    if (const auto deadline = engine_.next_deadline()) next_ms = std::min(next_ms, *deadline);
    if (const auto deadline = waiters_.next_deadline()) next_ms = std::min(next_ms, *deadline);
    ticker_.set(next_ms);
}

Result<Answer> Broker::change(const RequestTag& tag, const std::function<Result<Answer>()>& verb) {
    if (tag.client_id.empty()) return verb();
    if (const Answer* const first = engine_.find_answer(tag.client_id, tag.number)) return *first;
    if (tag.answered_up_to > 0) engine_.forget_answers(tag.client_id, tag.answered_up_to);
    auto answer = verb();
    // What was refused is asked anew when it comes again.
    if (answer && !answer->says_nothing_done()) engine_.remember_answer(tag.client_id, tag.number, *answer);
    return answer;
}

TurnNumber Broker::hold(const std::shared_ptr<Port>& port, std::size_t input_bytes) {
    auto& ports = next_turn_->ports;
    if (port && (ports.empty() || ports.back() != port)) ports.push_back(port);
    next_turn_bytes_ += input_bytes;
    want_seal();
    return engine_.current_turn();
}

void Broker::after_durable(std::function<void()> then) {
    next_turn_->after.push_back(std::move(then));
    want_seal();
}

void Broker::read(std::function<void(const storage::Store&)> read, std::function<void()> done,
                  std::function<void()> refused) {
    after_durable([this, read = std::move(read), done = std::move(done),
                   refused = std::move(refused)] {
        if (!reader_.submit([this, read] { read(store_); }, done)) refused();
    });
}

bool Broker::accepts_more(const std::function<void()>& resume) {
    if (next_turn_bytes_ < options_.turn_bytes_max && !on_stopped_) return true;
    paused_.push_back(resume);
    return false;
}

DurationMs Broker::commit_age_ms() const {
    return is_committing_ ? clock_.now_ms() - commit_began_ms_ : 0;
}

void Broker::attach(engine::SessionKey session, std::shared_ptr<Port> port) {
    ports_[session] = std::move(port);
}

void Broker::detach(engine::SessionKey session, const Port* port) {
    const auto found = ports_.find(session);
    if (found != ports_.end() && found->second.get() == port) ports_.erase(found);
}

std::shared_ptr<Port> Broker::port_of(engine::SessionKey session) const {
    const auto found = ports_.find(session);
    return found == ports_.end() ? nullptr : found->second;
}

// Posted, so that everything that has arrived by now is in the turn.
void Broker::want_seal() {
    if (is_sealing_ || is_committing_ || has_failed_) return;
    is_sealing_ = true;
    loop_.post([this] {
        if (std::exchange(is_sealing_, false)) seal();
        stop_if_idle();
    });
}

void Broker::seal_if_alone(const Port* port) {
    const auto& ports = next_turn_->ports;
    const bool is_alone = ports.size() == 1 && ports.front().get() == port && port == alone_;
    if (!is_sealing_ || !commits_at_once_ || !is_alone) return;
    is_sealing_ = false;
    seal();
}

void Broker::seal() noexcept {
    if (is_committing_ || has_failed_) return;
    std::unique_ptr<Turn> turn = std::exchange(next_turn_, std::make_unique<Turn>());
    next_turn_bytes_ = 0;
    next_turn_ended_ = 0;
    if (!turn->ports.empty()) alone_ = turn->ports.size() == 1 ? turn->ports.front().get() : nullptr;
    turn->effects = engine_.seal();
    prepare(*turn);
    for (auto& resume : std::exchange(paused_, {})) loop_.post(std::move(resume));
    if (turn->effects.changes.empty() && turn->missing.empty()) {
        release(*turn);
    } else {
        is_committing_ = true;
        commit_began_ms_ = clock_.now_ms();
        turn = commits_.submit(std::move(turn));
        commits_at_once_ = turn && !turn->was_synced;
        if (turn) committed(*turn);
        // Behind what is ready: sockets are read between the turns of a long change.
        if (turn && has_more()) want_seal();
    }
    set_ticker();
}

bool Broker::has_more() const {
    return !has_failed_ &&
           (!engine_.is_quiet() || !next_turn_->ports.empty() || !next_turn_->after.empty());
}

bool Broker::is_turn_wanted() const {
    return is_sealing_ && commits_at_once_ && next_turn_ended_ >= kEndedWanted;
}

// What the loop knows of payloads, for the commit thread and for the deliveries after it.
void Broker::prepare_contents(Turn& turn) {
    for (const JobRecord& replaced : turn.effects.changes.replaced) {
        window_.replace(replaced);
        if (window_.is_unwanted(replaced)) turn.unwanted.push_back(replaced.seq);
    }
    for (const JobPatch& patch : turn.effects.changes.patches) window_.patch(patch);
    for (JobRecord& added : turn.effects.changes.added) {
        if (!added.payload && added.payload_of != JobSeq{}) {
            const storage::DeliverableJob* const source = window_.find(added.payload_of);
            if (source == nullptr) continue;  // The commit thread reads it.
            added.payload_of = {};
            added.payload = source->payload;
            added.headers = source->headers;
            added.tags = source->tags;
        }
        window_.add(added);
        if (window_.is_unwanted(added)) turn.unwanted.push_back(added.seq);
    }
    // A dead letter that this turn made may have been changed as well.
    for (const JobPatch& patch : turn.effects.changes.patches) window_.patch(patch);
}

void Broker::prepare(Turn& turn) {
    prepare_contents(turn);
    for (const auto& delivery : turn.effects.deliveries) {
        // Who holds the session now gets it, or nobody: a connection that resumes it later is told of the
        // lease in its Welcome.
        turn.receivers.push_back(port_of(delivery.session));
        for (const auto& job : delivery.jobs) {
            if (window_.find(job.seq) == nullptr) turn.missing.push_back(job.seq);
            if ((job.rows & (kCheckpointRow | kLargeCheckpointRow)) != 0)
                turn.with_checkpoint.push_back({job.seq, job.rows});
        }
    }
    std::sort(turn.missing.begin(), turn.missing.end());
    if (!turn.missing.empty()) look_ahead(turn);
}

// Where jobs come from the store, those behind them will too: they are read along, many at a time.
void Broker::look_ahead(Turn& turn) const {
    std::set<QueueId> queues;
    for (const auto& delivery : turn.effects.deliveries)
        for (const auto& job : delivery.jobs)
            if (window_.find(job.seq) == nullptr) queues.insert(job.job_class->queue);
    // What was read ahead of one queue is not to be driven out by all the others.
    const std::size_t jobs_max = std::min(kAheadJobsMax / queues.size(),
                                          window_.ahead_bytes_max() / kAheadJobBytes /
                                              std::max<std::size_t>(engine_.queue_count(), 1));
    for (const QueueId queue : queues)
        for (const JobSeq seq :
             engine_.coming_jobs(queue, jobs_max, kAheadBytesMax / queues.size()))
            if (window_.find(seq) == nullptr) turn.coming.push_back(seq);
    std::sort(turn.coming.begin(), turn.coming.end());
}

void Broker::committed(Turn& turn) {
    is_committing_ = false;
    const TimeMs now_ms = clock_.now_ms();
    // Signs of life may have waited behind a slow commit.
    if (now_ms - commit_began_ms_ > kStallMs) engine_.hold_leases(now_ms + kStallGraceMs);
    if (!turn.outcome) {
        for (const auto& port : turn.ports) port->store_failed();
        fail(turn.outcome.error());
        return;
    }
    for (auto& [seq, job] : turn.read_ahead) window_.add_ahead(seq, std::move(job));
    if (turn.commit_bytes > 0) stats_.count_commit(turn.commit_us, turn.commit_bytes);
    release(turn);
}

void Broker::release(Turn& turn) {
    for (std::size_t i = 0; i < turn.effects.deliveries.size(); ++i)
        deliver(turn, turn.effects.deliveries[i], turn.receivers[i].get());
    for (const auto& delivery : turn.effects.deliveries)
        for (const auto& job : delivery.jobs) window_.erase(job.seq);
    for (const auto& notice : turn.effects.notices)
        if (const auto port = port_of(notice.session)) port->notify(notice);
    for (const JobSeq seq : turn.unwanted) window_.erase(seq);
    const TimeMs now_ms = clock_.now_ms();
    for (auto& ended : turn.effects.ended) {
        window_.erase(ended.seq);
        waiters_.end(std::move(ended), now_ms);
    }
    for (const auto& port : turn.ports) port->turn_is_durable(turn.effects.changes.turn);
    // Workers first: they have something to do.
    for (const auto& port : turn.receivers)
        if (port) port->flush();
    for (const auto& port : turn.ports) port->flush();
    watchers_.publish(std::move(turn.effects.events));
    for (const auto& then : turn.after) then();
}

void Broker::deliver(const Turn& turn, const engine::Delivery& delivery, Port* port) {
    if (port == nullptr) return;
    std::vector<storage::DeliverableJob> contents;
    contents.reserve(delivery.jobs.size());
    // Copies share the payload; one turn may have given a job out twice, to a worker that left at once
    // and to the next.
    for (const auto& job : delivery.jobs) {
        if (const auto* const kept = window_.find(job.seq))
            contents.push_back(*kept);
        else if (const auto read = turn.read.find(job.seq); read != turn.read.end())
            contents.push_back(read->second);
        else
            contents.emplace_back();
        if (const auto saved = turn.checkpoints.find(job.seq); saved != turn.checkpoints.end())
            contents.back().checkpoint = saved->second;
    }
    stats_.delivered_total += contents.size();
    port->deliver(delivery, contents);
}

void Broker::fail(const Error& error) {
    if (std::exchange(has_failed_, true)) return;
    log(LogLevel::Error, "the store failed, nothing is acknowledged any more: " + error.detail);
    // Told ports detach themselves, so they are told from a list of our own.
    std::vector<std::shared_ptr<Port>> ports = std::move(next_turn_->ports);
    for (auto& [session, port] : std::exchange(ports_, {})) ports.push_back(std::move(port));
    for (const auto& port : ports) port->store_failed();
    if (options_.on_failure) options_.on_failure(error);
}

}  // namespace swarmq::broker
