// Between the messages of flows and plain values.
#pragma once

#include "engine/commands.h"
#include "engine/effects.h"
#include "engine/engine.h"
#include "records.h"

#include <google/protobuf/repeated_ptr_field.h>

#include <vector>

namespace swarmq::v1 {
class AddFlow;
class AddFlowResult;
class FlowTree;
class FollowUp;
class GetChildrenResult;
class GetFlow;
class Job;
}  // namespace swarmq::v1

namespace swarmq::api {

// Move what they can out of the message.
engine::AddFlow to_command(v1::AddFlow& message);
std::vector<engine::FollowUp> to_follow_ups(google::protobuf::RepeatedPtrField<v1::FollowUp>& jobs);
engine::GetFlow to_command(const v1::GetFlow& message);

void fill_flow_ids(const engine::Engine& engine, const Answer& answer, v1::AddFlowResult& result);
void fill_tree(const engine::FlowTree& tree, v1::FlowTree& message);
void fill_children(const engine::Engine& engine, const engine::JobView& view,
                   storage::ChildPage&& page, v1::GetChildrenResult& result);
void fill_flow(const engine::FlowView& flow, v1::Job& job);

}  // namespace swarmq::api
