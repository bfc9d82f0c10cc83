// Flows on the wire: adding, looking, children of a running job, follow-ups.
#include "support/daemon_process.h"
#include "support/requests.h"
#include "support/temporary_directory.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace swarmq;
using namespace swarmq::test;

namespace {

struct Broker {
    TemporaryDirectory directory;
    DaemonProcess daemon{{"--data-dir", directory.path(), "--disk-reserve", "0"}};
};

// One more job for the flow; `parent` below 0: none.
v1::FlowJob& flow_job(v1::Envelope& request, const std::string& queue, const std::string& name,
                      int parent = -1) {
    v1::FlowJob& job = *request.mutable_add_flow()->add_jobs();
    job.set_queue(queue);
    job.mutable_job()->set_name(name);
    job.mutable_job()->set_payload(name);
    if (parent >= 0) job.set_parent(static_cast<std::uint32_t>(parent));
    return job;
}

// A parent in queue p and two children in queue c.
v1::Envelope family() {
    v1::Envelope request;
    flow_job(request, "p", "parent");
    flow_job(request, "c", "first", 0);
    flow_job(request, "c", "second", 0).set_on_child_failure(v1::ON_CHILD_FAILURE_IGNORE);
    return request;
}

v1::Envelope children_of(RawClient& client, const std::string& id, std::uint32_t limit = 0,
                         const std::string& cursor = "") {
    v1::Envelope request;
    request.mutable_get_children()->set_queue("p");
    request.mutable_get_children()->set_id(id);
    request.mutable_get_children()->set_limit(limit);
    request.mutable_get_children()->set_cursor(cursor);
    return client.call(request);
}

v1::Code code_of(const v1::Envelope& answer) {
    return answer.status().code();
}

void hold(v1::Envelope& request, const v1::DeliveredJob& job) {
    v1::HeldJob& parent = *request.mutable_add_flow()->mutable_parent();
    parent.set_queue(job.queue());
    parent.set_id(job.id());
    parent.set_token(job.token());
}

v1::Status wait_for_children(RawClient& client, const v1::DeliveredJob& job) {
    v1::Envelope request;
    finish_item(request, job).mutable_wait_for_children();
    return client.call(request).finish_result().statuses(0);
}

}  // namespace

