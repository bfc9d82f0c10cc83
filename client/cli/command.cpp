// Finds the verb, parses its words, runs it, and says in one line what went wrong.
#include "command.h"

#include "exit_codes.h"
#include "help.h"
#include "values.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <span>

#ifndef SWARMQ_VERSION
#error "SWARMQ_VERSION comes from the build"
#endif

namespace swarmq::cli {
namespace {

using Words = std::span<const std::string>;

int exit_code_of(Code code) {
    switch (code) {
        case Code::Ok:
            return kExitOk;
        case Code::InvalidArgument:
            return kExitUsage;
        case Code::NotFound:
            return kExitNotFound;
        case Code::Timeout:
            return kExitTimedOut;
        case Code::Unknown:
            return kExitUnknown;
        case Code::Unavailable:
        case Code::Draining:
            return kExitUnreachable;
        default:
            return kExitFailed;
    }
}

int complain(const std::string& name, std::string_view text, int exit_code) {
    std::fflush(stdout);
    fmt::print(stderr, "{}: {}\n", name, text);
    return exit_code;
}

const Verb* find_verb(std::string_view group, std::string_view name) {
    const auto found = std::find_if(verbs().begin(), verbs().end(), [&](const Verb& verb) {
        return verb.group == group && verb.name == name;
    });
    return found == verbs().end() ? nullptr : &*found;
}

bool is_group(std::string_view word) {
    return std::any_of(verbs().begin(), verbs().end(),
                       [&](const Verb& verb) { return !word.empty() && verb.group == word; });
}

std::vector<std::string> names_in(std::string_view group) {
    std::vector<std::string> names;
    for (const Verb& verb : verbs()) {
        if (verb.is_hidden) continue;
        if (verb.group == group) {
            names.emplace_back(verb.name);
        } else if (group.empty() && std::count(names.begin(), names.end(), verb.group) == 0) {
            names.emplace_back(verb.group);
        }
    }
    return names;
}

int refuse_word(std::string_view group, const std::string& word) {
    const std::string program = group.empty() ? "swarm" : fmt::format("swarm {}", group);
    const std::string near = nearest(word, names_in(group));
    const std::string hint = near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
    return complain(program, fmt::format("there is no '{}'{} (see {} --help)", word, hint, program),
                    kExitUsage);
}

constexpr std::size_t kHelpColumn = 28;

// Descriptions flow beside their options.
class Formatter : public CLI::Formatter {
  public:
    std::string make_option_desc(const CLI::Option* option) const override {
        return flowed(option->get_description(), help_width() - kHelpColumn);
    }
};

// An App of the verb and where `--server` goes.
struct Parser {
    explicit Parser(const Verb& verb)
        : app(std::string(verb.summary), full_name(verb)),
          arguments(app),
          run(verb.declare(arguments)) {
        app.add_option("--server", server,
                       "The broker. Default: SWARMQ_SERVER, else 127.0.0.1:6410")
            ->type_name("HOST:PORT");
        app.footer(flowed(verb.details, help_width()));
        app.formatter(std::make_shared<Formatter>());
        app.get_formatter()->column_width(kHelpColumn);
    }

