// A broker that stood still itself blames no worker for it.
#include <catch2/catch.hpp>

#include <signal.h>

#include "support/daemon_process.h"
#include "support/raw_client.h"

using namespace swarmq;

TEST_CASE("leases outlive a daemon that was stopped for longer than they last", "[protocol][R21]") {
    test::DaemonProcess daemon({"--dev"});
    test::RawClient client(daemon.port());
    client.greet();
    v1::Envelope add;
    add.mutable_add_jobs()->set_queue("q");
    add.mutable_add_jobs()->add_jobs()->set_name("work");
    client.call(add);
    v1::Envelope take;
    take.mutable_take()->add_queues("q");
    take.mutable_take()->set_lease_ms(1'000);
    const auto job = client.call(take).take_result().jobs(0);
    daemon.signal(SIGSTOP);
    CHECK_FALSE(client.is_closed_within(std::chrono::milliseconds(3'500)));
    daemon.signal(SIGCONT);
    v1::Envelope finish;
    v1::FinishItem& item = *finish.mutable_finish()->add_items();
    item.set_queue("q");
    item.set_id(job.id());
    item.set_token(job.token());
    item.mutable_complete()->set_result("late, but not lost");
    CHECK(client.call(finish).finish_result().statuses(0).code() == v1::CODE_UNSPECIFIED);
}
