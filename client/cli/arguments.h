// How a verb declares what it takes on the command line. CLI11 does the work and is seen by no
// verb.
#pragma once

#include <swarmq/options.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace swarmq::cli {

// The values must outlive the parsing. Declaring throws nothing; parsing throws UsageError.
class Arguments {
  public:
    explicit Arguments(CLI::App& app) : app_(app) {}

    // Words without a dash, in the order of their declaration.
    void word(const std::string& name, std::string& into, const std::string& help);
    void optional_word(const std::string& name, std::optional<std::string>& into,
                       const std::string& help);
    void words(const std::string& name, std::vector<std::string>& into, const std::string& help);

    // Options with a value; those that are not given leave `into` as it is.
    void text(const std::string& name, std::string& into, const std::string& help);
    void file(const std::string& name, std::string& into, const std::string& help);
    void text(const std::string& name, std::optional<std::string>& into, const std::string& help);
    void duration(const std::string& name, std::optional<Milliseconds>& into,
                  const std::string& help);
    void number(const std::string& name, std::optional<std::uint64_t>& into, std::uint64_t min,
                std::uint64_t max, const std::string& help);
    void flag(const std::string& name, bool& into, const std::string& help);
    void flag(const std::string& name, const std::string& help, std::function<void()> set);

    // Any other option: `set` parses what was given.
    void option(const std::string& name, const std::string& type, const std::string& help,
                std::function<void(const std::string&)> set);
    // Likewise, as often as it is given.
    void each(const std::string& name, const std::string& type, const std::string& help,
              std::function<void(const std::string&)> set);

  private:
    CLI::App& app_;
};

}  // namespace swarmq::cli
