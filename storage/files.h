// Files that are durable when a call returns. Errors are Internal, with the path and the system's
// words.
#pragma once

#include "model/error.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace swarmq::storage {

// Makes a file that must not be there yet.
Result<> write_new_file(const std::string& path, std::string_view bytes);

// Copies the first `bytes` of a file to one that must not be there yet. `watch` is told of every
// part, with the bytes of it; when it answers false the copy ends as Draining.
Result<> copy_file(const std::string& from, const std::string& to, std::uint64_t bytes,
                   const std::function<bool(std::uint64_t)>& watch);

// Makes the names in a directory durable.
Result<> sync_directory(const std::string& path);

// The error of a system call, and that of a copy that was told to stop.
Error file_error(const std::string& what, int error);
Error copy_stopped();

}  // namespace swarmq::storage
