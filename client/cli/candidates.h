// What may stand at the end of a command line: the same for every shell.
#pragma once

#include <string>
#include <vector>

namespace swarmq::cli {

struct Candidate {
    std::string word;
    std::string help;  // May be empty.
};

// `words` come after the program's name; the last one is being typed, and may be empty. Nothing:
// file names may stand there, or nobody knows. Names of queues and schedulers come from the broker
// of --server or SWARMQ_SERVER, within about a second.
std::vector<Candidate> candidates(const std::vector<std::string>& words);

// The largest name of a queue that sorts before all that begin with `prefix`; empty when none does.
// For tests.
std::string name_before(const std::string& prefix);

}  // namespace swarmq::cli
