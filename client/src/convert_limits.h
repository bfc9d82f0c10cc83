// Limits of queues and keys, to the broker and back, and whether they make sense.
#pragma once

#include <optional>

#include <swarmq/error.h>
#include <swarmq/options.h>

#include "swarmq/v1/admin.pb.h"

namespace swarmq::inline sdk {

void set_limits(v1::QueueSettings& proto, const QueueSettings& settings);
void take_limits(const v1::QueueSettings& proto, QueueSettings& settings);
// What is wrong, as a rule of names; numbers are checked by the broker, which says the same.
std::optional<Error> check_limits(const QueueSettings& settings);

}  // namespace swarmq::inline sdk