    std::string server;
    CLI::App app;
    Arguments arguments;
    Run run;
};

// An error of reaching the broker says which one.
int run_at(Session& session, const Run& run) {
    try {
        return run(session);
    } catch (const SwarmqError& error) {
        if (error.code() != Code::Unavailable) throw;
        Error told = error.error();
        told.message += fmt::format(" (tried {})", session.connection().server());
        throw SwarmqError(told);
    }
}

// The first word too many; what looks like an option is perhaps one with a slip of the finger.
std::string unexpected(const Verb& verb, const CLI::App& app) {
    const std::vector<std::string> rest = app.remaining();
    const auto option = std::find_if(rest.begin(), rest.end(),
                                     [](const std::string& word) { return word.starts_with('-'); });
    const std::string word = option != rest.end() ? *option : rest.empty() ? "" : rest.front();
    std::vector<std::string> names;
    for (const CLI::Option* known : app.get_options())
        for (const std::string& name : known->get_lnames()) names.push_back("--" + name);
    const std::string near =
        option != rest.end() ? nearest(word.substr(0, word.find('=')), names) : "";
    return fmt::format("'{}' was not expected{} (see {} --help)", word,
                       near.empty() ? "" : fmt::format("; did you mean '{}'?", near),
                       full_name(verb));
}

int parse_and_run(const Verb& verb, const std::string& server, Words words) {
    std::vector<std::string> command;
    if (verb.takes_command) {
        const auto mark = std::find(words.begin(), words.end(), "--");
        if (mark != words.end()) command.assign(mark + 1, words.end());
        words = words.first(static_cast<std::size_t>(mark - words.begin()));
    }
    Parser parser(verb);
    try {
        // CLI11 takes them from the back.
        parser.app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::CallForHelp&) {
        fmt::print("{}", parser.app.help());
        return kExitOk;
    } catch (const CLI::ExtrasError&) {
        throw UsageError(unexpected(verb, parser.app));
    } catch (const CLI::ParseError& error) {
        throw UsageError(fmt::format("{} (see {} --help)", error.what(), full_name(verb)));
    }
    Session session(parser.server.empty() ? server : parser.server, std::move(command));
    const int exit_code = run_at(session, parser.run);
    if (std::fflush(stdout) != 0) {
        return complain(full_name(verb), "cannot write to standard output", kExitFailed);
    }
    return exit_code;
}

int run_verb(const Verb& verb, const std::string& server, Words words) {
    try {
        return parse_and_run(verb, server, words);
    } catch (const UsageError& error) {
        return complain(full_name(verb), error.what(), kExitUsage);
    } catch (const SwarmqError& error) {
        return complain(full_name(verb), error.error().message, exit_code_of(error.code()));
    } catch (const std::exception& error) {
        return complain(full_name(verb), error.what(), kExitFailed);
    }
}

// The options before the verb: --help and --version end the command, --server is remembered.
struct Leading {
    std::string server;
    std::optional<int> exit_code;
};

Leading take_leading(Words& words) {
    Leading leading;
    while (!words.empty() && words.front().starts_with('-') && !leading.exit_code) {
        const std::string& word = words.front();
        if (word == "--help" || word == "-h") {
            fmt::print("{}", main_help());
            leading.exit_code = kExitOk;
        } else if (word == "--version") {
            fmt::print("swarm {}\n", SWARMQ_VERSION);
            leading.exit_code = kExitOk;
        } else if (word.starts_with("--server=")) {
            leading.server = word.substr(9);
        } else if (word == "--server" && words.size() > 1) {
            leading.server = words[1];
            words = words.subspan(1);
        } else {
            leading.exit_code = complain(
                "swarm", fmt::format("'{}' is no option here; see swarm --help", word), kExitUsage);
        }
        words = words.subspan(1);
    }
    return leading;
}

int run_group(std::string_view group, const std::string& server, Words words) {
    if (words.empty() || words.front() == "--help" || words.front() == "-h") {
        fmt::print(words.empty() ? stderr : stdout, "{}", group_help(group));
        return words.empty() ? kExitUsage : kExitOk;
    }
    const Verb* verb = find_verb(group, words.front());
    return verb == nullptr ? refuse_word(group, words.front())
                           : run_verb(*verb, server, words.subspan(1));
}

}  // namespace

std::string full_name(const Verb& verb) {
    return verb.group.empty() ? fmt::format("swarm {}", verb.name)
                              : fmt::format("swarm {} {}", verb.group, verb.name);
}

VerbShape shape_of(const Verb& verb) {
    Parser parser(verb);
    VerbShape shape;
    for (const CLI::Option* option : parser.app.get_options()) {
        for (const std::string& name : option->get_lnames())
            shape.options.push_back({"--" + name, option->get_description(), option->get_items_expected_max() > 0});
        if (option->get_positional()) shape.places.push_back(option->get_name(true));
    }
    return shape;
}

int run_command(const std::vector<std::string>& all_words) {
    Words words(all_words);
    const Leading leading = take_leading(words);
    if (leading.exit_code) return *leading.exit_code;
    if (words.empty()) {
        fmt::print(stderr, "{}", main_help());
        return kExitUsage;
    }
    const std::string& word = words.front();
    if (word == "help") {
        fmt::print("{}", main_help());
        return kExitOk;
    }
    if (is_group(word)) return run_group(word, leading.server, words.subspan(1));
    const Verb* verb = find_verb("", word);
    return verb == nullptr ? refuse_word("", word)
                           : run_verb(*verb, leading.server, words.subspan(1));
}

}  // namespace swarmq::cli
