// Notes what is to be told in a turn.
#include "simulation/reference_events.h"

#include <utility>

namespace swarmq::simulation {

void Tellings::set_watched(QueueNumber queue, bool is_watched, bool has_backlog) {
    OfQueue& of = of_[queue];
    if (of.is_watched == is_watched) return;
    of = {is_watched, false, has_backlog};
}

std::size_t Tellings::tell(QueueNumber queue, Told told) {
    OfQueue& of = of_[queue];
    if (!of.is_watched) return kNotTold;
    const bool is_of_queue = told.kind == EventKind::Paused || told.kind == EventKind::Resumed ||
                             told.kind == EventKind::Held || told.kind == EventKind::Deduplicated;
    if (!is_of_queue) of.is_touched = true;
    told.queue = queue;
    told.group = group_;
    told_.push_back(std::move(told));
    return told_.size() - 1;
}

void Tellings::tell_drained(QueueNumber queue, bool has_backlog) {
    OfQueue& of = of_[queue];
    if (!std::exchange(of.is_touched, false) || !of.had_backlog || has_backlog) return;
    of.had_backlog = false;
    Told told;
    told.kind = EventKind::Drained;
    tell(queue, std::move(told));
    of.is_touched = false;
}

std::vector<Told> Tellings::take() {
    group_ = groups_ = 0;
    return std::exchange(told_, {});
}

}  // namespace swarmq::simulation
