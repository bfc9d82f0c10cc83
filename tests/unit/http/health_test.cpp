// Who is alive, who is ready, and why not.
#include "http/health.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::http;

TEST_CASE("a loop that does not answer is neither alive nor ready", "[http][R30]") {
    CHECK(live_reply(nullptr).status == 503);
    CHECK(ready_reply(nullptr).status == 503);
    CHECK(live_reply(nullptr).body.find("stands still") != std::string::npos);
}

TEST_CASE("a commit that does not end is told by both pages", "[http][R30]") {
    Snapshot snapshot;
    snapshot.commit_age_ms = 30'000;
    CHECK(live_reply(&snapshot).status == 200);
    snapshot.commit_age_ms = 30'001;
    CHECK(live_reply(&snapshot).status == 503);
    CHECK(ready_reply(&snapshot).body.find("30001 ms") != std::string::npos);
}

TEST_CASE("every reason not to be ready has its line, and none makes the daemon less alive",
          "[http][R30]") {
    Snapshot snapshot;
    CHECK(ready_reply(&snapshot).status == 200);
    snapshot.has_failed = true;
    snapshot.facts.is_draining = true;
    snapshot.add_refusal = "7 MiB free";
    const Reply reply = ready_reply(&snapshot);
    CHECK(reply.status == 503);
    CHECK(reply.body == "store failed: nothing is acknowledged, a restart recovers\n"
                        "draining: the daemon stops\n"
                        "disk low: 7 MiB free\n");
    CHECK(live_reply(&snapshot).status == 200);
}

TEST_CASE("a daemon that recovers lives and is not ready", "[http][R30]") {
    CHECK(live_while_recovering().status == 200);
    CHECK(ready_while_recovering(12).status == 503);
    CHECK(ready_while_recovering(12).body == "recovering: 12 rows read\n");
}
