// Requests about what handlers left behind: logs and checkpoints (R7, R20).
#pragma once

namespace swarmq::v1 {
class Envelope;
}

namespace swarmq::api {

class Connection;

void get_log(Connection& connection, v1::Envelope& request);
void get_checkpoint(Connection& connection, v1::Envelope& request);

}  // namespace swarmq::api
