// What workers ask, see proto/swarmq/v1/worker.proto.
#pragma once

namespace swarmq::v1 {
class Envelope;
class Grant;
}  // namespace swarmq::v1

namespace swarmq::api {

class Connection;

void subscribe(Connection& connection, v1::Envelope& request);
void quiet(Connection& connection, v1::Envelope& request);
void grant(Connection& connection, const v1::Grant& grant);
void finish(Connection& connection, v1::Envelope& request);
void beat(Connection& connection, v1::Envelope& request);
void take(Connection& connection, v1::Envelope& request);

}  // namespace swarmq::api
