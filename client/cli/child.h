// A command as a child process with pipes to its first four file descriptors, in a process group of
// its own so that all it starts can be ended with it.
#pragma once

#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace swarmq::cli {

// A file descriptor that closes itself.
class Fd {
  public:
    Fd() = default;
    explicit Fd(int number) : number_(number) {}
    Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Fd& operator=(Fd&& other) noexcept;
    ~Fd() { close(); }

    int number() const { return number_; }
    bool is_open() const { return number_ >= 0; }
    void close();

  private:
    int number_ = -1;
};

// Our ends of the pipes; none of them blocks.
struct ChildPipes {
    Fd input;     // To its standard input.
    Fd output;    // From its standard output,
    Fd errors;    // its standard error
    Fd progress;  // and its file descriptor 3.
};

class Child {
  public:
    // `environment` are further "NAME=value" entries next to ours. Throws std::runtime_error with
    // the reason when the program cannot be started.
    Child(const std::vector<std::string>& command, const std::vector<std::string>& environment);
    // Ends the whole group and waits for the child.
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    ChildPipes& pipes() { return pipes_; }
    pid_t pid() const { return pid_; }
    // Readable once the child has ended; -1 where the system has no such descriptors.
    int ended_fd() const { return ended_.number(); }
    // Whether the child has ended; its group is still there to be signalled.
    bool has_ended() const;
    void signal_group(int number) const;
    // Kills what is left of the group, waits for the child, and returns its wait status.
    int reap();

  private:
    ChildPipes pipes_;
    pid_t pid_ = -1;
    Fd ended_;
};

}  // namespace swarmq::cli
