// `swarm flow add`, `show` and `children`.
#include "exit_codes.h"
#include "flow_file.h"
#include "input.h"
#include "job_json.h"
#include "job_text.h"
#include "table.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <swarmq/flow_producer.h>

#include <memory>

namespace swarmq::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kFileBytesMax = 64 * 1024 * 1024;
constexpr std::uint32_t kPageLimit = 1'000;

struct Named {
    std::string file;
    std::string queue;
    std::string id;
    std::optional<std::uint64_t> levels;
    std::optional<std::uint64_t> limit;
    bool from_root = false;
    bool is_json = false;
};

json::object added_json(const AddedFlow& added) {
    json::object object{{"queue", added.queue}, {"id", added.id}};
    json::array children;
    for (const AddedFlow& child : added.children) children.push_back(added_json(child));
    object["children"] = std::move(children);
    return object;
}

std::size_t count_of(const AddedFlow& added) {
    std::size_t count = 1;
    for (const AddedFlow& child : added.children) count += count_of(child);
    return count;
}

int run_add(Session& session, const Named& named) {
    const std::string text = read_all("FILE", named.file, kFileBytesMax);
    std::vector<FlowJob> flows;
    try {
        flows = parse_flows(text);
    } catch (const UsageError& error) {
        throw UsageError(fmt::format("{}: {}", shown_name(named.file), error.what()));
    }
    for (const AddedFlow& added : FlowProducer(session.connection()).add_flows(std::move(flows))) {
        if (named.is_json) {
            print_json(added_json(added));
            continue;
        }
        fmt::print(stderr, "a flow of {} jobs was added to queue {}:\n", count_of(added), added.queue);
        fmt::print("{}\n", added.id);
    }
    return kExitOk;
}

json::object node_json(const FlowNode& node) {
    json::object object{{"queue", node.queue},
                        {"id", node.id},
                        {"name", node.name},
                        {"state", to_string(node.state)},
                        {"failure_kind", nullptr},
                        {"parent", nullptr},
                        {"on_child_failure", nullptr},
                        {"children", nullptr},
                        {"is_cut", node.is_cut}};
    if (node.failure_kind != FailureKind::None) object["failure_kind"] = to_string(node.failure_kind);
    if (node.parent) object["parent"] = *node.parent;
    if (node.parent) object["on_child_failure"] = to_string(node.on_child_failure);
    if (node.children) object["children"] = counts_json(*node.children);
    return object;
}

// Draws the branches of a tree whose nodes stand each before its children.
class Drawing {
  public:
    explicit Drawing(const FlowTree& tree) : tree_(tree), children_(tree.nodes.size()) {
        for (std::size_t i = 1; i < tree.nodes.size(); ++i) children_[*tree.nodes[i].parent].push_back(i);
    }

    void print() const { print(0, "", ""); }

  private:
    void print(std::size_t index, const std::string& before, const std::string& below) const {
        const FlowNode& node = tree_.nodes[index];
        const std::string state(to_string(node.state));
        fmt::print("{}{}  {}/{}  {}", before, node.id, node.queue, node.name,
                   has_colours(stdout) ? coloured(state, colour_of(node.state)) : state);
        if (node.failure_kind != FailureKind::None) fmt::print(" ({})", to_string(node.failure_kind));
        if (node.parent && node.on_child_failure != OnChildFailure::FailParent) {
            fmt::print("  [{}]", to_string(node.on_child_failure));
        }
        if (node.children) fmt::print("  {}", show_children(*node.children));
        fmt::print("\n");
        const auto& children = children_[index];
        for (std::size_t i = 0; i < children.size(); ++i) {
            const bool is_last = i + 1 == children.size() && !node.is_cut;
            print(children[i], below + (is_last ? "└─ " : "├─ "), below + (is_last ? "   " : "│  "));
        }
        if (node.is_cut) fmt::print("{}└─ ...\n", below);
    }

    const FlowTree& tree_;
    std::vector<std::vector<std::size_t>> children_;
};

