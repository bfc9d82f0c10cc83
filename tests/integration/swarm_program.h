// The `swarm` command as a child process: run to its end, or running.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace swarmq::cli {
class Child;
}

namespace swarmq::test {

struct Ended {
    int exit_code = 0;
    std::string out;
    std::string err;
};

// Where the command lies: beside the daemon, which SWARMQD names.
std::string swarm_path();

// The command with SWARMQ_SERVER set. Its end is waited
// for with a bound; a program that hangs is killed and throws std::runtime_error with what it said.
class SwarmProgram {
  public:
    SwarmProgram(const std::string& server, std::vector<std::string> arguments,
                 std::string input = {});
    ~SwarmProgram();

    void signal(int number);
    Ended wait();

  private:
    std::unique_ptr<cli::Child> child_;
    std::string input_;
};

// Runs it to its end.
Ended swarm(const std::string& server, std::vector<std::string> arguments, std::string input = {});

// The last line of a text, without its end.
std::string last_line(const std::string& text);

}  // namespace swarmq::test
