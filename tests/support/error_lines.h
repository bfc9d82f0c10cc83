// What a daemon writes to standard error, line by line as it comes.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace swarmq::test {

class ErrorLines {
  public:
    ErrorLines();
    ~ErrorLines();
    ErrorLines(const ErrorLines&) = delete;

    // Programs that `start` starts write here.
    void while_redirected(const std::function<void()>& start);
    // The next line that holds this text, those before it are dropped; nothing when none comes in time.
    std::optional<std::string> next_with(const std::string& text,
                                         std::chrono::milliseconds within = std::chrono::seconds(30));
    // As JOURNAL_STREAM would name the stream.
    std::string stream() const;

  private:
    std::optional<std::string> take_line();

    int read_ = -1;
    int write_ = -1;
    std::string received_;
};

}  // namespace swarmq::test
