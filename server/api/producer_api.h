// What producers ask, see proto/swarmq/v1/producer.proto.
#pragma once

namespace swarmq::v1 {
class Envelope;
}

namespace swarmq::api {

class Connection;

void add_jobs(Connection& connection, v1::Envelope& request);
void wait_result(Connection& connection, v1::Envelope& request);
void get_job(Connection& connection, v1::Envelope& request);
void list_jobs(Connection& connection, v1::Envelope& request);
void remove_jobs(Connection& connection, v1::Envelope& request);

}  // namespace swarmq::api
