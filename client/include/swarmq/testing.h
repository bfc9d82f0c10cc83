// For the tests of users: a fake job for handlers, and a real broker in a child process.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <swarmq/batch.h>
#include <swarmq/connection.h>
#include <swarmq/handler.h>

namespace swarmq::inline sdk::testing {

// A job for a handler under test, with no broker:
//
//     FakeJob job("resize", R"({"width":80})");
//     Outcome outcome = job.run(resize_handler);
//
// Thread safe where a handler's threads are: cancel() may come from any thread.
class FakeJob {
  public:
    FakeJob(std::string name, std::string payload);
    explicit FakeJob(ActiveJob job);
    ~FakeJob();

    // Change it before the handler sees it: attempts, headers and so on.
    ActiveJob& job();
    // To call a handler by hand.
    JobContext& context();

    // Calls the handler and returns its outcome; exceptions become outcomes as in a Worker. For a
    // handler that keeps its finisher it blocks until that is used.
    Outcome run(const Handler& handler);

    // Cancels the attempt as a broker would; waiting handlers wake up.
    void cancel(CancelReason reason = CancelReason::Cancelled);

    // Everything the handler reported, in order: progress, the lines of the log.
    std::vector<std::string> progress() const;
    std::vector<std::string> log() const;
    // What it saved last. A test of a later attempt sets job().checkpoint to it.
    std::optional<std::string> saved_checkpoint() const;

    // How its children ended, as the handler is to see it (R13); sets job().children_ended.
    void set_children(std::vector<ChildOutcome> children);
    // The children that the handler added, in order; their ids are "fake-child-1" and so on, or as chosen.
    std::vector<FlowJob> added_children() const;

  private:
    friend class FakeBatch;
    class Sink;
    ActiveJob job_;
    std::shared_ptr<Sink> sink_;
    std::unique_ptr<JobContext> context_;
};

// Jobs for a batch handler under test:
//
//     FakeBatch batch({"cat", "dog"});
//     std::vector<Outcome> outcomes = batch.run(embed);
class FakeBatch {
  public:
    // A job for each payload, named `name`.
    explicit FakeBatch(std::vector<std::string> payloads, std::string name = "fake");

    std::size_t size() const { return jobs_.size(); }
    FakeJob& operator[](std::size_t index) { return jobs_[index]; }

    // Calls the handler and returns one outcome for each job, as a Worker takes them. Blocks until the finishers
    // that it kept are used.
    std::vector<Outcome> run(const BatchHandler& handler);

  private:
    std::deque<FakeJob> jobs_;
};

struct TestBrokerOptions {
    // The daemon's program. Empty: the environment's SWARMQD, else swarmqd of the PATH.
    std::string program{};
    // Empty: a temporary directory of its own, removed at the end. Else it is kept.
    std::filesystem::path data_dir{};
    // Further arguments of the daemon.
    std::vector<std::string> arguments{};
    // How long to wait for the daemon's first line, and for its end.
    Milliseconds start_timeout{10'000};
    Milliseconds stop_timeout{10'000};
};

// A swarmqd of one's own on a free port of 127.0.0.1, started in the constructor and ended in the
// destructor; it dies with this process, and with the thread that started it. Not thread safe. Each method blocks and throws
// std::runtime_error, with the daemon's own words where there are any.
class TestBroker {
  public:
    TestBroker();
    explicit TestBroker(TestBrokerOptions options);
    ~TestBroker();
    TestBroker(TestBroker&&) noexcept;
    TestBroker& operator=(TestBroker&&) = delete;

    // "127.0.0.1:PORT"; the same after a restart.
    const std::string& server() const;
    Connection connect() const;
    const std::filesystem::path& data_dir() const;
    int pid() const;

    // SIGKILL: what was acknowledged must survive it.
    void kill();
    // SIGTERM, and returns the exit code.
    int stop();
    // Starts it again, after kill() or stop(), on the same port and directory.
    void start();
    void restart();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace swarmq::inline sdk::testing