TEST_CASE("a flow is added, shown and read, also after kill -9 of the daemon",
          "[protocol][flow][R13][R34]") {
    TemporaryDirectory directory;
    std::vector<std::string> ids;
    {
        DaemonProcess daemon({"--data-dir", directory.path(), "--disk-reserve", "0"});
        RawClient client(daemon.port());
        client.greet();
        const auto answer = client.call(family());
        REQUIRE(answer.add_flow_result().ids_size() == 3);
        ids.assign(answer.add_flow_result().ids().begin(), answer.add_flow_result().ids().end());
        CHECK(metrics(client, "p").waiting_children() == 1);
        CHECK(get_job(client, "p", ids[0]).state() == v1::JOB_STATE_WAITING_CHILDREN);
        CHECK(complete(client, take(client, "c").jobs(0), std::string(10'000, 'r')) ==
              v1::CODE_UNSPECIFIED);
        daemon.kill();
    }
    DaemonProcess daemon({"--data-dir", directory.path(), "--disk-reserve", "0"});
    RawClient client(daemon.port());
    client.greet();
    const auto job = get_job(client, "p", ids[0]);
    CHECK(job.children().pending() == 1);
    CHECK(job.children().completed() == 1);
    const auto child = get_job(client, "c", ids[2]);
    CHECK(child.parent().id() == ids[0]);
    CHECK(child.on_child_failure() == v1::ON_CHILD_FAILURE_IGNORE);
    CHECK(fail(client, take(client, "c").jobs(0), "broke") == v1::CODE_UNSPECIFIED);

    v1::Envelope tree;
    tree.mutable_get_flow()->set_queue("c");
    tree.mutable_get_flow()->set_id(ids[1]);
    tree.mutable_get_flow()->set_from_root(true);
    const auto shown = client.call(tree).flow_tree();
    REQUIRE(shown.nodes_size() == 3);
    CHECK(shown.nodes(0).state() == v1::JOB_STATE_WAITING);
    CHECK_FALSE(shown.nodes(0).has_parent());
    CHECK(shown.nodes(2).parent() == 0);
    CHECK(shown.nodes(2).failure_kind() == v1::FAILURE_KIND_ERROR);

    const auto parent = take(client, "p").jobs(0);
    CHECK(parent.children_ended() == 2);
    const auto all = children_of(client, ids[0]).get_children_result();
    REQUIRE(all.children_size() == 2);
    CHECK(all.children(0).result() == std::string(10'000, 'r'));
    CHECK(all.children(0).kind() == v1::ChildOutcome::KIND_COMPLETED);
    CHECK(all.children(1).failed_reason() == "broke");
    CHECK(all.children(1).id() == ids[2]);
    CHECK(complete(client, parent, "") == v1::CODE_UNSPECIFIED);
}

TEST_CASE("the outcomes of children come in pages that fit a frame", "[protocol][flow][R13][R36]") {
    Broker broker;
    RawClient client(broker.daemon.port());
    client.greet();
    v1::Envelope request;
    flow_job(request, "p", "parent");
    for (int i = 0; i < 5; ++i) flow_job(request, "c", "child", 0);
    const std::string id = client.call(request).add_flow_result().ids(0);
    const std::string large(900'000, 'x');
    for (int i = 0; i < 5; ++i) complete(client, take(client, "c").jobs(0), large);
    std::string cursor;
    std::vector<std::uint32_t> indexes;
    int pages = 0;
    do {
        const auto page = children_of(client, id, 0, cursor).get_children_result();
        for (const auto& child : page.children()) {
            CHECK(child.result().size() == large.size());
            indexes.push_back(child.index());
        }
        cursor = page.next_cursor();
        ++pages;
    } while (!cursor.empty());
    CHECK(indexes == std::vector<std::uint32_t>{0, 1, 2, 3, 4});
    CHECK(pages == 3);
    CHECK(children_of(client, id, 2).get_children_result().next_cursor() == "2");
    CHECK(code_of(children_of(client, id, 1'001)) == v1::CODE_INVALID_ARGUMENT);
    CHECK(code_of(children_of(client, id, 0, "x")) == v1::CODE_INVALID_ARGUMENT);
    CHECK(code_of(children_of(client, "none")) == v1::CODE_NOT_FOUND);
}

TEST_CASE("a flow that is sent again after a lost connection is added once",
          "[protocol][flow][R12][R13]") {
    Broker broker;
    v1::Envelope request = family();
    request.set_id(7);
    std::string first;
    {
        RawClient client(broker.daemon.port());
        client.greet("producer");
        first = client.call(request).add_flow_result().ids(0);
    }
    RawClient client(broker.daemon.port());
    client.greet("producer");
    const auto again = client.call(request).add_flow_result();
    REQUIRE(again.ids_size() == 3);
    CHECK(again.ids(0) == first);
    CHECK(metrics(client, "c").added_total() == 2);
}

TEST_CASE("a wrong job of a flow is named and none is added", "[protocol][flow][R13]") {
    Broker broker;
    RawClient client(broker.daemon.port());
    client.greet();
    v1::Envelope request = family();
    request.mutable_add_flow()->mutable_jobs(2)->mutable_job()->set_name("not a name");
    const auto answer = client.call(request);
    CHECK(code_of(answer) == v1::CODE_INVALID_ARGUMENT);
    CHECK_THAT(answer.status().message(), Catch::Contains("jobs[2]: name"));
    request = family();
    request.mutable_add_flow()->mutable_jobs(1)->set_on_child_failure(
        static_cast<v1::OnChildFailure>(260));
    CHECK_THAT(client.call(request).status().message(),
               Catch::Contains("jobs[1]: on_child_failure"));
    request = family();
    request.mutable_add_flow()->mutable_jobs(1)->mutable_job()->set_id("known");
    CHECK(client.call(request).add_flow_result().ids(1) == "known");
    CHECK(code_of(client.call(request)) == v1::CODE_ALREADY_EXISTS);
    CHECK(metrics(client, "p").added_total() == 1);
}

TEST_CASE("a running job adds children and waits for them, with its lease as proof",
          "[protocol][flow][R13][R19][R22]") {
    Broker broker;
    RawClient client(broker.daemon.port());
    client.greet();
    const std::string id = add_one(client, "p", "x");
    const auto parent = take(client, "p").jobs(0);
    v1::Envelope request;
    flow_job(request, "c", "child");
    hold(request, parent);
    CHECK(client.call(request).add_flow_result().ids_size() == 1);
    request.mutable_add_flow()->mutable_parent()->set_token(1);
    CHECK(code_of(client.call(request)) == v1::CODE_STALE_LEASE);
    CHECK(wait_for_children(client, parent).code() == v1::CODE_UNSPECIFIED);
    CHECK(wait_for_children(client, parent).code() == v1::CODE_UNSPECIFIED);  // Again.
    CHECK(complete(client, parent, "") == v1::CODE_STALE_LEASE);
    CHECK(complete(client, take(client, "c").jobs(0), "done") == v1::CODE_UNSPECIFIED);
    const auto again = take(client, "p", 1, 10'000).jobs(0);
    CHECK(again.attempt() == 1);
    CHECK(again.children_ended() == 1);
    CHECK(complete(client, again, "") == v1::CODE_UNSPECIFIED);
    CHECK(get_job(client, "p", id).attempts_made() == 1);
}

TEST_CASE("a completion and its follow-ups are one step: all of it, or nothing",
          "[protocol][flow][R13]") {
    Broker broker;
    RawClient client(broker.daemon.port());
    client.greet();
    const std::string id = add_one(client, "q", "x");
    const auto job = take(client, "q").jobs(0);
    v1::Envelope request;
    v1::FinishItem& item = finish_item(request, job);
    item.mutable_complete()->set_result("done");
    for (const char* name : {"next", "not a name"}) {
        v1::FollowUp& follow_up = *item.add_follow_ups();
        follow_up.set_queue("then");
        follow_up.mutable_job()->set_name(name);
        follow_up.mutable_job()->set_payload("from " + id);
    }
    const auto refused = client.call(request).finish_result().statuses(0);
    CHECK(refused.code() == v1::CODE_INVALID_ARGUMENT);
    CHECK_THAT(refused.message(), Catch::Contains("follow_ups[1]: name"));
    CHECK(get_job(client, "q", id).state() == v1::JOB_STATE_ACTIVE);
    request.clear_id();
    request.mutable_finish()->mutable_items(0)->mutable_follow_ups()->RemoveLast();
    CHECK(client.call(request).finish_result().statuses(0).code() == v1::CODE_UNSPECIFIED);
    CHECK(get_job(client, "q", id).state() == v1::JOB_STATE_COMPLETED);
    CHECK(take(client, "then").jobs(0).payload() == "from " + id);
}

TEST_CASE("a flow is told as events: who waits for children, who goes on, who fails for one",
          "[protocol][flow][R11][R13]") {
    Broker broker;
    RawClient client(broker.daemon.port());
    client.greet();
    v1::Envelope watch;
    watch.mutable_watch_events()->set_subscription(1);
    watch.mutable_watch_events()->set_queue("p");
    client.call(watch);
    client.call(family());
    fail(client, take(client, "c").jobs(0), "broke");
    std::vector<v1::EventKind> kinds;
    std::string reason;
    while (kinds.empty() || kinds.back() != v1::EVENT_KIND_FAILED) {
        const auto push = client.receive_push();
        for (const auto& event : push.events().events()) {
            kinds.push_back(event.kind());
            reason = event.reason();
        }
    }
    CHECK(kinds == std::vector<v1::EventKind>{v1::EVENT_KIND_ADDED, v1::EVENT_KIND_WAITING_CHILDREN,
                                              v1::EVENT_KIND_FAILED});
    CHECK_THAT(reason, Catch::Contains("of queue \"c\" failed"));
}
