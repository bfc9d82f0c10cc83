// Those who watch: what a turn says to them is held against the reference.
#include "simulation/violation.h"
#include "simulation/world.h"

#include <algorithm>
#include <utility>

namespace swarmq::simulation {
namespace {

std::string name_of(const Told& told) {
    return "event " + std::to_string(static_cast<int>(told.kind)) + " of job " +
           std::to_string(told.seq) + " in queue " + std::to_string(told.queue);
}

// Kinds and jobs, for a sentence that nobody should need.
std::string all_of(const std::vector<Told>& all) {
    std::string text;
    for (const Told& told : all)
        text += " " + std::to_string(static_cast<int>(told.kind)) + ":" + std::to_string(told.seq);
    return text;
}
std::string all_of(const std::vector<engine::Event>& all) {
    std::string text;
    for (const auto& event : all)
        text += " " + std::to_string(static_cast<int>(event.kind)) + ":" +
                std::to_string(raw(event.seq));
    return text;
}

void check_event(const engine::Event& event, const Told& wanted) {
    const bool is_it = event.kind == wanted.kind && raw(event.seq) == wanted.seq &&
                       queue_number(event.queue) == wanted.queue;
    require(is_it, "event ", static_cast<int>(event.kind), " of job ", raw(event.seq), " in ",
            event.queue, " was told, not ", name_of(wanted));
    require(event.attempt == wanted.attempt && event.failure_kind == wanted.failure_kind,
            name_of(wanted), " tells of attempt ", event.attempt, " and failure ",
            static_cast<int>(event.failure_kind));
    require(event.delay_ms >= wanted.delay_least_ms && event.delay_ms <= wanted.delay_most_ms,
            name_of(wanted), " tells of ", event.delay_ms, " ms");
    require(wanted.text.empty() || event.text == wanted.text, name_of(wanted), " says ",
            event.text);
}

}  // namespace

void World::change_watch() {
    const auto which = static_cast<QueueNumber>(dice_.below(kQueues + 1));
    bool& is_watched = watched_[which];
    is_watched = !is_watched;
    const std::string name = which == kQueues ? std::string() : queue_name(which);
    if (is_watched)
        require(engine_->watch(name).ok(), "a queue could not be watched");
    else
        engine_->unwatch(name);
    tell_watched();
}

void World::tell_watched() {
    for (QueueNumber queue = 0; queue < kQueues; ++queue)
        reference_.set_watched(queue, watched_[queue] || watched_[kQueues]);
}

void World::check_events(std::vector<engine::Event>& events, bool is_order_known) {
    std::vector<Told> wanted = reference_.take_told();
    if (!is_order_known)
        for (Told& told : wanted) told.group = 1;
    require(events.size() == wanted.size(), events.size(), " events are told of a turn (",
            all_of(events), "), not ", wanted.size(), " (", all_of(wanted), ")");
    const auto before = [](auto a, std::uint64_t seq_a, auto b, std::uint64_t seq_b) {
        return std::pair(a, seq_a) < std::pair(b, seq_b);
    };
    for (std::size_t begin = 0; begin < wanted.size();) {
        std::size_t end = begin + 1;
        while (end < wanted.size() && wanted[begin].group != 0 &&
               wanted[end].group == wanted[begin].group)
            ++end;
        const auto offset = [](auto& of, std::size_t at) {
            return of.begin() + static_cast<std::ptrdiff_t>(at);
        };
        std::stable_sort(
            offset(wanted, begin), offset(wanted, end),
            [&](const Told& a, const Told& b) { return before(a.queue, a.seq, b.queue, b.seq); });
        std::stable_sort(offset(events, begin), offset(events, end),
                         [&](const engine::Event& a, const engine::Event& b) {
                             return before(queue_number(a.queue), raw(a.seq), queue_number(b.queue),
                                           raw(b.seq));
                         });
        for (; begin < end; ++begin) check_event(events[begin], wanted[begin]);
    }
}

void World::change_held() {
    Worker& worker = dice_.pick(workers_);
    if (worker.session == kNoSession || !sessions_[worker.session].is_connected) return;
    Session& session = sessions_[worker.session];
    session.is_held = !session.is_held;
    engine_->set_held(session.key, session.is_held);
    if (!session.is_held || !dice_.one_in(4)) return;
    // What it asks for now may end while nothing is sent, and just before it changes connections.
    take(worker);
    advance(now_ms_);
    connect(worker);
}

}  // namespace swarmq::simulation
