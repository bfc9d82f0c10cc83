// A cursor holds the sort key of the last job shown, so it stays good whatever happens to that job.
#include "engine/listing.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "engine/job_filter.h"
#include "engine/limits.h"
#include "engine/retention.h"
#include "engine/validate.h"

namespace swarmq::engine {
namespace {

// What the numbers are depends on the state that is listed.
using Cursor = PlaceInList;

std::optional<Cursor> parse_cursor(const std::string& text) {
    Cursor cursor;
    const char* at = text.data();
    const char* const end = at + text.size();
    const auto read = [&](auto& number, bool is_last) {
        const auto [next, error] = std::from_chars(at, end, number);
        if (error != std::errc{}) return false;
        at = next;
        return is_last ? at == end : at != end && *at++ == '.';
    };
    if (!read(cursor.a, false) || !read(cursor.b, false) || !read(cursor.c, false) ||
        !read(cursor.d, true))
        return std::nullopt;
    return cursor;
}

// What one look at a queue finds: up to limit + 1 jobs (one more shows that the page is not the last), or
// fewer and a cursor where looking stopped.
struct Found {
    std::vector<Slot> slots;
    std::optional<Cursor> stopped;
};

// The slot of a cursor, if it still holds the job that the cursor was made from. Cursors come from
// clients: any number may stand there.
Slot hint_for(const Memory& memory, const QueueState& queue, std::uint8_t priority, KeyIndex key,
              const Rank& rank, Slot slot) {
    if (!memory.jobs.may_hold(slot)) return kNone;
    const JobSlot& job = memory.jobs[slot];
    const bool is_still_there = job.state() == JobState::Waiting && !job.is_stray &&
                                job.priority == priority &&
                                memory.classes.queue(job.job_class) == queue.index &&
                                memory.classes.key(job.job_class) == key &&
                                memory.jobs.rank(slot) == rank;
    return is_still_there ? slot : kNone;
}

// Level by level and in each lane by lane. Cursor: rank time, rank number, priority << 32 | slot, key.
Found find_waiting(const Memory& memory, const QueueState& queue, std::size_t wanted,
                   const std::optional<Cursor>& after) {
    Found found;
    for (const auto& level : queue.ready.levels()) {
        std::optional<Rank> rank;
        Slot hint = kNone;
        KeyIndex key = kNone;
        if (after) {
            const auto priority = static_cast<std::uint8_t>(after->c >> 32);
            if (level->priority() < priority) continue;
            if (level->priority() == priority) {
                rank = Rank{after->a, after->b};
                key = static_cast<KeyIndex>(after->d);
                hint = hint_for(memory, queue, priority, key, *rank, static_cast<Slot>(after->c));
            }
        }
        level->collect(memory.jobs, key, rank, hint, wanted, found.slots);
    }
    return found;
}

Cursor waiting_cursor(const Memory& memory, Slot slot) {
    const Rank rank = memory.jobs.rank(slot);
    return {rank.when_ms, rank.number, std::uint64_t{memory.jobs[slot].priority} << 32 | slot,
            memory.classes.key(memory.jobs[slot].job_class)};
}

// Cursor: due time, rank number, slot.
Found find_delayed(const QueueState& queue, std::size_t wanted, const std::optional<Cursor>& after) {
    Found found;
    auto at = after ? queue.delayed.upper_bound({{after->a, after->b}, static_cast<Slot>(after->c)})
                    : queue.delayed.begin();
    for (; at != queue.delayed.end() && found.slots.size() < wanted; ++at)
        found.slots.push_back(at->slot);
    return found;
}

Cursor delayed_cursor(const Memory& memory, Slot slot) {
    const Rank rank = memory.jobs.rank(slot);
    return {rank.when_ms, rank.number, slot};
}

// Newest first, by token. Cursor: 0, token, 0.
Found find_active(const Memory& memory, const QueueState& queue, std::size_t wanted,
                  const std::optional<Cursor>& after) {
    Found found;
    for (Slot slot = queue.active_tail; slot != kNone && found.slots.size() < wanted;
         slot = memory.jobs[slot].prev)
        if (!after || raw(memory.jobs.detail_if_any(slot)->token) < after->b)
            found.slots.push_back(slot);
    return found;
}

// The slot of a cursor among ended jobs, if the job still is one of this queue and state.
Slot ended_hint(const Memory& memory, const QueueState& queue, JobState state,
                const Cursor& after) {
    const auto slot = static_cast<Slot>(after.c);
    if (!memory.jobs.may_hold(slot) || memory.jobs[slot].state() != state ||
        memory.classes.queue(memory.jobs[slot].job_class) != queue.index)
        return kNone;
    return memory.jobs.detail_if_any(slot)->ended_ordinal == after.b ? slot : kNone;
}

// Newest first, by ordinal. Cursor: 0, ordinal, slot.
Found find_ended(const Memory& memory, const QueueState& queue, JobState state, std::size_t wanted,
                 const std::optional<Cursor>& after) {
    Found found;
    const auto ordinal = [&](Slot slot) { return memory.jobs.detail_if_any(slot)->ended_ordinal; };
    const Slot hint = after ? ended_hint(memory, queue, state, *after) : kNone;
    for (const auto index : queue.ended_groups) {
        const EndedGroup& group = memory.ended_groups[index];
        if (group.state != state) continue;
        std::size_t taken = 0;
        const bool has_hint = hint != kNone && keep_of(memory, hint) == group.keep;
        for (Slot slot = has_hint ? memory.jobs[hint].prev : group.tail;
             slot != kNone && taken < wanted; slot = memory.jobs[slot].prev)
            if (!after || ordinal(slot) < after->b) {
                found.slots.push_back(slot);
                ++taken;
            }
    }
    std::sort(found.slots.begin(), found.slots.end(),
              [&](Slot a, Slot b) { return ordinal(a) > ordinal(b); });
    if (found.slots.size() > wanted) found.slots.resize(wanted);
    return found;
}

// In order of creation. Cursor: 0, seq, 0. Other queues' jobs lie between: the steps are bounded.
Found find_all(const Memory& memory, const QueueState& queue, std::size_t wanted,
               const std::optional<Cursor>& after) {
    Found found;
    std::size_t steps = 0;
    const JobSeq from{after ? after->b + 1 : 0};
    memory.jobs.each_from(from, [&](Slot slot) {
        if (memory.classes.queue(memory.jobs[slot].job_class) == queue.index)
            found.slots.push_back(slot);
        if (found.slots.size() == wanted) return false;
        if (++steps < kListStepsMax) return true;
        found.stopped = Cursor{0, raw(memory.jobs[slot].seq), 0};
        return false;
    });
    return found;
}

// In order of creation. Cursor: 0, seq, 0.
Found find_waiting_children(const Memory& memory, const QueueState& queue, std::size_t wanted,
                            const std::optional<Cursor>& after) {
    Found found;
    const auto& seqs = queue.waiting_children;
    for (auto seq = after ? seqs.upper_bound(JobSeq{after->b}) : seqs.begin();
         seq != seqs.end() && found.slots.size() < wanted; ++seq)
        found.slots.push_back(memory.jobs.find(*seq));
    return found;
}

Cursor cursor_of(const Memory& memory, JobState state, Slot slot) {
    switch (state) {
        case JobState::Waiting:
            return waiting_cursor(memory, slot);
        case JobState::Delayed:
            return delayed_cursor(memory, slot);
        case JobState::Active:
            return {0, raw(memory.jobs.detail_if_any(slot)->token), 0};
        case JobState::Completed:
        case JobState::Failed:
            return {0, memory.jobs.detail_if_any(slot)->ended_ordinal, slot};
        default:
            return {0, raw(memory.jobs[slot].seq), 0};
    }
}

Found find(const Memory& memory, const QueueState& queue, JobState state, std::size_t wanted,
           const std::optional<Cursor>& after) {
    switch (state) {
        case JobState::Waiting:
            return find_waiting(memory, queue, wanted, after);
        case JobState::Delayed:
            return find_delayed(queue, wanted, after);
        case JobState::Active:
            return find_active(memory, queue, wanted, after);
        case JobState::Completed:
        case JobState::Failed:
            return find_ended(memory, queue, state, wanted, after);
        case JobState::WaitingChildren:
            return find_waiting_children(memory, queue, wanted, after);
        case JobState::None:
            break;
    }
    return find_all(memory, queue, wanted, after);
}

// The jobs of a page, and where it stopped if there may be more. With a filter that needs rows they are those
// that are to be read, more than fit the page.
Found find_page(const Memory& memory, const QueueState& queue, const List& command,
                std::size_t limit, const std::optional<Cursor>& after) {
    const bool is_filtered = command.filter.is_set();
    const std::size_t steps_max = is_filtered ? kListStepsMax : limit;
    Found found = find(memory, queue, command.state, steps_max + 1, after);
    if (found.slots.size() > steps_max) {
        found.slots.resize(steps_max);
        found.stopped = cursor_of(memory, command.state, found.slots.back());
    }
    if (!is_filtered) return found;
    const std::size_t passing_max = command.filter.needs_rows() ? kListReadsMax : limit;
    std::vector<Slot> passing;
    for (std::size_t i = 0; i < found.slots.size(); ++i) {
        if (passing.size() == passing_max) {
            found.stopped = cursor_of(memory, command.state, found.slots[i - 1]);
            break;
        }
        if (may_pass(memory, found.slots[i], command.filter)) passing.push_back(found.slots[i]);
    }
    found.slots = std::move(passing);
    return found;
}

}  // namespace

std::string cursor_text(const PlaceInList& place) {
    return std::to_string(place.a) + "." + std::to_string(place.b) + "." + std::to_string(place.c) +
           "." + std::to_string(place.d);
}

Result<Page> list_jobs(Memory& memory, const List& command) {
    const QueueState* const queue = memory.find_queue(command.queue);
    if (queue == nullptr)
        return Error{Code::NotFound, "no queue \"" + command.queue + "\" exists"};
    if (command.limit > kItemsPerRequestMax)
        return Error{Code::InvalidArgument,
                     "limit: " + std::to_string(command.limit) + " is not in 1..1000"};
    std::optional<Cursor> after;
    if (!command.cursor.empty()) {
        after = parse_cursor(command.cursor);
        if (!after)
            return Error{Code::InvalidArgument, "cursor: not one that a page before this had; "
                                                "leave it empty to begin"};
    }
    if (auto checked = check_filter(command.filter); !checked) return checked.error();
    Page page;
    if (!may_pass(command.filter, command.state)) return page;
    const std::size_t limit = command.limit == 0 ? kListRowsDefault : command.limit;
    const Found found = find_page(memory, *queue, command, limit, after);
    if (found.stopped) page.next_cursor = cursor_text(*found.stopped);
    for (const Slot slot : found.slots) {
        page.jobs.push_back(memory.view_of(slot));
        page.jobs.back().place = cursor_of(memory, command.state, slot);
    }
    return page;
}

Result<QueuePage> list_queues(const Memory& memory, const ListQueues& command) {
    if (command.limit > kItemsPerRequestMax)
        return Error{Code::InvalidArgument,
                     "limit: " + std::to_string(command.limit) + " is not in 1..1000"};
    if (!command.after.empty())
        if (auto checked = check_name("after", command.after); !checked) return checked.error();
    const std::size_t limit = command.limit == 0 ? kListRowsDefault : command.limit;
    QueuePage page;
    std::size_t priorities = 0;
    const auto& names = memory.queue_names.in_order();
    for (auto at = names.upper_bound(command.after); at != names.end(); ++at) {
        if (page.queues.size() == limit || priorities >= kListPrioritiesMax) {
            page.next = page.queues.back().record.name;
            break;
        }
        page.queues.push_back(view_of(*memory.queues[at->second]));
        priorities += page.queues.back().waiting_by_priority.size();
    }
    return page;
}

QueueView view_of(const QueueState& queue) {
    QueueView view;
    view.record = queue.record;
    view.controls.queue = queue.controls.queue;
    view.controls.hold = queue.controls.hold;
    view.controls.settings = queue.controls.settings;
    std::copy(queue.by_state.begin(), queue.by_state.end(), view.by_state);
    for (const auto& level : queue.ready.levels())
        if (level->size() > 0) view.waiting_by_priority.emplace_back(level->priority(), level->size());
    view.workers = queue.subscribers;
    return view;
}

}  // namespace swarmq::engine
