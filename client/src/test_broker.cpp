// A broker in a child process, for the tests of users.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <utility>

#include <swarmq/testing.h>

#include "child_process.h"

namespace swarmq::inline sdk::testing {
namespace {

constexpr std::string_view kReady = "listening on ";

std::string daemon_program(const std::string& given) {
    if (!given.empty()) return given;
    const char* const named = std::getenv("SWARMQD");
    return named != nullptr && *named != '\0' ? named : "swarmqd";
}

std::filesystem::path temporary_directory() {
    std::string path = (std::filesystem::temp_directory_path() / "swarmq-test-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) {
        throw std::runtime_error("cannot make a directory like " + path);
    }
    return path;
}

}  // namespace

struct TestBroker::State {
    explicit State(TestBrokerOptions given) : options(std::move(given)) {
        owns_data_dir = options.data_dir.empty();
        if (owns_data_dir) options.data_dir = temporary_directory();
    }
    ~State() {
        child.reset();
        std::error_code ignored;
        if (owns_data_dir) std::filesystem::remove_all(options.data_dir, ignored);
    }

    // Port 0 at first; later the port that the first start was given.
    std::vector<std::string> command() const {
        std::vector<std::string> command = {daemon_program(options.program), "--data-dir",
                                            options.data_dir.string(), "--listen",
                                            server.empty() ? "127.0.0.1:0" : server};
        const auto& more = options.arguments;
        // With a fixed port of its own the daemon would also want the one port of its HTTP service.
        if (std::find(more.begin(), more.end(), "--http-listen") == more.end())
            command.insert(command.end(), {"--http-listen", "127.0.0.1:0"});
        command.insert(command.end(), more.begin(), more.end());
        return command;
    }

    void start() {
        if (child) throw std::runtime_error("the broker runs already");
        child.emplace(command());
        const std::string line = child->read_line(options.start_timeout);
        const auto at = line.find(kReady);
        if (at == std::string::npos) {
            const std::string said = line + child->errors();
            child.reset();
            throw std::runtime_error("the broker did not start; '" + command().front() +
                                     "' said: " + said);
        }
        server = line.substr(at + kReady.size());
        server.resize(server.find_last_not_of(" \r\n") + 1);
    }

    int end(int signal) {
        if (!child) throw std::runtime_error("the broker does not run");
        child->send(signal);
        const auto code = child->wait(options.stop_timeout);
        child.reset();
        if (!code) throw std::runtime_error("the broker did not stop in time and was killed");
        return *code;
    }

    TestBrokerOptions options;
    bool owns_data_dir = false;
    std::string server;
    std::optional<ChildProcess> child;
};

TestBroker::TestBroker() : TestBroker(TestBrokerOptions{}) {}

TestBroker::TestBroker(TestBrokerOptions options)
    : state_(std::make_unique<State>(std::move(options))) {
    state_->start();
}

TestBroker::~TestBroker() = default;
TestBroker::TestBroker(TestBroker&&) noexcept = default;

const std::string& TestBroker::server() const { return state_->server; }

Connection TestBroker::connect() const {
    Connection connection(state_->server);
    connection.connect();
    return connection;
}

const std::filesystem::path& TestBroker::data_dir() const { return state_->options.data_dir; }

int TestBroker::pid() const { return state_->child ? state_->child->pid() : 0; }

void TestBroker::kill() { state_->end(SIGKILL); }

int TestBroker::stop() { return state_->end(SIGTERM); }

void TestBroker::start() { state_->start(); }

void TestBroker::restart() {
    stop();
    start();
}

}  // namespace swarmq::inline sdk::testing
