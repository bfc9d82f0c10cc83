// Walks up by families, down by their stored children.
#include "engine/flow_view.h"

#include "engine/family_links.h"
#include "engine/limits.h"

#include <utility>

namespace swarmq::engine {
namespace {

// kNone where no parent is stored.
Slot parent_of(const Memory& memory, Slot slot) {
    const FlowNode* const node = find_node(memory, slot);
    return node == nullptr || node->born_in == kNone
               ? kNone
               : memory.families.families[node->born_in].parent;
}

JobName name_of(const Memory& memory, Slot slot) {
    return {memory.queues[memory.classes.queue(memory.jobs[slot].job_class)]->record.name,
            memory.id_of(slot)};
}

FlowNodeView look_at(const Memory& memory, Slot slot, std::optional<std::uint32_t> parent) {
    FlowNodeView view;
    view.job = name_of(memory, slot);
    view.name = memory.class_of(slot).name;
    view.state = memory.jobs[slot].state();
    if (const JobDetail* const detail = memory.jobs.detail_if_any(slot))
        view.failure_kind = detail->failure_kind;
    view.parent = parent;
    view.flow = flow_view_of(memory, slot);
    return view;
}

// A tree that grows a level at a time.
class Tree {
  public:
    Tree(const Memory& memory, std::uint32_t levels_max, std::size_t nodes_max)
        : memory_(memory), levels_max_(levels_max), nodes_max_(nodes_max) {}

    FlowTree grow(Slot root) {
        add(root, std::nullopt, 0);
        for (std::uint32_t i = 0; i < grown_.size(); ++i) add_children(i);
        return std::move(tree_);
    }

  private:
    struct Grown {
        Slot slot = kNone;
        std::uint32_t level = 0;
    };

    void add(Slot slot, std::optional<std::uint32_t> parent, std::uint32_t level) {
        grown_.push_back({slot, level});
        tree_.nodes.push_back(look_at(memory_, slot, parent));
    }

    void add_children(std::uint32_t index) {
        const Grown parent = grown_[index];
        const Family* const family = find_own_family(memory_, parent.slot);
        Slot child = family ? family->first : kNone;
        for (; child != kNone && parent.level < levels_max_ && grown_.size() < nodes_max_;
             child = find_node(memory_, child)->next)
            add(child, index, parent.level + 1);
        if (child != kNone) tree_.is_cut = tree_.nodes[index].is_cut = true;
    }

    const Memory& memory_;
    const std::uint32_t levels_max_;
    const std::size_t nodes_max_;
    std::vector<Grown> grown_;
    FlowTree tree_;
};

}  // namespace

FlowView flow_view_of(const Memory& memory, Slot slot) {
    FlowView view;
    const FlowNode* const node = find_node(memory, slot);
    if (node == nullptr) return view;
    if (const Slot parent = parent_of(memory, slot); parent != kNone)
        view.parent = name_of(memory, parent);
    view.on_child_failure = node->on_failure;
    if (const Family* const family = find_own_family(memory, slot))
        view.children = ChildCounts{family->pending, family->counts.completed,
                                    family->counts.failed, family->counts.removed};
    return view;
}

std::uint32_t level_of(const Memory& memory, Slot slot) {
    std::uint32_t level = 1;
    for (Slot above = parent_of(memory, slot); above != kNone; above = parent_of(memory, above))
        ++level;
    return level;
}

Result<FlowTree> get_flow(Memory& memory, const GetFlow& command) {
    if (command.levels > kFlowLevelsMax)
        return Error{Code::InvalidArgument,
                     "levels: " + std::to_string(command.levels) + " is not in 0..64"};
    if (command.limit > kItemsPerRequestMax)
        return Error{Code::InvalidArgument,
                     "limit: " + std::to_string(command.limit) + " is not in 0..1000"};
    const auto found = memory.find_job(command.job);
    if (!found) return found.error();
    Slot root = *found;
    while (command.from_root && parent_of(memory, root) != kNone) root = parent_of(memory, root);
    return Tree(memory, command.levels == 0 ? kFlowLevelsMax : command.levels,
                command.limit == 0 ? kItemsPerRequestMax : command.limit)
        .grow(root);
}

}  // namespace swarmq::engine
