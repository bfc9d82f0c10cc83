// Answers to numbered requests, kept for resends.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

// What a broker does with a numbered add: look, do, remember.
Answer add_numbered(EngineHarness& harness, const std::string& client, std::uint64_t number) {
    if (const Answer* const known = harness.engine().find_answer(client, number)) return *known;
    const auto answer = harness.engine().add_jobs({"q", {job(), job()}});
    REQUIRE(answer);
    harness.engine().remember_answer(client, number, *answer);
    return *answer;
}

}  // namespace

TEST_CASE("a resent add gets its first answer and adds nothing", "[engine][R12]") {
    EngineHarness harness;
    const auto first = add_numbered(harness, "client", 1);
    CHECK(add_numbered(harness, "client", 1) == first);
    harness.turn();
    CHECK(add_numbered(harness, "client", 1) == first);
    CHECK(harness.engine().job_count() == 2);
    CHECK_FALSE(add_numbered(harness, "other", 1) == first);
}

TEST_CASE("a resend is recognised after a crash", "[engine][R12][R34]") {
    EngineHarness harness;
    const auto first = add_numbered(harness, "client", 1);
    const auto second = add_numbered(harness, "client", 2);
    harness.turn();
    harness.restart(500'000);
    CHECK(add_numbered(harness, "client", 1) == first);
    CHECK(add_numbered(harness, "client", 2) == second);
    CHECK(harness.engine().job_count() == 4);
}

TEST_CASE("one row holds a client's answers of one turn and goes when all were received",
          "[engine][R12]") {
    EngineHarness harness;
    for (std::uint64_t number = 1; number <= 6; ++number) {
        add_numbered(harness, "client", number);
        if (number % 3 == 0) harness.turn();
    }
    CHECK(harness.disk().answer_rows() == 2);
    harness.engine().forget_answers("client", 2);
    harness.turn();
    CHECK(harness.disk().answer_rows() == 2);
    CHECK(harness.engine().find_answer("client", 2) == nullptr);
    CHECK(harness.engine().find_answer("client", 3) != nullptr);
    harness.engine().forget_answers("client", 3);
    harness.turn();
    CHECK(harness.disk().answer_rows() == 1);
    harness.engine().forget_answers("client", 6);
    harness.turn();
    CHECK(harness.disk().answer_rows() == 0);
}

TEST_CASE("answers go ten minutes after the client's last use", "[engine][R12][R36]") {
    EngineHarness harness;
    add_numbered(harness, "client", 1);
    harness.turn();
    harness.pass(kAnswersKeptMs / 2);
    add_numbered(harness, "client", 2);
    harness.turn();
    harness.pass(kAnswersKeptMs - 1);
    CHECK(harness.engine().find_answer("client", 1) != nullptr);
    harness.pass(1);
    CHECK(harness.engine().find_answer("client", 1) == nullptr);
    CHECK(harness.disk().answer_rows() == 0);
}

TEST_CASE("a client that was forgotten and comes back begins anew", "[engine][R12]") {
    EngineHarness harness;
    add_numbered(harness, "client", 1);
    harness.turn();
    harness.pass(kAnswersKeptMs);
    add_numbered(harness, "client", 2);
    harness.turn();
    CHECK(harness.engine().find_answer("client", 2) != nullptr);
    CHECK(harness.disk().answer_rows() == 1);
}

TEST_CASE("whoever has the place of a forgotten client has none of its answers", "[engine][R12]") {
    EngineHarness harness;
    add_numbered(harness, "client", 1);
    harness.turn();
    harness.pass(kAnswersKeptMs);
    CHECK(harness.engine().find_answer("client", 1) == nullptr);
    const auto others = add_numbered(harness, "other", 1);
    harness.turn();
    CHECK(harness.engine().find_answer("client", 1) == nullptr);
    REQUIRE(harness.engine().find_answer("other", 1) != nullptr);
    CHECK(*harness.engine().find_answer("other", 1) == others);
}

TEST_CASE("answers are found whatever the order of their numbers", "[engine][R12]") {
    EngineHarness harness;
    const auto seventh = add_numbered(harness, "client", 7);
    harness.turn();
    const auto fifth = add_numbered(harness, "client", 5);
    harness.turn();
    const auto sixth = add_numbered(harness, "client", 6);
    harness.turn();
    SECTION("as they came") {}
    SECTION("after a restart") { harness.restart(); }
    CHECK(add_numbered(harness, "client", 5) == fifth);
    CHECK(add_numbered(harness, "client", 6) == sixth);
    CHECK(add_numbered(harness, "client", 7) == seventh);
    CHECK(harness.engine().find_answer("client", 8) == nullptr);
}

TEST_CASE("an answer received within its own turn leaves no row for good", "[engine][R12]") {
    EngineHarness harness;
    add_numbered(harness, "client", 1);
    harness.engine().forget_answers("client", 1);
    harness.turn();
    add_numbered(harness, "client", 2);
    harness.turn();
    harness.engine().forget_answers("client", 2);
    harness.turn();
    CHECK(harness.disk().answer_rows() == 0);
}
