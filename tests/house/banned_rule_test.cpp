// Proves that banned text is found where it is banned, and nowhere else.
#include "house/banned_rule.h"

#include "house/coroutine_rule.h"

#include <catch2/catch.hpp>

namespace swarmq::house {
namespace {

struct Sample {
    const char* path;
    const char* text;
};

TEST_CASE("each banned text is found, with what to write instead", "[house]") {
    const Sample bad[] = {
        {"tests/unit/engine/a_test.cpp", "std::this_thread::sleep_for(1ms);"},
        {"tests/unit/engine/a_test.cpp", "std::this_thread::sleep_until(t);"},
        {"client/src/a.cpp", "usleep(5);"},
        {"client/src/a.cpp", "nanosleep(&t, nullptr);"},
        {"client/src/a.cpp", "using namespace std;"},
        {"client/cli/a.cpp", "out << std::endl;"},
        {"server/net/a.cpp", "std::cout << 1;"},
        {"storage/a.cpp", "std::cerr << 1;"},
        {"server/engine/a.cpp", "auto t = std::chrono::system_clock::now();"},
        {"storage/model/a.cpp", "auto t = std::chrono::steady_clock::now();"},
        {"server/engine/a.cpp", "std::random_device d;"},
        {"server/net/a.cpp", "int x = rand();"},
        {"server/net/a.cpp", "co_spawn(loop, run(), asio::detached);"},
        {"server/net/a.cpp", "assert(x);"},
        {"server/net/a.cpp", "// TODO later"},
        {"storage/README.md", "FIXME"},
        {"deploy/build", "# XXX"},
        {"README.md", "a swarm of workers"},
        {"deploy/build", "cd /work/main"},
        {"deploy/build", "cd /tmp/wt"},
        {"deploy/build", "mkdir /tmp/roots"},
        {"deploy/build", "cd /home/me"},
        {"CMakeLists.txt", "include(FetchContent)"},
        {"CMakeLists.txt", "include(ExternalProject)"},
    };
    for (const Sample& sample : bad) {
        INFO(sample.text);
        const Findings findings = check_banned_text({sample.path, sample.text});
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].message.find("instead: ") != std::string::npos);
    }
}

TEST_CASE("text is banned only where the ban holds, and only as a whole word", "[house]") {
    const Sample good[] = {
        {"client/examples/a.cpp", "std::cout << 1;"},
        {"server/main.cpp", "std::cout << 1;"},
        {"server/broker/clock.cpp", "std::chrono::system_clock::now();"},
        {"server/engine/a.cpp", "// no steady_clock here"},
        {"server/engine/a.cpp", "const char* s = \"detached\";"},
        {"server/engine/a.cpp", "static_assert(true);"},
        {"server/engine/a.cpp", "int operand() { return 1; }"},
        {"tests/house/a.cpp", "// TODO"},
    };
    for (const Sample& sample : good) {
        INFO(sample.text);
        CHECK(to_text(check_banned_text({sample.path, sample.text})) == "");
    }
}

TEST_CASE("a finding names the line", "[house]") {
    const Findings findings = check_banned_text({"server/net/a.cpp", "int a;\n\nassert(a);\n"});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].line == 3);
}

TEST_CASE("a suppressed check needs a reason", "[house]") {
    CHECK(check_suppressions({"server/a.cpp", "int x;  // NOLINT"}).size() == 1);
    CHECK(check_suppressions({"server/a.cpp", "int x;  // NOLINT(some-check)"}).size() == 1);
    CHECK(check_suppressions({"server/a.cpp", "int x;  // NOLINT(some-check): C wants it so"})
              .empty());
}

TEST_CASE("braces and capturing lambdas inside a co_await expression are found", "[house]") {
    const char* const bad[] = {
        "co_await write(socket, Frame{1, 2});",
        "auto x = co_await write(socket, {1, 2});",
        "co_await run([&] { return 1; });",
        "co_await run(\n    [this, x](int y) { return y; });",
        "if (co_await write(Frame{})) {\n}",
    };
    for (const char* text : bad) {
        INFO(text);
        CHECK(check_coroutines({"server/net/a.cpp", text}).size() == 1);
    }
    const char* const good[] = {
        "co_await write(socket, std::move(frame));",
        "while (co_await read(socket)) {\n    use();\n}",
        "if (auto x = co_await read(table[i]); x) {\n}",
        "// co_await write({1});",
        "co_await timer.async_wait(use);\nrun([&] { return 1; });",
    };
    for (const char* text : good) {
        INFO(text);
        CHECK(check_coroutines({"server/net/a.cpp", text}).empty());
    }
}

}  // namespace
}  // namespace swarmq::house
