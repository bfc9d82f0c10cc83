// What operators ask about the broker as a whole, see proto/swarmq/v1/operations.proto.
#pragma once

namespace swarmq::v1 {
class Envelope;
}

namespace swarmq::api {

class Connection;

void list_workers(Connection& connection, v1::Envelope& request);
void get_server_info(Connection& connection, v1::Envelope& request);
void start_backup(Connection& connection, v1::Envelope& request);
void start_verify(Connection& connection, v1::Envelope& request);
void get_maintenance(Connection& connection, v1::Envelope& request);

}  // namespace swarmq::api
