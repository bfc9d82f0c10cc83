// Flows with the library over a real daemon: children before and while their parent runs, and jobs that follow (R13).
#include <swarmq/admin.h>
#include <swarmq/flow_producer.h>
#include <swarmq/puller.h>
#include <swarmq/telemetry.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <future>
#include <mutex>
#include <string>
#include <vector>

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;

namespace {

FlowJob node(std::string queue, std::string payload, std::vector<FlowJob> children = {}) {
    FlowJob job{.queue = queue, .name = "work", .payload = std::move(payload)};
    job.children = std::move(children);
    return job;
}

Error error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const SwarmqError& error) {
        return error.error();
    }
    return {};
}

}  // namespace

TEST_CASE("a parent reads the results of its children, in any queues and at any depth",
          "[client][flow][R13]") {
    TestBroker broker;
    const Connection connection = broker.connect();
    const auto sum = [](JobContext& job) -> Outcome {
        int total = std::stoi(job.payload());
        for (const auto& child : job.children()) total += std::stoi(child.result);
        return std::to_string(total);
    };
    Worker worker({.queues = {"a", "b", "c"}, .connection = broker.connect(), .concurrency = 4}, sum);
    const AddedFlow added = FlowProducer(connection).add_flow(
        node("a", "1", {node("b", "10", {node("c", "100"), node("c", "200")}), node("c", "1000")}));
    CHECK(added.children.size() == 2);
    CHECK(added.children[0].children.size() == 2);
    CHECK(added.children[0].queue == "b");
    CHECK(Queue("a", connection).get_job(added.id).state == JobState::WaitingChildren);
    worker.start();
    CHECK(Queue("a", connection).wait_result(added.id, 20s).result == "1311");
    const Job child = Queue("b", connection).get_job(added.children[0].id);
    REQUIRE(child.parent);
    CHECK(child.parent->id == added.id);
    REQUIRE(child.children);
    CHECK(child.children->completed == 2);

    const FlowTree tree =
        FlowProducer(connection).get_flow("c", added.children[0].children[1].id, {.from_root = true});
    REQUIRE(tree.nodes.size() == 5);
    CHECK(tree.nodes[0].id == added.id);
    CHECK(tree.nodes[1].parent == 0);
    CHECK_FALSE(tree.is_cut);
    CHECK(std::all_of(tree.nodes.begin(), tree.nodes.end(),
                      [](const FlowNode& one) { return one.state == JobState::Completed; }));
}

TEST_CASE("a handler adds children, waits for them, and uses up no attempt", "[client][flow][R13][R19]") {
    TestBroker broker;
    const Connection connection = broker.connect();
    Worker worker({.queues = {"batch", "part"}, .connection = broker.connect(), .concurrency = 4},
                  [](JobContext& job) -> Outcome {
                      if (job.queue() == "part") return job.payload() + "!";
                      if (job.children_ended() + job.children_pending() == 0) {
                          std::vector<FlowJob> parts;
                          for (const char* text : {"x", "y", "z"}) parts.push_back(node("part", text));
                          job.add_children(std::move(parts));
                          return Outcome::wait_for_children();
                      }
                      std::string all;
                      for (const auto& child : job.children()) all += child.result;
                      return all + " " + std::to_string(job.attempt());
                  });
    worker.start();
    Queue batch("batch", connection);
    const std::string id = batch.add_job("work", "");
    CHECK(batch.wait_result(id, 20s).result == "x!y!z! 1");
    CHECK(batch.get_job(id).attempts_made == 1);
}

TEST_CASE("a failed child is read by a parent that goes on", "[client][flow][R13]") {
    TestBroker broker;
    const Connection connection = broker.connect();
    Worker worker({.queues = {"p", "c"}, .connection = broker.connect(), .concurrency = 2},
                  [](JobContext& job) -> Outcome {
                      if (job.queue() == "c") return Outcome::fail("no " + job.payload());
                      const auto children = job.children();
                      return std::string(to_string(children.at(0).kind)) + ": " +
                             children.at(0).failed_reason;
                  });
    FlowJob child = node("c", "network");
    child.on_child_failure = OnChildFailure::Ignore;
    const AddedFlow added = FlowProducer(connection).add_flow(node("p", "", {std::move(child)}));
    worker.start();
    CHECK(Queue("p", connection).wait_result(added.id, 20s).result == "failed: no network");
}

TEST_CASE("jobs that follow are added with the end of the one before", "[client][flow][R13]") {
    TestBroker broker;
    const Connection connection = broker.connect();
    Worker worker({.queues = {"first", "second", "third"}, .connection = broker.connect()},
                  [](JobContext& job) -> Outcome {
                      if (job.queue() == "first")
                          return Outcome::complete("1").then("second", {"work", job.payload() + "a", {.id = "middle"}});
                      if (job.queue() == "second")
                          return Outcome::fail("broke").then("third", {"work", job.payload() + "b", {.id = "last"}});
                      return job.payload() + "c";
                  });
    Queue first("first", connection);
    const std::string id = first.add_job("work", "0");
    worker.start();
    CHECK(first.wait_result(id, 20s).result == "1");
    // Each is there as soon as the one before has ended.
    CHECK(Queue("second", connection).wait_result("middle", 20s).failed_reason == "broke");
    CHECK(Queue("third", connection).wait_result("last", 20s).result == "0abc");
}

