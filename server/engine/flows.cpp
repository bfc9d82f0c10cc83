// Checks the shape, the names, the room and the parent, each with the index of the job that is
// wrong.
#include "engine/flows.h"

#include "engine/attempts.h"
#include "engine/events.h"
#include "engine/family_links.h"
#include "engine/flow_view.h"
#include "engine/limits.h"
#include "engine/new_queues.h"
#include "engine/producers.h"
#include "engine/settings.h"
#include "engine/validate.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace swarmq::engine {
namespace {

Error at(std::size_t index, Error error) {
    error.detail = "jobs[" + std::to_string(index) + "]: " + error.detail + "; none was added";
    return error;
}

class FlowAdder {
  public:
    FlowAdder(Memory& memory, AddFlow&& command) : memory_(memory), command_(std::move(command)) {}

    Result<Answer> run() {
        if (auto checked = check_jobs(); !checked) return checked.error();
        if (auto checked = check_parent(); !checked) return checked.error();
        if (auto checked = check_levels(); !checked) return checked.error();
        if (auto checked = check_ids(); !checked) return checked.error();
        if (auto checked = check_queues(); !checked) return checked.error();
        return add();
    }

  private:
    bool is_child(const FlowJob& job) const { return job.parent || command_.parent; }

    Result<> check_job(const FlowJob& job, std::size_t index) const {
        if (auto checked = check_name("queue", job.queue); !checked) return checked;
        if (auto checked = check_spec(job.job); !checked) return checked;
        if (job.job.deduplication.mode != DedupMode::None)
            return Error{Code::InvalidArgument,
                         "deduplication cannot be chosen for a job of a flow, which must be added as it is"};
        if (job.parent && *job.parent >= index)
            return Error{Code::InvalidArgument, "parent: " + std::to_string(*job.parent) +
                                                    " is no index below its own; a parent stands "
                                                    "before its children"};
        if (job.on_child_failure > OnChildFailure::RemoveDependency)
            return Error{
                Code::InvalidArgument,
                "on_child_failure: " + std::to_string(static_cast<unsigned>(job.on_child_failure)) +
                    " is not in 0..4"};
        if (job.on_child_failure != OnChildFailure::None && !is_child(job))
            return Error{Code::InvalidArgument, "on_child_failure: the job has no parent"};
        return {};
    }

    Result<> check_jobs() const {
        const std::size_t jobs = command_.jobs.size();
        if (jobs < 1 || jobs > kItemsPerRequestMax)
            return Error{jobs == 0 ? Code::InvalidArgument : Code::TooLarge,
                         "jobs: " + std::to_string(jobs) + " in one request, 1..1000 are accepted"};
        for (std::size_t i = 0; i < jobs; ++i)
            if (auto checked = check_job(command_.jobs[i], i); !checked)
                return at(i, checked.error());
        return {};
    }

    // The job that the caller works on takes so many more children.
    Result<> check_parent() {
        if (!command_.parent) return {};
        const auto held =
            find_held(memory_, command_.parent->job, command_.parent->token, AnswerKind::None);
        if (held.slot == kNone) return Error{held.refusal.code, "parent: " + held.refusal.detail};
        held_ = held.slot;
        const auto more =
            static_cast<std::size_t>(std::count_if(command_.jobs.begin(), command_.jobs.end(),
                                                   [](const FlowJob& job) { return !job.parent; }));
        const std::size_t all = children_added(memory_, held_) + more;
        if (all <= kChildrenMax) return {};
        return Error{Code::TooLarge, "parent: job \"" + command_.parent->job.id + "\" would have " +
                                         std::to_string(all) +
                                         " children in all, at most 10000 are "
                                         "allowed; give some of them a job between"};
    }

