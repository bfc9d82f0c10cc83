// What the program can be asked to do. Each returns the exit code, and throws what it cannot
// handle.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace example {

// Adds a job for each paragraph of the files, and prints the id of the comparison on the last line.
int submit(const std::vector<std::string>& files);

// Works on both queues until SIGTERM or SIGINT.
int work(std::size_t concurrency);

// Waits for a comparison and prints it for people.
int report(const std::string& comparison_id);

}  // namespace example
