// Requests about flows: jobs that wait for other jobs (R13).
#pragma once

namespace swarmq::v1 {
class Envelope;
}

namespace swarmq::api {

class Connection;

void add_flow(Connection& connection, v1::Envelope& request);
void get_flow(Connection& connection, v1::Envelope& request);
void get_children(Connection& connection, v1::Envelope& request);

}  // namespace swarmq::api
