// The talk between a worker and the broker that a test plays.
#pragma once

#include "unit/client/fake_broker.h"

#include <swarmq/worker.h>

#include <cstdint>

namespace swarmq::test {

// The broker's side of the connection that the worker makes.
Peer start(Worker& worker, FakeBroker& broker);
// Follows what a worker says until it has granted credit; returns the number of its subscription.
std::uint32_t take_subscription(Peer& peer, std::uint64_t& jobs_total);
// Jobs of the queue "q", with rising tokens.
v1::Envelope delivery(std::uint32_t subscription, std::uint64_t first_token, int count);
// The next Finish, answered with OK; beats on the way are answered, too.
v1::Finish read_finish(Peer& peer);
WorkerOptions options(const FakeBroker& broker, std::size_t concurrency);
void stop_with(Peer& peer, Worker& worker);

}  // namespace swarmq::test
