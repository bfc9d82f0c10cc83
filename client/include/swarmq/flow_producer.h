// Adds flows, and looks at them (R13).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <swarmq/connection.h>
#include <swarmq/flow.h>
#include <swarmq/queue.h>

namespace swarmq::inline sdk {

// Thread safe; copies name the same handle. Opening one sends nothing. Calls block, fail and have `_async` forms as those
// of Queue; defaults of queue handles do not count here, those of the queues' settings do.
class FlowProducer {
  public:
    explicit FlowProducer(Connection connection = Connection());

    // Adds the job with its children, and theirs, in any queues, all or none, in one durable step. An invalid one is
    // named by its place, depth first, from 0. Sent again after a lost connection it is recognised (R12). Own
    // errors: AlreadyExists for a chosen id that is stored, TooLarge over 1,000 jobs, 64 levels or 4 MiB, QueueFull,
    // MemoryLimit, DiskLow. Larger flows: let a job add children while it runs (JobContext::add_children).
    AddedFlow add_flow(FlowJob root);
    void add_flow_async(FlowJob root, Callback<AddedFlow> done);
    // Several flows, none of them or all.
    std::vector<AddedFlow> add_flows(std::vector<FlowJob> roots);
    void add_flows_async(std::vector<FlowJob> roots, Callback<std::vector<AddedFlow>> done);

    // The tree below a job. Own error: NotFound.
    FlowTree get_flow(std::string queue, std::string id, FlowTreeOptions options = {});
    void get_flow_async(std::string queue, std::string id, FlowTreeOptions options,
                        Callback<FlowTree> done);

    // How children of a job ended: limit 1..1000, cursor of the page before or empty. Own error: NotFound.
    ChildPage get_children(std::string queue, std::string id, std::uint32_t limit = 100,
                           std::string cursor = {});
    void get_children_async(std::string queue, std::string id, std::uint32_t limit,
                            std::string cursor, Callback<ChildPage> done);

  private:
    std::shared_ptr<Channel> channel_;
};

}  // namespace swarmq::inline sdk
