// What is asked of schedulers, see proto/swarmq/v1/scheduler.proto.
#pragma once

namespace swarmq::v1 {
class Envelope;
}

namespace swarmq::api {

class Connection;

void upsert_scheduler(Connection& connection, v1::Envelope& request);
void get_scheduler(Connection& connection, v1::Envelope& request);
void list_schedulers(Connection& connection, v1::Envelope& request);
void remove_scheduler(Connection& connection, v1::Envelope& request);
void preview_ticks(Connection& connection, v1::Envelope& request);

}  // namespace swarmq::api
