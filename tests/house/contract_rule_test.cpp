// Proves that a promise without its tests is found.
#include "house/contract_rule.h"

#include <catch2/catch.hpp>

namespace swarmq::house {
namespace {

const SourceFile kEngineTest{"tests/unit/engine/a_test.cpp",
                             "TEST_CASE(\"a\", \"[engine][R21]\") {}"};
const SourceFile kDaemonTest{"tests/crash/a_test.cpp", "TEST_CASE(\"a\", \"[crash][R26a]\") {}"};

Findings check(const std::string& list) {
    return check_contract({"tests/house/contract.txt", list}, {kEngineTest, kDaemonTest});
}

TEST_CASE("a promise with a test of each kind is kept", "[house]") {
    CHECK(to_text(check("# A comment.\n\nR21 engine\nR26a daemon\n")) == "");
}

TEST_CASE("a promise without a test of some kind is found", "[house]") {
    const Findings findings = check("R21 engine daemon\n");
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].message.find("R21 has no daemon test") == 0);
    CHECK(check("R2 engine\n").size() == 1);
}

TEST_CASE("an entry of the list that means nothing is found", "[house]") {
    CHECK(check("R21\n").size() == 1);
    CHECK(check("R21 magic\n").size() == 1);
    CHECK(check("21 engine\n").size() == 1);
}

TEST_CASE("only tags that are promises count as such", "[house]") {
    const SourceFile file{"tests/unit/a_test.cpp", "x[R1] \"[R2][R26a][Rows][R][R3ab]\" [R4"};
    CHECK(promises_tested_in(file) == std::set<std::string>{"R1", "R2", "R26a"});
}

}  // namespace
}  // namespace swarmq::house
