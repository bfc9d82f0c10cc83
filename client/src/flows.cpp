// Trees become lists, each parent before its children, and lists trees again.
#include "flows.h"

#include <swarmq/flow_producer.h>

#include <utility>

#include "call.h"
#include "convert.h"
#include "telling.h"
#include "validate.h"

namespace swarmq::inline sdk {
namespace {

using Room = Channel::Room;

// Checks depth first, which is the order in which the jobs are sent.
class FlowCheck {
  public:
    std::optional<Error> check(const std::vector<FlowJob>& jobs, std::size_t level) {
        for (const FlowJob& job : jobs) {
            if (auto error = check_one(job, level)) return error;
            if (auto error = check(job.children, level + 1)) return error;
        }
        return std::nullopt;
    }
    std::size_t count() const { return count_; }

  private:
    std::optional<Error> check_one(const FlowJob& job, std::size_t level) {
        const std::size_t index = count_++;
        if (count_ > kFlowJobsMax) {
            return Error{Code::TooLarge, "a flow of more than 1000 jobs in one call; let a job of it add "
                                         "more while it runs"};
        }
        auto error = level > kFlowLevelsMax
                         ? Error{Code::TooLarge, "it is on level " + std::to_string(level) +
                                                     "; at most 64 are allowed"}
                         : check_name("queue", job.queue);
        if (!error) error = check_job(job.name, job.payload, job.options);
        if (error) {
            error->message = "job " + std::to_string(index) + " of the flow: " + error->message +
                             "; none was added";
        }
        return error;
    }

