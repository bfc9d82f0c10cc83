// A program on a terminal of its own, as a person has it before them: typed at, resized, read.
#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace swarmq::test {

struct TerminalSize {
    unsigned short columns = 80;
    unsigned short rows = 24;
};

class TerminalProgram {
  public:
    // `environment` are further "NAME=value" entries; TERM is set and NO_COLOR is not, unless they
    // say so. Throws std::runtime_error when the program cannot be started.
    TerminalProgram(const std::vector<std::string>& command,
                    const std::vector<std::string>& environment, TerminalSize size = {});
    // Kills what is left of it.
    ~TerminalProgram();
    TerminalProgram(const TerminalProgram&) = delete;
    TerminalProgram& operator=(const TerminalProgram&) = delete;

    // Reads until `text` comes, behind what an earlier call found, and returns all that was read
    // for it. Throws std::runtime_error with what came instead when the terminal is closed or 20 s
    // are over.
    std::string wait_for(std::string_view text);
    // As if on the keyboard: "\x03" interrupts, "\x04" ends the input.
    void type(std::string_view keys);
    void resize(TerminalSize size);
    // Reads the rest and waits for the end; the exit code, or 128 and the number of the signal.
    int wait();

    // Everything that was read; lines end in "\r\n".
    const std::string& output() const { return output_; }

  private:
    // Whether something came. Throws std::runtime_error once `latest` is past.
    bool read_some(std::string_view wanted);

    pid_t pid_ = -1;
    int terminal_ = -1;
    std::string output_;
    std::size_t found_ = 0;  // Where the next search begins.
};

// The lines of what was written, without colours and movements.
std::vector<std::string> plain_lines(const std::string& written);

}  // namespace swarmq::test
