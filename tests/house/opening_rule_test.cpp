// Proves that a file without an opening sentence is found.
#include "house/opening_rule.h"

#include <catch2/catch.hpp>

namespace swarmq::house {
namespace {

TEST_CASE("a file that does not open with a sentence is found", "[house]") {
    CHECK(check_opening({"a.h", "#pragma once\n\nint x;\n"}).size() == 1);
    CHECK(check_opening({"a.cpp", "#include <vector>\n// Says it too late.\n"}).size() == 1);
    CHECK(check_opening({"a.proto", "// job messages\nsyntax = \"proto3\";\n"}).size() == 1);
    CHECK(check_opening({"a.cpp", "//\n// After an empty line.\n"}).size() == 1);
    CHECK(check_opening({"a.cpp", "// Copyright without an end\nint x;\n"}).size() == 1);
    CHECK(check_opening({"a/CMakeLists.txt", "project(x)\n"}).size() == 1);
    CHECK(check_opening({"deploy/test", "#!/bin/bash\nset -e\n"}).size() == 1);
    CHECK(check_opening({"deploy/test", "#!/bin/bash\n#set -e.\n"}).size() == 1);
}

TEST_CASE("a file that opens with a sentence passes", "[house]") {
    CHECK(check_opening({"a.h", "// Finds frames.\n#pragma once\n"}).empty());
    CHECK(check_opening({"a.h", "#pragma once\n// Finds frames.\n"}).empty());
    CHECK(
        check_opening({"a.h", "// Finds frames in a buffer that grows\n// by itself.\n"}).empty());
    CHECK(check_opening({"deploy/test", "#!/bin/bash\n# Runs every test: all of them.\n"}).empty());
    CHECK(check_opening({"README.md", "text"}).empty());
}

}  // namespace
}  // namespace swarmq::house
