// Deduplication keys and changes of single jobs, see proto/swarmq/v1/change.proto.
#pragma once

namespace swarmq::v1 {
class Envelope;
}

namespace swarmq::api {

class Connection;

void get_deduplication(Connection& connection, v1::Envelope& request);
void remove_deduplication(Connection& connection, v1::Envelope& request);
void update_job(Connection& connection, v1::Envelope& request);

}  // namespace swarmq::api
