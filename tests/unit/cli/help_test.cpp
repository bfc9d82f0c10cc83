// Pages of help: how they flow, and that they say what there is.
#include "help.h"

#include "command.h"

#include <swarmq/events.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>
#include <string>

using namespace swarmq::cli;

TEST_CASE("paragraphs flow, and what is indented stays", "[cli][R28]") {
    CHECK(flowed("", 20) == "");
    CHECK(flowed("one two three\nfour five\n", 14) == "one two three\nfour five");
    CHECK(flowed("one\ntwo three four", 10) == "one two\nthree four");
    CHECK(flowed("a b\n\nc\nd:\n  e  f g h i j k\nl", 7) == "a b\n\nc d:\n  e  f g h i j k\nl");
    CHECK(flowed("a-word-that-is-too-long b", 5) == "a-word-that-is-too-long\nb");
}

TEST_CASE("every page of help fits into 80 columns", "[cli][R28]") {
    const auto check = [](const std::string& page) {
        std::istringstream in(page);
        for (std::string line; std::getline(in, line);) {
            INFO(line);
            CHECK(line.size() <= 80);
        }
    };
    check(main_help());
    for (const Verb& verb : verbs()) {
        INFO(full_name(verb));
        check(flowed(verb.details, 80));
        check(group_help(verb.group));
    }
}

TEST_CASE("the help of watch lists every kind of event", "[cli][R11][R28]") {
    const auto watch = std::find_if(verbs().begin(), verbs().end(),
                                    [](const Verb& verb) { return verb.name == "watch"; });
    REQUIRE(watch != verbs().end());
    for (int i = 1; i <= static_cast<int>(swarmq::EventKind::WaitingChildren); ++i) {
        const std::string kind(to_string(static_cast<swarmq::EventKind>(i)));
        INFO(kind);
        CHECK(watch->details.find(kind) != std::string_view::npos);
    }
}

TEST_CASE("every verb that destroys can be agreed to and tried first, and tells programs",
          "[cli][R28]") {
    for (const Verb& verb : verbs()) {
        const VerbShape shape = shape_of(verb);
        const auto has = [&](const char* name) {
            return std::any_of(shape.options.begin(), shape.options.end(),
                               [&](const VerbOption& option) { return option.name == name; });
        };
        INFO(full_name(verb));
        const bool destroys = verb.name == "drain" || verb.name == "obliterate" ||
                              verb.name == "remove" || has("--reset");
        CHECK((!destroys || (has("--yes") && has("--dry-run"))));
        const bool prints_bytes = verb.name == "worker" || verb.name == "checkpoint" ||
                                  verb.name == "completion" || verb.is_hidden;
        CHECK((prints_bytes || has("--json")));
    }
}
