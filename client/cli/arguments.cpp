// The declarations in terms of CLI11.
#include "arguments.h"

#include "values.h"

#include <CLI/CLI.hpp>

#include <utility>
#include <vector>

namespace swarmq::cli {

void Arguments::word(const std::string& name, std::string& into, const std::string& help) {
    app_.add_option(name, into, help)->required()->type_name("");
}

void Arguments::optional_word(const std::string& name, std::optional<std::string>& into,
                              const std::string& help) {
    app_.add_option_function<std::string>(
            name, [&into](const std::string& value) { into = value; }, help)
        ->type_name("");
}

void Arguments::words(const std::string& name, std::vector<std::string>& into,
                      const std::string& help) {
    app_.add_option(name, into, help)->type_name("");
}

void Arguments::text(const std::string& name, std::string& into, const std::string& help) {
    app_.add_option(name, into, help)->type_name("TEXT");
}

void Arguments::file(const std::string& name, std::string& into, const std::string& help) {
    app_.add_option(name, into, help)->type_name("FILE");
}

void Arguments::text(const std::string& name, std::optional<std::string>& into,
                     const std::string& help) {
    option(name, "TEXT", help, [&into](const std::string& value) { into = value; });
}

void Arguments::duration(const std::string& name, std::optional<Milliseconds>& into,
                         const std::string& help) {
    option(name, "DURATION", help,
           [name, &into](const std::string& value) { into = parse_duration(name, value); });
}

void Arguments::number(const std::string& name, std::optional<std::uint64_t>& into,
                       std::uint64_t min, std::uint64_t max, const std::string& help) {
    option(name, "N", help, [name, &into, min, max](const std::string& value) {
        into = parse_number(name, value, min, max);
    });
}

void Arguments::flag(const std::string& name, bool& into, const std::string& help) {
    app_.add_flag(name, into, help);
}

void Arguments::flag(const std::string& name, const std::string& help, std::function<void()> set) {
    app_.add_flag_callback(name, std::move(set), help);
}

void Arguments::option(const std::string& name, const std::string& type, const std::string& help,
                       std::function<void(const std::string&)> set) {
    app_.add_option_function<std::string>(name, std::move(set), help)->type_name(type);
}

void Arguments::each(const std::string& name, const std::string& type, const std::string& help,
                     std::function<void(const std::string&)> set) {
    app_.add_option_function<std::vector<std::string>>(
            name,
            [set = std::move(set)](const std::vector<std::string>& values) {
                for (const std::string& value : values) set(value);
            },
            help)
        ->type_name(type)
        ->allow_extra_args(false);
}

}  // namespace swarmq::cli
