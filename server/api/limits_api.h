// What holds a queue or a key back, and the keys of a queue (R15).
#pragma once

namespace swarmq::v1 {
class Envelope;
}

namespace swarmq::api {

class Connection;

void pause_queue(Connection& connection, v1::Envelope& request);
void resume_queue(Connection& connection, v1::Envelope& request);
void list_keys(Connection& connection, v1::Envelope& request);

}  // namespace swarmq::api
