// What operators ask, see proto/swarmq/v1/admin.proto.
#pragma once

#include <string>

namespace swarmq::v1 {
class Envelope;
}

namespace swarmq::api {

class Connection;

void get_queue_metrics(Connection& connection, v1::Envelope& request);
void list_queues(Connection& connection, v1::Envelope& request);
void set_queue_settings(Connection& connection, v1::Envelope& request);
void get_queue_settings(Connection& connection, v1::Envelope& request);
void retry_jobs(Connection& connection, v1::Envelope& request);
void promote_jobs(Connection& connection, v1::Envelope& request);
void drain_queue(Connection& connection, v1::Envelope& request);
void clean_queue(Connection& connection, v1::Envelope& request);
void obliterate_queue(Connection& connection, v1::Envelope& request);

}  // namespace swarmq::api