    std::size_t count_ = 0;
};

// Takes the jobs apart into the request; what is left of them is their shape.
void add_jobs(v1::AddFlow& proto, std::vector<FlowJob>& jobs, std::optional<std::uint32_t> parent,
              bool has_parent) {
    for (FlowJob& job : jobs) {
        const auto index = static_cast<std::uint32_t>(proto.jobs_size());
        v1::FlowJob& added = *proto.add_jobs();
        added.set_queue(job.queue);
        added.set_allocated_job(
            to_proto(std::move(job.name), std::move(job.payload), std::move(job.options)).release());
        if (parent) added.set_parent(*parent);
        if (parent || has_parent) added.set_on_child_failure(to_proto(job.on_child_failure));
        add_jobs(proto, job.children, index, has_parent);
    }
}

using Ids = google::protobuf::RepeatedPtrField<std::string>;

std::vector<AddedFlow> shaped(const std::vector<FlowJob>& jobs, Ids& ids, int& next) {
    std::vector<AddedFlow> added;
    for (const FlowJob& job : jobs) {
        AddedFlow& one = added.emplace_back();
        one.queue = job.queue;
        one.id = std::move(ids[next++]);
        one.children = shaped(job.children, ids, next);
    }
    return added;
}

void request_tree(Channel& channel, std::string queue, std::string id, FlowTreeOptions options,
                  Callback<FlowTree> done, Room room) {
    if (auto error = check_name("queue", queue)) return done(std::move(*error));
    if (auto error = check_name("job id", id)) return done(std::move(*error));
    auto request = make_request(channel, Request::Kind::Read);
    auto& get = *request->envelope.mutable_get_flow();
    get.set_queue(std::move(queue));
    get.set_id(std::move(id));
    get.set_levels(options.levels);
    get.set_limit(options.limit);
    get.set_from_root(options.from_root);
    send_request<FlowTree>(channel, std::move(request), room, std::move(done),
                           [](v1::Envelope& answer) -> Result<FlowTree> {
                               if (!answer.has_flow_tree()) return unexpected_answer("FlowTree", answer);
                               return to_tree(*answer.mutable_flow_tree());
                           });
}

Callback<std::vector<AddedFlow>> only_one(Callback<AddedFlow> done) {
    return [done = std::move(done)](Result<std::vector<AddedFlow>> added) {
        if (!done) return;
        if (added.ok()) return done(std::move(added->front()));
        done(added.error());
    };
}

std::vector<FlowJob> alone(FlowJob root) {
    std::vector<FlowJob> roots;
    roots.push_back(std::move(root));
    return roots;
}

}  // namespace

std::optional<Error> check_flow(const std::vector<FlowJob>& roots) {
    FlowCheck flow;
    if (auto error = flow.check(roots, 1)) return error;
    if (flow.count() == 0) return Error{Code::InvalidArgument, "no job was given to add"};
    return std::nullopt;
}

void request_flow(Channel& channel, std::vector<FlowJob> roots, std::optional<HeldJob> parent,
                  Callback<std::vector<AddedFlow>> done, Room room) {
    done = told(channel, channel.options().telemetry.get(), roots, std::move(done));
    if (auto error = check_flow(roots)) return done(std::move(*error));
    auto request = make_request(channel, Request::Kind::Change);
    auto& add = *request->envelope.mutable_add_flow();
    add_jobs(add, roots, std::nullopt, parent.has_value());
    if (parent) {
        add.mutable_parent()->set_queue(std::move(parent->queue));
        add.mutable_parent()->set_id(std::move(parent->id));
        add.mutable_parent()->set_token(parent->token);
    }
    if (const auto bytes = add.ByteSizeLong(); bytes > kFrameBytesMax) {
        return done(Error{Code::TooLarge, "the jobs of the flow have " + std::to_string(bytes) +
                                              " bytes together; at most 4193280 are allowed"});
    }
    send_request<std::vector<AddedFlow>>(
        channel, std::move(request), room, std::move(done),
        [shape = std::move(roots), count = add.jobs_size()](
            v1::Envelope& answer) -> Result<std::vector<AddedFlow>> {
            auto& ids = *answer.mutable_add_flow_result()->mutable_ids();
            if (ids.size() != count) return unexpected_answer("AddFlowResult", answer);
            int next = 0;
            return shaped(shape, ids, next);
        });
}

void request_children(Channel& channel, std::string queue, std::string id, std::uint32_t limit,
                      std::string cursor, Callback<ChildPage> done, Room room) {
    if (auto error = check_name("queue", queue)) return done(std::move(*error));
    if (auto error = check_name("job id", id)) return done(std::move(*error));
    if (limit < 1 || limit > kFlowJobsMax) {
        return done(Error{Code::InvalidArgument,
                          "limit is " + std::to_string(limit) + "; it must be 1..1000"});
    }
    auto request = make_request(channel, Request::Kind::Read);
    auto& get = *request->envelope.mutable_get_children();
    get.set_queue(std::move(queue));
    get.set_id(std::move(id));
    get.set_limit(limit);
    get.set_cursor(std::move(cursor));
    send_request<ChildPage>(channel, std::move(request), room, std::move(done),
                            [](v1::Envelope& answer) -> Result<ChildPage> {
                                if (!answer.has_get_children_result()) {
                                    return unexpected_answer("GetChildrenResult", answer);
                                }
                                return to_children(*answer.mutable_get_children_result());
                            });
}

FlowProducer::FlowProducer(Connection connection) : channel_(connection.channel()) {}

AddedFlow FlowProducer::add_flow(FlowJob root) {
    return std::move(add_flows(alone(std::move(root))).front());
}

void FlowProducer::add_flow_async(FlowJob root, Callback<AddedFlow> done) {
    add_flows_async(alone(std::move(root)), only_one(std::move(done)));
}

std::vector<AddedFlow> FlowProducer::add_flows(std::vector<FlowJob> roots) {
    return blocking<std::vector<AddedFlow>>(*channel_, request_flow, std::move(roots), std::nullopt);
}

void FlowProducer::add_flows_async(std::vector<FlowJob> roots, Callback<std::vector<AddedFlow>> done) {
    asynchronous<std::vector<AddedFlow>>(*channel_, std::move(done), request_flow, std::move(roots),
                                         std::nullopt);
}

FlowTree FlowProducer::get_flow(std::string queue, std::string id, FlowTreeOptions options) {
    return blocking<FlowTree>(*channel_, request_tree, std::move(queue), std::move(id), options);
}

void FlowProducer::get_flow_async(std::string queue, std::string id, FlowTreeOptions options,
                                  Callback<FlowTree> done) {
    asynchronous<FlowTree>(*channel_, std::move(done), request_tree, std::move(queue), std::move(id),
                           options);
}

ChildPage FlowProducer::get_children(std::string queue, std::string id, std::uint32_t limit,
                                     std::string cursor) {
    return blocking<ChildPage>(*channel_, request_children, std::move(queue), std::move(id), limit,
                               std::move(cursor));
}

void FlowProducer::get_children_async(std::string queue, std::string id, std::uint32_t limit,
                                      std::string cursor, Callback<ChildPage> done) {
    asynchronous<ChildPage>(*channel_, std::move(done), request_children, std::move(queue),
                            std::move(id), limit, std::move(cursor));
}

}  // namespace swarmq::inline sdk