    Result<> check_levels() {
        const std::uint32_t above = held_ == kNone ? 0 : level_of(memory_, held_);
        std::vector<std::uint32_t> levels;
        has_children_.resize(command_.jobs.size());
        for (std::size_t i = 0; i < command_.jobs.size(); ++i) {
            const auto& parent = command_.jobs[i].parent;
            levels.push_back((parent ? levels[*parent] : above) + 1);
            if (parent) has_children_[*parent] = true;
            if (levels.back() > kFlowLevelsMax)
                return at(i,
                          {Code::TooLarge, "it would be on level " + std::to_string(levels.back()) +
                                               " of its flow, at most 64 are allowed"});
        }
        return {};
    }

    Result<> check_ids() const {
        std::set<std::pair<std::string_view, std::string_view>> seen;
        for (std::size_t i = 0; i < command_.jobs.size(); ++i) {
            const FlowJob& job = command_.jobs[i];
            if (job.job.id.empty()) continue;
            const QueueState* const queue = memory_.find_queue(job.queue);
            const bool is_stored = queue && memory_.find_job(*queue, job.job.id) != kNone;
            if (is_stored || !seen.emplace(job.queue, job.job.id).second)
                return at(i, {Code::AlreadyExists,
                              "id: \"" + job.job.id + "\" is " +
                                  (is_stored ? "stored in queue \"" + job.queue + "\" already"
                                             : "the id of an earlier job of the request, too")});
        }
        return {};
    }

    Result<> check_queues() const {
        NewQueues used(memory_);
        std::map<std::string_view, std::size_t> jobs_by_queue;
        for (const FlowJob& job : command_.jobs) {
            used.use(job.queue);
            used.use(job.job.on_failure_queue);
            ++jobs_by_queue[job.queue];
        }
        if (auto checked = used.check(); !checked) return checked;
        for (const auto& [name, jobs] : jobs_by_queue)
            if (const QueueState* const queue = memory_.find_queue(name))
                if (auto checked = check_room(*queue, jobs); !checked) return checked;
        return {};
    }

    Result<Answer> add() {
        const bool has_ids = std::any_of(command_.jobs.begin(), command_.jobs.end(),
                                         [](const FlowJob& job) { return !job.job.id.empty(); });
        Answer answer;
        std::vector<Slot> slots;
        for (std::size_t i = 0; i < command_.jobs.size(); ++i) {
            const std::string chosen_id = command_.jobs[i].job.id;
            slots.push_back(add_one(i, slots));
            const JobSeq seq = memory_.jobs[slots.back()].seq;
            if (has_ids) answer.items.push_back({Code::Ok, 1, seq, chosen_id, {}});
            if (!has_ids && answer.seq_count++ == 0) answer.first_seq = seq;
        }
        for (std::size_t i = 0; i < slots.size(); ++i) {
            if (!has_children_[i]) continue;
            memory_.note_status(slots[i]);
            note_event(memory_, slots[i], {EventKind::WaitingChildren});
        }
        if (held_ != kNone) memory_.note_status(held_);
        return answer;
    }

    Slot add_one(std::size_t index, const std::vector<Slot>& added) {
        FlowJob& job = command_.jobs[index];
        const Slot parent = job.parent ? added[*job.parent] : held_;
        Kin kin;
        kin.has_children = has_children_[index];
        if (parent != kNone) {
            kin.parent = memory_.jobs[parent].seq;
            kin.child_index = children_added(memory_, parent);
            kin.on_failure = job.on_child_failure == OnChildFailure::None
                                 ? OnChildFailure::FailParent
                                 : job.on_child_failure;
        }
        QueueState& queue = memory_.find_or_create_queue(job.queue);
        const Slot slot = memory_.jobs.find(add_job(memory_, queue, std::move(job.job), kin));
        if (parent != kNone) join_family(memory_, parent, slot, kin.on_failure);
        return slot;
    }

    Memory& memory_;
    AddFlow command_;
    Slot held_ = kNone;  // The job that the caller works on.
    std::vector<bool> has_children_;
};

}  // namespace

Result<Answer> add_flow(Memory& memory, AddFlow&& command) {
    return FlowAdder(memory, std::move(command)).run();
}

}  // namespace swarmq::engine
