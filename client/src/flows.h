// The calls about flows, for those who have a channel: producers, handlers, jobs taken by hand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <swarmq/flow.h>
#include <swarmq/handler.h>
#include <swarmq/queue.h>

#include "channel.h"

namespace swarmq::inline sdk {

// A job that the caller works on: its lease is proved by the token.
struct HeldJob {
    std::string queue;
    std::string id;
    std::uint64_t token = 0;
};

// With `parent`: as its children, while the caller holds it.
void request_flow(Channel& channel, std::vector<FlowJob> roots, std::optional<HeldJob> parent,
                  Callback<std::vector<AddedFlow>> done, Channel::Room room);
void request_children(Channel& channel, std::string queue, std::string id, std::uint32_t limit,
                      std::string cursor, Callback<ChildPage> done, Channel::Room room);

// What is wrong with a job and those below it, or nothing.
std::optional<Error> check_flow(const std::vector<FlowJob>& roots);

}  // namespace swarmq::inline sdk
