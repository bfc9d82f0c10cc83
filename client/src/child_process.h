// A child process whose output is read, and which does not outlive this one.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include <swarmq/options.h>

namespace swarmq::inline sdk {

// Not thread safe. The destructor kills the child if it still runs.
class ChildProcess {
  public:
    // Found by the PATH unless the first word has a slash. Throws std::runtime_error.
    explicit ChildProcess(std::vector<std::string> command);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;

    int pid() const { return pid_; }
    // The next line of its standard output; what there is of it when the child ends or the time is over.
    std::string read_line(Milliseconds longest);
    // What it has said so far on its standard error.
    std::string errors() const;
    void send(int signal);
    // The exit code, or 128 + the signal that ended it; nothing when the time is over.
    std::optional<int> wait(Milliseconds longest);

  private:
    bool read_some(Milliseconds longest);

    pid_t pid_ = -1;
    int pid_fd_ = -1;  // Readable when the child has ended.
    int output_ = -1;
    int errors_ = -1;  // A file in memory: a pipe that nobody reads would hold the child up.
    std::string unread_;
    std::optional<int> exit_code_;
};

}  // namespace swarmq::inline sdk
