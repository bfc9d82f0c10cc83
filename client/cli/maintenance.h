// Waits for long work of the broker, and shows how it goes on.
#pragma once

#include <swarmq/admin.h>

#include <functional>
#include <optional>
#include <string>

namespace swarmq::cli {

// Asks again and again, until `running` answers nothing; what it answers is shown to people. Goes
// on over lost connections as long as the connection does.
void watch_maintenance(
    Admin admin, const std::string& doing_word,
    const std::function<std::optional<std::string>(const Maintenance&)>& running);

}  // namespace swarmq::cli
