// Proves that names which do not belong are found.
#include "house/layout_rule.h"

#include <catch2/catch.hpp>

namespace swarmq::house {
namespace {

TEST_CASE("a stranger at the top level is found", "[house]") {
    CHECK(check_top_level({"server", ".gitignore", "README.md"}).empty());
    const Findings findings = check_top_level({"server", "scripts"});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].path == "scripts");
}

TEST_CASE("a drawer folder is found", "[house]") {
    CHECK(check_path({"server/util/text.h", ""}).size() == 1);
    CHECK(check_path({"common/text.h", ""}).size() == 1);
    CHECK(check_path({"server/utilities.h", ""}).empty());
}

TEST_CASE("a file name that is not in snake_case is found", "[house]") {
    CHECK(check_path({"server/net/Session.h", ""}).size() == 1);
    CHECK(check_path({"server/net/tcp-session.cpp", ""}).size() == 1);
    CHECK(check_path({"server/net/session_2.cpp", ""}).empty());
    CHECK(check_path({"deploy/clean-root-test", ""}).empty());
}

}  // namespace
}  // namespace swarmq::house
