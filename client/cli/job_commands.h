// Which command runs which job: one for all, or those of a handlers file.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace swarmq::cli {

// A program and its arguments.
using CommandLine = std::vector<std::string>;

class JobCommands {
  public:
    // For every job. Throws UsageError where there is no such program.
    static JobCommands for_all(CommandLine command);
    // TOML: job name = "command for /bin/sh" or ["program", "argument"]; "*" is every other name.
    // Throws UsageError for a wrong file, with the line, and where there is no such program.
    static JobCommands from_file(const std::string& file);

    // nullptr: no command for jobs of this name.
    const CommandLine* find(const std::string& job_name) const;
    // The names, for people.
    std::string names() const;

  private:
    std::map<std::string, CommandLine> by_name_;
    CommandLine otherwise_;
};

}  // namespace swarmq::cli