TEST_CASE("while there is no room for a job that follows the worker keeps the one before, and tries again",
          "[client][flow][R13]") {
    TestBroker broker;
    const Connection connection = broker.connect();
    Admin admin(connection);
    Queue full("full", connection);
    QueueSettings settings;
    settings.waiting_max = 1;
    admin.set_settings("full", settings);
    const std::string in_the_way = full.add_job("work", "");
    std::promise<void> ended;
    Worker worker({.queues = {"q"}, .connection = broker.connect(), .lease = 1s}, [&](JobContext&) -> Outcome {
        ended.set_value();
        return Outcome::complete("done").then("full", {"work", "next", {.id = "next"}});
    });
    Queue queue("q", connection);
    const std::string id = queue.add_job("work", "");
    worker.start();
    ended.get_future().wait();
    CHECK(error_of([&] { queue.wait_result(id, 2'500ms); }).code == Code::Timeout);
    CHECK(queue.get_job(id).stalls == 0);  // Its lease was renewed all the while.
    full.remove_job(in_the_way);
    CHECK(queue.wait_result(id, 20s).result == "done");
    CHECK(full.get_job("next").payload == "next");
}

TEST_CASE("a job that follows and can never be added makes the attempt fail", "[client][flow][R13]") {
    TestBroker broker;
    const Connection connection = broker.connect();
    Worker worker({.queues = {"q"}, .connection = broker.connect()}, [](JobContext&) -> Outcome {
        return Outcome::complete("done").then("next", {"not a name"});
    });
    Queue queue("q", connection);
    worker.start();
    const JobResult result = queue.add_and_wait("work", "", {}, 20s);
    CHECK(result.outcome == JobResult::Outcome::Failed);
    CHECK_THAT(result.failed_reason, Catch::Contains("a job that follows"));
}

TEST_CASE("every job of a flow is told to the hook for tracing, which may complete its headers",
          "[client][flow][R13][R17b]") {
    struct Tracer : Telemetry {
        struct Span : AddSpan {
            explicit Span(Tracer& the_tracer) : tracer(the_tracer) {}
            void end(const AddEnd& end) override {
                const std::lock_guard lock(tracer.mutex);
                tracer.ids.push_back(end.error ? "refused" : end.id);
                if (tracer.ids.size() == 3) tracer.all.set_value();
            }
            Tracer& tracer;
        };
        std::unique_ptr<AddSpan> add(const std::string& queue, const std::string&,
                                     std::map<std::string, std::string>& headers) override {
            headers["traceparent"] = "of " + queue;
            return std::make_unique<Span>(*this);
        }
        std::mutex mutex;
        std::vector<std::string> ids;
        std::promise<void> all;
    };
    TestBroker broker;
    const auto tracer = std::make_shared<Tracer>();
    const Connection connection({.server = broker.server(), .telemetry = tracer});
    const AddedFlow added =
        FlowProducer(connection).add_flow(node("p", "", {node("c", "", {node("d", "")})}));
    tracer->all.get_future().wait();
    const auto& child = added.children.at(0);
    CHECK(tracer->ids == std::vector<std::string>{added.id, child.id, child.children.at(0).id});
    const Job job = Queue("d", connection).get_job(child.children.at(0).id);
    CHECK(job.options.headers.at("traceparent") == "of d");
}

TEST_CASE("a job taken by hand has children too", "[client][flow][R13][R26a]") {
    TestBroker broker;
    const Connection connection = broker.connect();
    Queue queue("p", connection);
    const std::string id = queue.add_job("work", "");
    Puller parents({.queues = {"p"}, .connection = connection});
    Puller children({.queues = {"c"}, .connection = connection});
    auto parent = parents.take(5s);
    REQUIRE(parent);
    CHECK(parent->add_children({node("c", "1")}).size() == 1);
    parent->finish(Outcome::wait_for_children());
    CHECK(error_of([&] { parent->add_children({node("c", "2")}); }).code == Code::StaleLease);
    auto child = children.take(5s);
    REQUIRE(child);
    child->complete("one");
    parent = parents.take(5s);
    REQUIRE(parent);
    CHECK(parent->job().children_ended == 1);
    CHECK(parent->children_page().children.at(0).result == "one");
    parent->complete();
    CHECK(queue.get_job(id).state == JobState::Completed);
}

TEST_CASE("a flow that cannot be added is refused before it is sent, or by the broker, with its place",
          "[client][flow][R13]") {
    TestBroker broker;
    const FlowProducer flows(broker.connect());
    FlowProducer producer = flows;
    const Error local = error_of([&] { producer.add_flow(node("p", "", {node("c", ""), node("no queue", "")})); });
    CHECK(local.code == Code::InvalidArgument);
    CHECK_THAT(local.message, Catch::Contains("job 2 of the flow: queue"));
    FlowJob deep = node("q", "");
    for (int i = 0; i < 64; ++i) deep = node("q", "", {std::move(deep)});
    CHECK(error_of([&] { producer.add_flow(deep); }).code == Code::TooLarge);
    FlowJob known = node("p", "");
    known.options.id = "known";
    producer.add_flow(known);
    CHECK(error_of([&] { producer.add_flow(known); }).code == Code::AlreadyExists);
    CHECK(error_of([&] { producer.get_flow("p", "none"); }).code == Code::NotFound);
    CHECK(error_of([&] { producer.get_children("p", "none"); }).code == Code::NotFound);
}
