// The command where a person sits before it: on a terminal.
#include "integration/swarm_program.h"
#include "support/temporary_directory.h"
#include "support/terminal_program.h"

#include <swarmq/admin.h>
#include <swarmq/events.h>
#include <swarmq/testing.h>

#include <catch2/catch.hpp>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

using swarmq::testing::TestBroker;
using namespace swarmq::test;

namespace {

constexpr const char* kEnterScreen = "\x1b[?1049h";
constexpr const char* kLeaveScreen = "\x1b[?1049l";
constexpr const char* kFrame = "\x1b[H";
constexpr const char* kInterrupt = "\x03";
constexpr const char* kEndOfInput = "\x04";

TerminalProgram on_terminal(const TestBroker& broker, std::vector<std::string> words,
                            TerminalSize size = {}, std::vector<std::string> environment = {}) {
    words.insert(words.begin(), swarm_path());
    environment.push_back("SWARMQ_SERVER=" + broker.server());
    return {words, environment, size};
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

void add_many(swarmq::Queue& queue, int thousands) {
    for (int i = 0; i < thousands; ++i)
        queue.add_jobs(std::vector<swarmq::NewJob>(1'000, {"n", "p"}));
}

// One whole drawing: until the next one begins.
std::vector<std::string> next_frame(TerminalProgram& watch) {
    return plain_lines(watch.wait_for(kFrame));
}

// Frames until one has the text in some line.
std::string line_with(TerminalProgram& watch, const std::string& text) {
    for (;;) {
        for (const std::string& line : next_frame(watch))
            if (has(line, text)) return line;
    }
}

}  // namespace

TEST_CASE("watch takes the window, draws it anew, and gives it back", "[cli][terminal][R28]") {
    TestBroker broker;
    swarmq::Queue queue("mail", broker.connect());
    queue.add_job("n", "p");
    TerminalProgram watch = on_terminal(broker, {"watch", "--interval", "100ms"});
    watch.wait_for(kEnterScreen);
    CHECK(has(line_with(watch, "1 queue"), broker.server()));
    CHECK(has(line_with(watch, "mail"), " 1 "));
    add_many(queue, 2);
    CHECK(has(line_with(watch, "2001"), "mail"));
    swarmq::Admin(broker.connect()).pause("mail");
    line_with(watch, "=mail");
    swarmq::Queue("other", broker.connect()).add_job("n", "p");
    line_with(watch, "2 queues");
    watch.type(kInterrupt);
    CHECK(watch.wait() == 0);
    const auto left = watch.output().rfind(kLeaveScreen);
    REQUIRE(left != std::string::npos);
    // What was seen last stays to be read.
    CHECK(has(watch.output().substr(left), "mail"));
}

TEST_CASE("watch fits the window, also one that changes", "[cli][terminal][R28]") {
    TestBroker broker;
    for (const char* const name : {"a", "b", "c", "d", "e", "f", "g"})
        swarmq::Queue(name + std::string("-queue-of-a-rather-long-name"), broker.connect())
            .add_job("n", "p");
    TerminalProgram watch = on_terminal(broker, {"watch", "--interval", "100ms"}, {120, 30});
    CHECK(line_with(watch, "g-queue-of-a-rather-long-name").size() <= 120);
    watch.resize({80, 8});
    line_with(watch, "... and 3 more");
    const auto frame = next_frame(watch);
    CHECK(frame.size() <= 8);
    for (const std::string& line : frame) CHECK(line.size() <= 80);
    watch.type(kInterrupt);
    CHECK(watch.wait() == 0);
}

TEST_CASE("watch of one queue shows its names and events, and says so when the broker is gone",
          "[cli][terminal][R11][R28]") {
    TestBroker broker;
    swarmq::Queue queue("mail", broker.connect());
    queue.add_job("welcome", "p");
    TerminalProgram watch = on_terminal(broker, {"watch", "mail", "--interval", "100ms"});
    line_with(watch, "WAITING");
    line_with(watch, "welcome");
    const std::string id = queue.add_job("welcome", "p");
    CHECK(has(line_with(watch, id), "added"));
    broker.kill();
    line_with(watch, "cannot be reached");
    broker.start();
    // The title says again where it looks.
    line_with(watch, broker.server() + "  mail");
    swarmq::Queue("mail", broker.connect()).add_job("again", "p");
    line_with(watch, "again");
    watch.type(kInterrupt);
    CHECK(watch.wait() == 0);
}

TEST_CASE("what destroys asks, and does it for a yes alone", "[cli][terminal][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    add_many(queue, 1);
    const auto drain = [&](const char* answer) {
        TerminalProgram program = on_terminal(broker, {"queue", "drain", "q"});
        CHECK(has(program.wait_for("[y/N] "), "Remove 1000 waiting jobs of queue q for ever?"));
        program.type(answer);
        const int exit_code = program.wait();
        return std::pair(exit_code, program.output());
    };
    for (const char* const no : {"n\n", "\n", "yes please\n", kEndOfInput}) {
        const auto [exit_code, output] = drain(no);
        CHECK(exit_code == 1);
        CHECK(has(output, "nothing was changed"));
        CHECK(queue.get_metrics().waiting == 1'000);
    }
    const auto [exit_code, output] = drain("y\n");
    CHECK(exit_code == 0);
    CHECK(has(output, "1000 jobs removed"));
    CHECK(queue.get_metrics().waiting == 0);
    TerminalProgram interrupted = on_terminal(broker, {"queue", "obliterate", "q"});
    interrupted.wait_for("[y/N] ");
    interrupted.type(kInterrupt);
    CHECK(interrupted.wait() == 128 + 2);
    CHECK(queue.get_metrics().added_total == 1'000);
}

TEST_CASE("long work shows how far it is, and leaves nothing of that behind",
          "[cli][terminal][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    add_many(queue, 5);
    TerminalProgram drain = on_terminal(broker, {"queue", "drain", "q", "--yes"});
    drain.wait_for("draining [");
    drain.wait_for("100%");
    CHECK(drain.wait() == 0);
    // The bar is wiped before the last line.
    CHECK(has(drain.output(), "\r\x1b[K5000 jobs removed\r\n"));
    const TemporaryDirectory directory;
    std::ofstream file(directory.file("jobs"));
    for (int i = 0; i < 3'000; ++i) file << "{\"payload\":\"p\"}\n";
    file.close();
    TerminalProgram submit =
        on_terminal(broker, {"queue", "submit", "q", "--jobs", directory.file("jobs")});
    submit.wait_for("submitting [#########.....................] 33% 1000 jobs\r\x1b[K");
    CHECK(submit.wait() == 0);
    CHECK(queue.get_metrics().waiting == 3'000);
}

TEST_CASE("a bench shows how far it is", "[cli][terminal][R28]") {
    TestBroker broker;
    TerminalProgram bench =
        on_terminal(broker, {"bench", "drain", "--jobs", "3000", "--concurrency", "4"});
    bench.wait_for("filling [");
    bench.wait_for("measuring [");
    bench.wait_for("jobs, ");
    bench.wait_for("WORKLOAD");
    CHECK(bench.wait() == 0);
    TerminalProgram timed = on_terminal(broker, {"bench", "enqueue", "--seconds", "1", "--json"});
    timed.wait_for("measuring [###");
    timed.wait_for("\"workload\":\"enqueue\"");
    CHECK(timed.wait() == 0);
}

TEST_CASE("tables have colours on a terminal, unless someone does not want them",
          "[cli][terminal][R28]") {
    TestBroker broker;
    swarmq::Queue("q", broker.connect()).add_job("n", "p");
    TerminalProgram coloured = on_terminal(broker, {"queue", "list"});
    CHECK(coloured.wait() == 0);
    CHECK(has(coloured.output(), "\x1b[1mQUEUE"));
    for (const char* const plain : {"NO_COLOR=1", "TERM=dumb"}) {
        TerminalProgram program = on_terminal(broker, {"queue", "list"}, {}, {plain});
        CHECK(program.wait() == 0);
        CHECK_FALSE(has(program.output(), "\x1b["));
    }
}

TEST_CASE("help, tables and events keep to the window", "[cli][terminal][R28]") {
    TestBroker broker;
    const auto lines_of = [&](std::vector<std::string> words, unsigned short columns) {
        TerminalProgram program = on_terminal(broker, std::move(words), {columns, 24});
        CHECK(program.wait() == 0);
        return plain_lines(program.output());
    };
    const auto narrow = lines_of({"server", "info", "--help"}, 50);
    for (const std::string& line : narrow) CHECK(line.size() <= 50);
    CHECK(narrow.size() > lines_of({"server", "info", "--help"}, 100).size());
    swarmq::Queue queue("q", broker.connect());
    swarmq::EventStream keeper({.queue = "q", .connection = broker.connect()});
    queue.add_job("a-job-of-a-rather-long-name-that-no-column-can-hold", std::string(200, 'p'));
    const auto table = lines_of({"queue", "list", "q", "--payload"}, 80);
    REQUIRE(table.size() == 2);
    for (const std::string& line : table) CHECK(line.size() <= 80);
    const auto events = lines_of(
        {"watch", "q", "--events", "--cursor", keeper.cursor().text(), "--count", "1"}, 40);
    REQUIRE_FALSE(events.empty());
    CHECK(events.front().size() <= 40);
}

TEST_CASE("a check of all that is kept says how far it is", "[cli][terminal][R28]") {
    TestBroker broker({.arguments = {"--maintenance-rate", "64k"}});
    swarmq::Queue queue("q", broker.connect());
    add_many(queue, 1);
    TerminalProgram verify = on_terminal(broker, {"verify"});
    verify.wait_for("verifying ");
    CHECK(verify.wait() == 0);
    CHECK(has(verify.output(), "\r\x1b[K1"));
    CHECK(has(verify.output(), "everything is in order"));
}
