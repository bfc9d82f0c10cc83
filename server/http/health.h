// Whether the daemon lives and whether it can serve, with reasons for people.
#pragma once

#include <cstdint>

#include "http/server.h"
#include "http/snapshot.h"

namespace swarmq::http {

// 503 when a restart would help: the loop stands still, or a commit does not end.
Reply live_reply(const Snapshot* snapshot);
// 503 while adds are not taken; the body has a reason a line.
Reply ready_reply(const Snapshot* snapshot);
// The two of them while the store is read.
Reply live_while_recovering();
Reply ready_while_recovering(std::uint64_t rows);

}  // namespace swarmq::http
