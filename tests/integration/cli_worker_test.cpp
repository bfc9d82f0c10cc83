// Commands as handlers: what they get, what becomes of what they say, how they are stopped.
#include "integration/swarm_program.h"
#include "support/temporary_directory.h"

#include <swarmq/admin.h>
#include <swarmq/testing.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <signal.h>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using swarmq::testing::TestBroker;
using namespace swarmq::test;
using swarmq::Milliseconds;

namespace {

// Two pipes with names: a command says that it runs, and waits for a word.
class Gate {
  public:
    Gate() {
        REQUIRE(::mkfifo(up().c_str(), 0600) == 0);
        REQUIRE(::mkfifo(go().c_str(), 0600) == 0);
    }
    // For the shell.
    std::string pass() const { return "echo up > " + up() + "; read word < " + go() + "; "; }
    std::string announce() const { return "echo up > " + up() + "; "; }
    // Blocks until a command has announced itself.
    void wait_up() const {
        std::ifstream pipe(up());
        std::string word;
        std::getline(pipe, word);
        REQUIRE(word == "up");
    }
    void let_go() const { std::ofstream(go()) << "go\n"; }

  private:
    std::string up() const { return directory_.file("up"); }
    std::string go() const { return directory_.file("go"); }
    TemporaryDirectory directory_;
};

std::vector<std::string> shell_worker(const std::string& queue, const std::string& script) {
    return {"worker", queue, "--concurrency", "4", "--kill-after", "200ms", "--",
            "sh",     "-c",  script};
}

std::string text_of(const std::string& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A dead process that nobody has waited for is not alive.
bool is_alive(long pid) {
    const std::string stat = text_of("/proc/" + std::to_string(pid) + "/stat");
    const auto end_of_name = stat.rfind(") ");
    return end_of_name != std::string::npos && stat[end_of_name + 2] != 'Z';
}

bool dies(long pid) {
    const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (is_alive(pid) && std::chrono::steady_clock::now() < latest) std::this_thread::yield();
    return !is_alive(pid);
}

}  // namespace

TEST_CASE("a command gets the payload as input and its output is the result", "[cli][R27]") {
    TestBroker broker;
    swarmq::Queue queue("embeddings", broker.connect());
    SwarmProgram worker(broker.server(),
                        {"worker", "embeddings", "--concurrency", "4", "--", "tr", "a-z", "A-Z"});
    const std::string id = queue.add_job("n", R"({"text":"hello"})");
    CHECK(queue.wait_result(id).result == R"({"TEXT":"HELLO"})");
    const std::string large(1024 * 1024, 'a');
    CHECK(queue.wait_result(queue.add_job("n", large)).result == std::string(large.size(), 'A'));
    worker.signal(SIGTERM);
    CHECK(worker.wait().exit_code == 0);
}

TEST_CASE("a command knows its job by its environment", "[cli][R27]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    SwarmProgram worker(broker.server(),
                        shell_worker("q",
                                     "echo $SWARMQ_JOB_ID $SWARMQ_JOB_NAME $SWARMQ_ATTEMPT "
                                     "$SWARMQ_QUEUE $SWARMQ_SERVER; test $SWARMQ_ATTEMPT = 2"));
    const std::string id = queue.add_job("name", "p", {.attempts = 2});
    const auto ended = queue.wait_result(id);
    REQUIRE(ended.is_completed());
    CHECK(ended.result == id + " name 2 q " + broker.server() + "\n");
}

TEST_CASE("a command is given the headers of its job, and goes on with the trace in them",
          "[cli][R17b][R27]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    SwarmProgram worker(
        broker.server(),
        shell_worker("q", "echo \"$TRACEPARENT ${TRACESTATE-none} $SWARMQ_HEADERS\""));
    const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const Ended submitted = swarm(
        broker.server(),
        {"queue", "submit", "q", "p", "--header", "traceparent=" + trace, "--header", "note=a b"});
    CHECK(queue.wait_result(last_line(submitted.out)).result ==
          trace + R"( none {"note":"a b","traceparent":")" + trace + "\"}\n");
    CHECK(queue.wait_result(queue.add_job("n", "p")).result == " none {}\n");
}

TEST_CASE("a command that fails gives its last words as the reason", "[cli][R19][R27]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    SwarmProgram worker(broker.server(), shell_worker("q", "eval \"$(cat)\""));
    const auto reason = [&](const std::string& script) {
        const auto ended = queue.wait_result(queue.add_job("n", script));
        CHECK_FALSE(ended.is_completed());
        return ended.failed_reason;
    };
    CHECK(reason("echo lost; echo 'it is bad' >&2; exit 3") == "it is bad");
    CHECK(reason("exit 7") == "the command ended with exit code 7");
    CHECK(reason("kill -9 $$").find("signal 9") != std::string::npos);
    CHECK(reason("head -c 2000000 /dev/zero").find("1048576") != std::string::npos);
    const std::string long_reason = reason("yes 0123456 | head -n 5000 >&2; echo end >&2; exit 1");
    CHECK(long_reason.size() <= 16 * 1024);
    CHECK(long_reason.size() > 15 * 1024);
    CHECK(long_reason.substr(long_reason.size() - 3) == "end");
}

