// Files that are named on the command line, where `-` is standard input.
#pragma once

#include <cstdint>
#include <fstream>
#include <istream>
#include <string>
#include <string_view>

namespace swarmq::cli {

inline constexpr std::size_t kPayloadBytesMax = 1024 * 1024;

// As errors name it.
std::string shown_name(const std::string& file);

// A file opened for reading. Throws UsageError; `what` is the option that named it.
class Input {
  public:
    Input(std::string_view what, const std::string& file);

    std::istream& stream() { return *stream_; }
    // 0 when it is not known, as for a pipe.
    std::uint64_t size() const { return size_; }

  private:
    std::ifstream file_;
    std::istream* stream_;
    std::uint64_t size_ = 0;
};

// All of a file. Throws UsageError, also when it has more than `bytes_max`.
std::string read_all(std::string_view what, const std::string& file, std::size_t bytes_max);

}  // namespace swarmq::cli
