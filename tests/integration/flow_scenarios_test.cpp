// Flows as their users tell them: each policy for a failed child, and a broker that dies in the middle (R13, R34).
#include <swarmq/admin.h>
#include <swarmq/flow_producer.h>
#include <swarmq/puller.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;

namespace {

// An order that waits for its payment and its parcel. The payment fails, as its policy says; the parcel goes well.
struct Order {
    explicit Order(TestBroker& the_broker, OnChildFailure policy)
        : broker(the_broker), connection(broker.connect()), orders("orders", connection) {
        FlowJob order{.queue = "orders", .name = "deliver"};
        order.children.push_back({.queue = "payments", .name = "charge", .on_child_failure = policy});
        order.children.push_back({.queue = "parcels", .name = "pack"});
        added = FlowProducer(connection).add_flow(std::move(order));
    }

    TakenJob take(const std::string& queue) {
        Puller puller({.queues = {queue}, .connection = connection});
        auto taken = puller.take(10s);
        REQUIRE(taken);
        return *taken;
    }
    JobState state() { return orders.get_job(added.id).state; }
    void pack() { take("parcels").complete("parcel 7"); }
    void charge() { take("payments").fail("card refused"); }
    // How the children ended, as the order sees it.
    std::vector<std::string> seen(const TakenJob& order) {
        std::vector<std::string> texts;
        for (const auto& child : TakenJob(order).children_page().children)
            texts.push_back(child.name + " " + std::string(to_string(child.kind)));
        return texts;
    }
    // The broker dies and comes back; what was done holds.
    void crash() {
        broker.kill();
        broker.start();
    }

    TestBroker& broker;
    Connection connection;
    Queue orders;
    AddedFlow added;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("flow with each policy: a failed child fails its parent by default, and the rest goes on",
          "[integration][flow][R13]") {
    TestBroker broker;
    Order order(broker, OnChildFailure::FailParent);
    order.crash();
    order.charge();
    const JobResult result = order.orders.wait_result(order.added.id, 10s);
    CHECK(result.failure_kind == FailureKind::Dependency);
    CHECK_THAT(result.failed_reason, Catch::Contains(order.added.children[0].id));
    order.crash();
    order.pack();
    CHECK(order.state() == JobState::Failed);
    // The card is good again: the payment is retried, and with it the order waits again.
    CHECK(Admin(order.connection).retry("payments", {order.added.children[0].id}).changed == 1);
    CHECK(order.state() == JobState::WaitingChildren);
    order.take("payments").complete("paid");
    const auto taken = order.take("orders");
    CHECK(order.seen(taken) == Texts{"charge completed", "pack completed"});
}

TEST_CASE("flow with each policy: a parent that continues runs at once", "[integration][flow][R13]") {
    TestBroker broker;
    Order order(broker, OnChildFailure::ContinueParent);
    order.charge();
    order.crash();
    const auto taken = order.take("orders");
    CHECK(taken.job().children_pending == 1);
    CHECK(order.seen(taken) == Texts{"charge failed"});
    TakenJob(taken).complete();
    order.pack();
    CHECK(order.state() == JobState::Completed);
}

TEST_CASE("flow with each policy: an ignored failure counts as an end", "[integration][flow][R13]") {
    TestBroker broker;
    Order order(broker, OnChildFailure::Ignore);
    order.charge();
    CHECK(order.state() == JobState::WaitingChildren);
    order.crash();
    order.pack();
    CHECK(order.seen(order.take("orders")) == Texts{"charge failed", "pack completed"});
}

TEST_CASE("flow with each policy: a removed dependency is as if it had not been", "[integration][flow][R13]") {
    TestBroker broker;
    Order order(broker, OnChildFailure::RemoveDependency);
    order.pack();
    order.crash();
    order.charge();
    const auto taken = order.take("orders");
    CHECK(order.seen(taken) == Texts{"charge removed", "pack completed"});
    CHECK(order.orders.get_job(order.added.id).children->removed == 1);
}

TEST_CASE("flow: an order that is taken back takes along what has not ended", "[integration][flow][R9][R13]") {
    TestBroker broker;
    Order order(broker, OnChildFailure::FailParent);
    const auto parcel = order.take("parcels");
    order.orders.remove_job(order.added.id);
    CHECK(Queue("payments", order.connection).get_metrics().waiting == 0);
    CHECK_THROWS_AS(TakenJob(parcel).complete(), SwarmqError);
}

TEST_CASE("flow: children that are added at run time, with the broker killed in between",
          "[integration][flow][R13][R34]") {
    TestBroker broker;
    const Connection connection = broker.connect();
    Queue pages("books", connection);
    Worker worker({.queues = {"books", "pages"}, .connection = broker.connect(), .concurrency = 2},
                  [](JobContext& job) -> Outcome {
                      if (job.queue() == "pages") return job.payload() + " read";
                      if (job.children_ended() + job.children_pending() == 0) {
                          FlowJob page{.queue = "pages", .name = "read", .payload = "page 1"};
                          page.options.id = job.id() + "-1";
                          job.add_child(std::move(page));
                          return Outcome::wait_for_children();
                      }
                      return job.children().at(0).result;
                  });
    const std::string id = pages.add_job("read", "", {.attempts = 3, .max_stalled = 10});
    worker.start();
    broker.kill();
    broker.start();
    CHECK(pages.wait_result(id, 30s).result == "page 1 read");
}
