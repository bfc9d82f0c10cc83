// Proves that files and functions that grew too long are found, whatever their shape.
#include "house/size_rule.h"

#include <catch2/catch.hpp>

namespace swarmq::house {
namespace {

std::string lines(std::size_t count, const std::string& line = "    step();\n") {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += line;
    }
    return text;
}

Findings check(const std::string& text) {
    return check_sizes({"server/net/a.cpp", text});
}

TEST_CASE("a file that is too long is found", "[house]") {
    CHECK(check(lines(kFileLinesMax, "int x;\n")).empty());
    CHECK(check(lines(kFileLinesMax + 1, "int x;\n")).size() == 1);
    CHECK(check_sizes({"server/main.cpp", lines(kMainLinesMax, "int x;\n")}).empty());
    CHECK(check_sizes({"server/main.cpp", lines(kMainLinesMax + 1, "int x;\n")}).size() == 1);
    CHECK(check_sizes({"README.md", lines(kFileLinesMax + 1)}).empty());
}

TEST_CASE("a function that is too long is found, with its first line", "[house]") {
    const std::string body = lines(kFunctionLinesMax - 2);
    CHECK(check("\nvoid run() {\n" + body + "}\n").empty());
    const Findings findings = check("\nvoid run() {\n" + body + "    step();\n}\n");
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].line == 2);
}

TEST_CASE("functions of every shape are measured", "[house]") {
    const std::string body = lines(kFunctionLinesMax);
    const std::string shapes[] = {
        "namespace a::b {\nvoid run() {\n" + body + "}\n}\n",
        "class A final : public B {\n  public:\n    void run() const override {\n" + body +
            "}\n};\n",
        "template <class T>\nResult<T> run(T x) {\n" + body + "}\n",
        "A::A(int x) : B(x), c_{x}, d_{} {\n" + body + "}\n",
        "A::A() noexcept : c_{1} {\n" + body + "}\n",
        "auto run(int x) -> std::vector<int> {\n" + body + "}\n",
        "TEST_CASE(\"a { that opens nothing\", \"[x]\") {\n" + body + "}\n",
        "void run() {\n    if (x) {\n    }\n    post([] {\n" + body + "    });\n}\n",
        "#define BROKEN {\nvoid run(std::vector<int> x = {}) {\n" + body + "}\n",
        "const int kTable[] = {1, 2};\nvoid run() {\n" + body + "}\n",
    };
    for (const std::string& shape : shapes) {
        INFO(shape.substr(0, 60));
        CHECK(check(shape).size() == 1);
    }
}

TEST_CASE("what is long but no function passes", "[house]") {
    CHECK(check("enum class A {\n" + lines(100, "    x,\n") + "};\n").empty());
    CHECK(check("struct A {\n" + lines(100, "    void step();\n") + "};\n").empty());
    CHECK(check("const char* kText = R\"(\nvoid run() {\n" + lines(100) + ")\";\n").empty());
    CHECK(check("/* void run() {\n" + lines(100) + "*/\nint x;\n").empty());
}

}  // namespace
}  // namespace swarmq::house
