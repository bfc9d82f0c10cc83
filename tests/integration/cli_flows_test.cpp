// `swarm flow`, word for word against a real daemon.
#include "integration/swarm_program.h"

#include <swarmq/puller.h>
#include <swarmq/testing.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

using swarmq::testing::TestBroker;
using namespace swarmq::test;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

constexpr const char* kFlow = R"({"queue":"reports","name":"monthly","id":"r1","payload":{"month":5},
  "children":[{"queue":"pdf","id":"a","payload":"a.pdf"},
              {"queue":"pdf","id":"b","on_child_failure":"ignore"}]})";

}  // namespace

TEST_CASE("a flow is added from a file, shown as a tree, and its children's ends are listed",
          "[cli][R13][R28]") {
    TestBroker broker;
    const auto& server = broker.server();
    const Ended added = swarm(server, {"flow", "add", "-"}, kFlow);
    REQUIRE(added.exit_code == 0);
    CHECK(added.out == "r1\n");
    CHECK(has(added.err, "a flow of 3 jobs was added to queue reports"));

    const Ended shown = swarm(server, {"flow", "show", "reports", "r1"});
    CHECK(shown.out == "r1  reports/monthly  waiting-children  2 pending\n"
                       "├─ a  pdf/pdf  waiting\n"
                       "└─ b  pdf/pdf  waiting  [ignore]\n");
    CHECK(has(swarm(server, {"queue", "list", "reports", "--state", "waiting-children"}).out, "r1"));
    const Ended parent = swarm(server, {"queue", "status", "reports", "r1"});
    CHECK(has(parent.out, "children    2 pending\n"));
    const Ended child = swarm(server, {"queue", "status", "pdf", "b"});
    CHECK(has(child.out, "parent      r1 of queue reports, when this job fails: ignore\n"));

    swarmq::Puller puller({.queues = {"pdf"}, .connection = broker.connect()});
    puller.take(5s)->complete("text of a");
    puller.take(5s)->fail("no such file");
    const Ended ends = swarm(server, {"flow", "children", "reports", "r1"});
    CHECK(has(ends.out, "text of a"));
    CHECK(has(ends.out, "no such file"));
    const Ended lines = swarm(server, {"flow", "children", "reports", "r1", "--json"});
    const auto first = json::parse(lines.out.substr(0, lines.out.find('\n'))).as_object();
    CHECK(first.at("id") == "a");
    CHECK(first.at("outcome") == "completed");
    CHECK(first.at("result") == "text of a");

    const Ended tree = swarm(server, {"flow", "show", "pdf", "b", "--root", "--json"});
    const auto object = json::parse(tree.out).as_object();
    const auto& nodes = object.at("nodes").as_array();
    REQUIRE(nodes.size() == 3);
    CHECK(nodes[0].at("state") == "waiting");
    CHECK(nodes[0].at("children").at("failed") == 1);
    CHECK(nodes[2].at("failure_kind") == "error");
    CHECK(nodes[2].at("parent") == 0);
}

TEST_CASE("what is wrong with a flow file is said with its place", "[cli][R13][R28]") {
    TestBroker broker;
    const auto refused = [&](const std::string& text) {
        const Ended ended = swarm(broker.server(), {"flow", "add", "-"}, text);
        CHECK(ended.exit_code == 64);
        return ended.err;
    };
    CHECK(has(refused("{"), "is no JSON"));
    CHECK(has(refused(R"({"name":"x"})"), "queue: is missing"));
    CHECK(has(refused(R"({"queue":"p","children":[{"queue":"c","prioritiy":1}]})"),
              "children[0]: unknown key 'prioritiy'; did you mean 'priority'?"));
    CHECK(has(refused(R"([{"queue":"p"},{"queue":"p","on_child_failure":"explode"}])"),
              "flows[1]: on_child_failure: 'explode' is none of"));
    CHECK(has(refused(R"({"queue":"p","children":{}})"), "children: must be a list"));
    const Ended twice = swarm(broker.server(), {"flow", "add", "-"}, std::string("[") + kFlow + "," + kFlow + "]");
    CHECK(twice.exit_code == 1);
    CHECK(has(twice.err, "the id of an earlier job"));
    CHECK(swarm(broker.server(), {"flow", "show", "reports", "r1"}).exit_code == 3);
}