int run_show(Session& session, const Named& named) {
    FlowTreeOptions options;
    options.levels = static_cast<std::uint32_t>(named.levels.value_or(0));
    options.limit = static_cast<std::uint32_t>(named.limit.value_or(0));
    options.from_root = named.from_root;
    const FlowTree tree = FlowProducer(session.connection()).get_flow(named.queue, named.id, options);
    if (!named.is_json) {
        Drawing(tree).print();
        return kExitOk;
    }
    json::array nodes;
    for (const FlowNode& node : tree.nodes) nodes.push_back(node_json(node));
    print_json(json::object{{"nodes", std::move(nodes)}, {"is_cut", tree.is_cut}});
    return kExitOk;
}

json::object child_json(const ChildOutcome& child) {
    json::object object{{"index", child.index},
                        {"queue", child.queue},
                        {"id", child.id},
                        {"name", child.name},
                        {"outcome", to_string(child.kind)},
                        {"result", nullptr},
                        {"failure_kind", nullptr},
                        {"failed_reason", nullptr}};
    if (child.is_completed()) set_bytes(object, "result", child.result);
    if (!child.result_content_type.empty()) object["result_content_type"] = child.result_content_type;
    if (child.failure_kind != FailureKind::None) {
        object["failure_kind"] = to_string(child.failure_kind);
        object["failed_reason"] = printable(child.failed_reason);
    }
    return object;
}

int run_children(Session& session, const Named& named) {
    Table table({{"ID"}, {"QUEUE"}, {"NAME"}, {"ENDED"}, {"RESULT OR REASON"}});
    std::string cursor;
    std::uint32_t pending = 0;
    bool has_ended = false;
    do {
        ChildPage page = FlowProducer(session.connection())
                             .get_children(named.queue, named.id, kPageLimit, std::move(cursor));
        for (const ChildOutcome& child : page.children) {
            has_ended = true;
            if (named.is_json) {
                print_json(child_json(child));
                continue;
            }
            const std::string& said = child.is_completed() ? child.result : child.failed_reason;
            table.row({child.id, child.queue, child.name, std::string(to_string(child.kind)),
                       one_line(said, 80)});
        }
        cursor = std::move(page.next_cursor);
        pending = page.pending;
    } while (!cursor.empty());
    if (named.is_json) return kExitOk;
    if (has_ended || pending == 0) table.print(stdout);
    if (pending > 0)
        fmt::print("{}{} not ended\n", pending,
                   has_ended      ? " more have"
                   : pending == 1 ? " child has"
                                  : " children have");
    return kExitOk;
}

}  // namespace

Run declare_flow_add(Arguments& arguments) {
    auto named = std::make_shared<Named>();
    arguments.word("FILE", named->file, "The flow, as JSON; - is input");
    arguments.flag("--json", named->is_json, "One JSON object a flow, with all ids, for programs");
    return [named](Session& session) { return run_add(session, *named); };
}

Run declare_flow_show(Arguments& arguments) {
    auto named = std::make_shared<Named>();
    arguments.word("QUEUE", named->queue, "The queue");
    arguments.word("ID", named->id, "The job");
    arguments.flag("--root", named->from_root, "From the topmost stored job above it");
    arguments.number("--levels", named->levels, 1, kFlowLevelsMax, "So many levels below it. Default: all");
    arguments.number("--limit", named->limit, 1, kFlowJobsMax, "At most so many jobs. Default: 1000");
    arguments.flag("--json", named->is_json, "One JSON object, for programs");
    return [named](Session& session) { return run_show(session, *named); };
}

Run declare_flow_children(Arguments& arguments) {
    auto named = std::make_shared<Named>();
    arguments.word("QUEUE", named->queue, "The queue");
    arguments.word("ID", named->id, "The job whose children it is about");
    arguments.flag("--json", named->is_json, "One JSON object a line, for programs");
    return [named](Session& session) { return run_children(session, *named); };
}

}  // namespace swarmq::cli
