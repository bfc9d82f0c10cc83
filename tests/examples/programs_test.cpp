// The example programs, run as a user runs them, over a daemon of the test's own.
#include "support/programs.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>

namespace swarmq::test {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& path, const std::string& text) {
    std::ofstream out(path);
    out << text;
    REQUIRE(out.flush());
}

std::string last_line(std::string text) {
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text.substr(text.rfind('\n') + 1);
}

std::size_t count_lines(const fs::path& path) {
    std::ifstream in(path);
    std::size_t lines = 0;
    for (std::string line; std::getline(in, line);) {
        ++lines;
    }
    return lines;
}

TEST_CASE("paragraphs become embeddings, and the follow-up job tells which are alike",
          "[examples]") {
    Broker broker;
    const fs::path a = broker.folder() / "a.txt";
    const fs::path b = broker.folder() / "b.txt";
    const std::string tail = " for the program, to the extent permitted by the law that applies.";
    write_file(a, "There is no warranty whatsoever" + tail +
                      "\n\nYou may convey verbatim copies of the "
                      "source code in any medium, as you receive it.\n");
    write_file(b, "There is hardly any warranty" + tail + "\n");
    const Output submitted = run(broker.daemon.port(), "generate-embedding submit '" + a.string() +
                                                           "' '" + b.string() + "'");
    INFO(submitted.text);
    REQUIRE(submitted.exit_code == 0);
    CHECK(submitted.text.find("submitted 3 paragraphs of 2 documents") == 0);
    const std::string comparison = last_line(submitted.text);
    const Output worked =
        run(broker.daemon.port(),
            "bash -c 'generate-embedding work --concurrency 2 & generate-embedding report " +
                comparison + "; kill -TERM $!; wait $!; echo worker ended: $?'");
    INFO(worked.text);
    REQUIRE(worked.exit_code == 0);
    CHECK(worked.text.find("3 paragraphs compared, 0 pairs have the same words") == 0);
    CHECK(worked.text.find("a.txt, paragraph 1: There is no warranty") != std::string::npos);
    CHECK(worked.text.find("b.txt, paragraph 1: There is hardly") != std::string::npos);
    CHECK(last_line(worked.text) == "worker ended: 0");
}

TEST_CASE("a webhook is tried again until its receiver is well", "[examples][R5]") {
    Broker broker;
    const Output output = run(broker.daemon.port(), "send-webhooks /etc/passwd /etc/group");
    INFO(output.text);
    CHECK(output.exit_code == 0);
    CHECK(output.text.find("/etc/passwd: delivered after 3 attempts") != std::string::npos);
    CHECK(output.text.find("/etc/group: delivered after 3 attempts") != std::string::npos);
    CHECK(last_line(output.text) == "2 of 2 events delivered");
}

TEST_CASE("coroutines check many services at once, and each job ends with what its own found", "[examples][R18]") {
    Broker broker;
    const std::string good = "127.0.0.1:" + std::to_string(broker.daemon.port());
    std::string all;
    for (int i = 0; i < 200; ++i) all += " " + good;
    const Output output = run(broker.daemon.port(), "check-services" + all);
    INFO(output.text);
    CHECK(output.exit_code == 0);
    CHECK(output.text.find(good + ": answers after ") == 0);
    const Output bad = run(broker.daemon.port(), "check-services nowhere " + good + " 127.0.0.1:1");
    INFO(bad.text);
    CHECK(bad.exit_code == 1);
    CHECK(bad.text.find("nowhere: 'nowhere' is not HOST:PORT") != std::string::npos);
    CHECK(bad.text.find("127.0.0.1:1: Connection refused") != std::string::npos);
}

TEST_CASE("a bulk update writes every record and ends at 100 percent", "[examples][R20]") {
    Broker broker;
    const fs::path source = broker.folder() / "status";
    const fs::path target = broker.folder() / "catalogue.jsonl";
    write_file(source,
               "Package: one\nArchitecture: all\nMaintainer: A <a@example.org>\n\n"
               "Package: two\nVersion: 2\nDescription: text\n Package: three\n");
    const Output output = run(broker.daemon.port(),
                              "bulk-update '" + target.string() + "' '" + source.string() + "'");
    INFO(output.text);
    CHECK(output.exit_code == 0);
    CHECK(last_line(output.text).find("completed 100 %: {\"records\":2") == 0);
    CHECK(count_lines(target) == 2);
}

TEST_CASE("an update without records fails at once, and says why", "[examples][R19]") {
    Broker broker;
    const fs::path target = broker.folder() / "catalogue.jsonl";
    const Output output =
        run(broker.daemon.port(), "bulk-update '" + target.string() + "' /dev/null");
    INFO(output.text);
    CHECK(output.exit_code == 1);
    CHECK(output.text.find("no packages in /dev/null") != std::string::npos);
    CHECK_FALSE(fs::exists(target));
}

}  // namespace
}  // namespace swarmq::test
