// Subscriptions to events and their pushes (R11).
#pragma once

namespace swarmq::broker {
struct EventBatch;
}

namespace swarmq::v1 {
class Envelope;
class Events;
}  // namespace swarmq::v1

namespace swarmq::api {

class Connection;
struct ServerFacts;

void watch_events(Connection& connection, v1::Envelope& request);
void stop_watching(Connection& connection, v1::Envelope& request);

void fill_events(const ServerFacts& facts, const broker::EventBatch& batch, v1::Events& events);

}  // namespace swarmq::api
