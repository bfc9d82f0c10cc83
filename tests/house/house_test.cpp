// Holds the source tree to the rules of the house.
#include "house/banned_rule.h"
#include "house/contract_rule.h"
#include "house/coroutine_rule.h"
#include "house/include_rule.h"
#include "house/layout_rule.h"
#include "house/opening_rule.h"
#include "house/size_rule.h"
#include "house/source_tree.h"

#include <catch2/catch.hpp>

#include <algorithm>

namespace swarmq::house {
namespace {

const std::vector<SourceFile>& tree() {
    static const std::vector<SourceFile> files = read_tree(SWARMQ_SOURCE_DIR);
    return files;
}

template <class Rule>
std::string findings_of(Rule rule) {
    Findings findings;
    for (const SourceFile& file : tree()) {
        append(findings, rule(file));
    }
    return to_text(findings);
}

TEST_CASE("the house rules see the whole tree", "[house]") {
    const auto has = [](std::string_view path) {
        return std::any_of(tree().begin(), tree().end(),
                           [&](const SourceFile& file) { return file.path == path; });
    };
    for (const char* path : {"CMakeLists.txt", "proto/wire/frame.h", "storage/store.h",
                             "server/engine/engine.cpp", "client/include/swarmq/queue.h",
                             "deploy/test", ".ci/run", "tests/house/house_test.cpp"}) {
        INFO(path);
        CHECK(has(path));
    }
    CHECK_FALSE(std::any_of(tree().begin(), tree().end(), [](const SourceFile& file) {
        return file.path.starts_with("build/");
    }));
}

TEST_CASE("the top level holds the parts of the house and nothing else", "[house]") {
    CHECK(to_text(check_top_level(top_level_names(SWARMQ_SOURCE_DIR))) == "");
}

TEST_CASE("folders and files have names that say something", "[house]") {
    CHECK(findings_of(check_path) == "");
}

TEST_CASE("every file opens with a sentence that says what it is for", "[house]") {
    CHECK(findings_of(check_opening) == "");
}

TEST_CASE("files and functions stay small", "[house]") {
    CHECK(findings_of(check_sizes) == "");
}

TEST_CASE("includes follow the direction of the layers", "[house]") {
    std::vector<std::string> paths;
    for (const SourceFile& file : tree()) {
        paths.push_back(file.path);
    }
    const IncludeRule rule(std::move(paths));
    CHECK(findings_of([&](const SourceFile& file) { return rule.check(file); }) == "");
}

TEST_CASE("banned text stays away", "[house]") {
    CHECK(findings_of(check_banned_text) == "");
    CHECK(findings_of(check_suppressions) == "");
}

TEST_CASE("no co_await expression holds what the compiler destroys twice", "[house]") {
    CHECK(findings_of(check_coroutines) == "");
}

TEST_CASE("every promise on the list has its tests", "[house]") {
    const auto list = std::find_if(tree().begin(), tree().end(), [](const SourceFile& file) {
        return file.path == "tests/house/contract.txt";
    });
    REQUIRE(list != tree().end());
    CHECK(to_text(check_contract(*list, tree())) == "");
}

}  // namespace
}  // namespace swarmq::house