TEST_CASE("lines on file descriptor 3 are the progress of the job", "[cli][R20][R27]") {
    TestBroker broker;
    Gate gate;
    swarmq::Queue queue("q", broker.connect());
    SwarmProgram worker(broker.server(),
                        shell_worker("q", "echo 10 >&3; echo '{\"page\":2}' >&3; " + gate.pass()));
    const std::string id = queue.add_job("n", "p");
    gate.wait_up();
    std::string progress;
    while (progress != R"({"page":2})") progress = queue.get_job(id).progress;
    gate.let_go();
    CHECK(queue.wait_result(id).is_completed());
}

TEST_CASE("a stopped worker finishes what runs and takes nothing more", "[cli][R23][R27]") {
    TestBroker broker;
    Gate gate;
    swarmq::Queue queue("q", broker.connect());
    SwarmProgram worker(broker.server(),
                        {"worker", "q", "--", "sh", "-c", gate.pass() + "echo finished"});
    const std::string first = queue.add_job("n", "p");
    gate.wait_up();
    const std::string second = queue.add_job("n", "p");
    worker.signal(SIGTERM);
    gate.let_go();
    CHECK(worker.wait().exit_code == 0);
    CHECK(queue.wait_result(first).result == "finished\n");
    CHECK(queue.get_job(second).state == swarmq::JobState::Waiting);
    CHECK(queue.get_job(second).attempts_made == 0);
}

TEST_CASE("what is not done within the grace time goes back without an attempt",
          "[cli][R23][R27]") {
    TestBroker broker;
    Gate gate;
    swarmq::Queue queue("q", broker.connect());
    SwarmProgram worker(broker.server(), {"worker", "q", "--grace", "50ms", "--", "sh", "-c",
                                          gate.announce() + "exec sleep 1000"});
    const std::string id = queue.add_job("n", "p");
    gate.wait_up();
    worker.signal(SIGINT);
    CHECK(worker.wait().exit_code == 0);
    const swarmq::Job job = queue.get_job(id);
    CHECK(job.state == swarmq::JobState::Waiting);
    CHECK(job.attempts_made == 0);
    CHECK(job.stalls == 0);
}

TEST_CASE("a cancelled job ends its command and all that it started", "[cli][R9][R24][R27]") {
    TestBroker broker;
    Gate gate;
    TemporaryDirectory directory;
    const std::string pids = directory.file("pids");
    swarmq::Queue queue("q", broker.connect());
    SwarmProgram worker(broker.server(),
                        shell_worker("q", "trap '' TERM; sleep 1000 & echo $! > " + pids + "; " +
                                              gate.announce() + "wait; wait; sleep 1000"));
    const std::string id = queue.add_job("n", "p");
    gate.wait_up();
    const long child = std::stol(text_of(pids));
    CHECK(is_alive(child));
    CHECK(queue.remove_job(id));
    worker.signal(SIGTERM);
    CHECK(worker.wait().exit_code == 0);
    CHECK(dies(child));
}

TEST_CASE("a job that runs out of time is failed and its command ended", "[cli][R16][R27]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    SwarmProgram worker(broker.server(), shell_worker("q", "exec sleep 1000"));
    const std::string id = queue.add_job("n", "p", {.timeout = Milliseconds{100}});
    CHECK(queue.wait_result(id).failure_kind == swarmq::FailureKind::Timeout);
    worker.signal(SIGTERM);
    CHECK(worker.wait().exit_code == 0);
}

TEST_CASE("a handlers file gives each job name its command", "[cli][R27]") {
    TestBroker broker;
    TemporaryDirectory directory;
    std::ofstream(directory.file("h.toml")) << "up = [\"tr\", \"a-z\", \"A-Z\"]\n"
                                            << "count = \"wc -c | tr -d ' '\"\n";
    swarmq::Queue queue("q", broker.connect());
    SwarmProgram worker(broker.server(), {"worker", "q", "--handlers", directory.file("h.toml")});
    CHECK(queue.wait_result(queue.add_job("up", "abc")).result == "ABC");
    CHECK(queue.wait_result(queue.add_job("count", "abc")).result == "3\n");
    const auto other = queue.wait_result(queue.add_job("other", "abc"));
    CHECK_FALSE(other.is_completed());
    CHECK(other.failed_reason.find("'other'") != std::string::npos);
}

TEST_CASE("a worker without a command says what to do", "[cli][R27]") {
    TestBroker broker;
    const Ended none = swarm(broker.server(), {"worker", "q"});
    CHECK(none.exit_code == 64);
    CHECK(none.err.find("-- COMMAND") != std::string::npos);
    CHECK(none.err.find("--handlers FILE") != std::string::npos);
    CHECK(swarm(broker.server(), {"worker", "q", "tr"}).exit_code == 64);
    CHECK(swarm(broker.server(), {"worker", "q", "--", "no-such-program-here"}).exit_code == 64);
    CHECK(swarm("127.0.0.1:1", {"worker", "q", "--", "cat"}).exit_code == 69);
}
