// What a handler leaves behind besides its answer: log lines and a checkpoint (R7, R20). The caller has made sure
// that the job's lease is held.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/memory.h"

namespace swarmq::engine {

Result<> check_log_lines(const std::vector<std::string>& lines);

void append_log(Memory& memory, Slot slot, std::vector<std::string>&& lines);
void save_checkpoint(Memory& memory, Slot slot, std::shared_ptr<const std::string> data);
// Where there is one. The caller writes the job's status.
void drop_checkpoint(Memory& memory, Slot slot);

}  // namespace swarmq::engine
