// The table of the protocol's verbs: which frame is whose.
#pragma once

#include <cstddef>

namespace swarmq::v1 {
class Envelope;
}

namespace swarmq::api {

class Connection;

// Handles one request of a connection that has greeted; its strings may be moved out.
void route(Connection& connection, v1::Envelope& request, std::size_t bytes);
// Of those, the ones that are answered under their id.
void route_request(Connection& connection, v1::Envelope& request);

}  // namespace swarmq::api
