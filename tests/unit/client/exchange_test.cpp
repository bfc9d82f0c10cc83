// The conversation without a socket: what is sent, in which order, under which numbers.
#include "exchange.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "wire/frame.h"

using namespace swarmq;

namespace {

const SteadyTime kStart{std::chrono::hours(1)};

SteadyTime at(int ms) { return kStart + std::chrono::milliseconds(ms); }

v1::Limits limits() {
    v1::Limits limits;
    limits.set_requests_in_flight_max(1'024);
    limits.set_waits_in_flight_max(10);
    limits.set_jobs_per_request_max(1'000);
    return limits;
}

// Of a broker that takes a queue for each job.
v1::Limits limits_with_mixed() {
    v1::Limits mixed = limits();
    mixed.set_queues_per_add_max(1'000);
    return mixed;
}

std::vector<v1::Envelope> frames_of(Exchange& exchange) {
    std::string bytes;
    exchange.fill(bytes);
    std::vector<v1::Envelope> frames;
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const auto frame = wire::front_frame(rest, wire::kFrameBytesMax);
        REQUIRE(frame.kind == wire::FrontFrame::Kind::Whole);
        REQUIRE(frames.emplace_back().ParseFromArray(frame.body.data(),
                                                     static_cast<int>(frame.body.size())));
        rest.remove_prefix(frame.bytes);
    }
    return frames;
}

struct Ends {
    std::vector<std::string> ids;
    std::vector<Code> codes;
};

SingleAdd add(const std::string& queue, const std::string& name, Ends& ends) {
    SingleAdd add;
    add.queue = queue;
    add.job = std::make_unique<v1::NewJob>();
    add.job->set_name(name);
    add.submitted = at(0);
    add.deadline = at(15'000);
    add.bytes = 100;
    add.done = [&ends](Result<AddedJob> result) {
        if (result.ok()) {
            ends.ids.push_back(result->id);
        } else {
            ends.codes.push_back(result.error().code);
        }
    };
    return add;
}

std::unique_ptr<Request> get(Ends& ends, Request::Kind kind = Request::Kind::Read) {
    auto request = std::make_unique<Request>();
    request->kind = kind;
    request->submitted = at(0);
    request->deadline = at(15'000);
    request->envelope.mutable_get_job()->set_id("x");
    request->done = [&ends](const Result<v1::Envelope*>& result) {
        if (result.ok()) {
            ends.ids.push_back("answered");
        } else {
            ends.codes.push_back(result.error().code);
        }
    };
    return request;
}

void answer(Exchange& exchange, const v1::Envelope& request, const std::string& prefix) {
    v1::Envelope answer;
    answer.set_id(request.id());
    for (int i = 0; i < request.add_jobs().jobs_size(); ++i) {
        answer.mutable_add_jobs_result()->add_jobs()->set_id(prefix + std::to_string(i));
    }
    exchange.answer(answer);
}

void refuse_as_invalid(Exchange& exchange, const v1::Envelope& request) {
    v1::Envelope refusal;
    refusal.set_id(request.id());
    refusal.mutable_status()->set_code(v1::CODE_INVALID_ARGUMENT);
    exchange.answer(refusal);
}

}  // namespace

TEST_CASE("adds to one queue that wait together travel in one frame", "[client][R2]") {
    Exchange exchange({});
    Ends ends;
    for (const char* name : {"a", "b", "c"}) exchange.submit(add("q", name, ends));
    exchange.submit(add("other", "d", ends));
    exchange.link_up(limits());
    const auto frames = frames_of(exchange);
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].add_jobs().queue() == "q");
    CHECK(frames[0].add_jobs().jobs_size() == 3);
    CHECK(frames[1].add_jobs().queue() == "other");
    answer(exchange, frames[0], "id-");
    CHECK(ends.ids == std::vector<std::string>{"id-0", "id-1", "id-2"});
    CHECK_FALSE(exchange.is_idle());
    answer(exchange, frames[1], "other-");
    CHECK(exchange.is_idle());
}

TEST_CASE("adds to many queues leave together, a frame for each queue, within the broker's window",
          "[client][R2]") {
    Exchange exchange({});
    Ends ends;
    exchange.link_up(limits());
    for (int job = 0; job < 2'000; ++job) {
        exchange.submit(add("q" + std::to_string(job % 100), std::to_string(job), ends));
    }
    std::vector<v1::Envelope> frames = frames_of(exchange);
    REQUIRE(frames.size() == 200);  // What is long enough for one write leaves, and what is left behind it.
    for (std::size_t i = 0; i < 100; ++i) {
        const v1::AddJobs& adds = frames[i].add_jobs();
        CHECK(adds.queue() == "q" + std::to_string(i));
        REQUIRE(adds.jobs_size() > 10);
        CHECK(adds.jobs(1).name() == std::to_string(100 + i));
    }
    int jobs = 0;
    for (const v1::Envelope& frame : frames) jobs += frame.add_jobs().jobs_size();
    CHECK(jobs == 2'000);
    CHECK_FALSE(exchange.is_full());

    Exchange narrow({});
    v1::Limits few = limits();
    few.set_requests_in_flight_max(20);
    narrow.link_up(few);
    for (int job = 0; job < 50; ++job) narrow.submit(add("q" + std::to_string(job), "n", ends));
    CHECK(frames_of(narrow).size() == 10);
    CHECK(narrow.is_full());
}

TEST_CASE("adds to many queues travel in one frame where the broker knows such", "[client][R2]") {
    Exchange exchange({});
    Ends ends;
    exchange.link_up(limits_with_mixed());
    for (const char* queue : {"a", "a", "b", "a", "c"}) exchange.submit(add(queue, queue, ends));
    auto frames = frames_of(exchange);
    REQUIRE(frames.size() == 1);
    const v1::AddJobs& adds = frames[0].add_jobs();
    CHECK(adds.independent());
    CHECK(adds.queue().empty());
    REQUIRE(adds.queues_size() == 5);
    for (int i = 0; i < 5; ++i) CHECK(adds.jobs(i).name() == adds.queues(i));
    answer(exchange, frames[0], "id-");
    CHECK(ends.ids == std::vector<std::string>{"id-0", "id-1", "id-2", "id-3", "id-4"});

    for (int i = 0; i < 3; ++i) exchange.submit(add("a", "a", ends));
    frames = frames_of(exchange);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].add_jobs().queue() == "a");
    CHECK(frames[0].add_jobs().queues_size() == 0);
    answer(exchange, frames[0], "id-");

    for (int i = 0; i < 1'500; ++i) exchange.submit(add("q" + std::to_string(i), "n", ends));
    frames = frames_of(exchange);
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].add_jobs().jobs_size() == 1'000);
    CHECK(frames[1].add_jobs().queues(499) == "q1499");
}

TEST_CASE("of adds that travel together each has an answer of its own", "[client][R2][R3]") {
    Exchange exchange({});
    Ends ends;
    exchange.link_up(limits_with_mixed());
    for (const char* queue : {"a", "full", "b"}) exchange.submit(add(queue, queue, ends));
    const auto frames = frames_of(exchange);
    REQUIRE(frames.size() == 1);
    v1::Envelope answer;
    answer.set_id(frames[0].id());
    auto& result = *answer.mutable_add_jobs_result();
    result.add_jobs()->set_id("id-0");
    result.add_jobs()->mutable_status()->set_code(v1::CODE_QUEUE_FULL);
    result.add_jobs()->set_id("id-2");
    exchange.answer(answer);
    CHECK(ends.ids == std::vector<std::string>{"id-0", "id-2"});
    CHECK(ends.codes == std::vector<Code>{Code::QueueFull});
    CHECK(exchange.is_idle());
}

TEST_CASE("a frame of many queues is sent again as it was, and of an older broker each queue's adds by themselves",
          "[client][R2][R17]") {
    Exchange exchange({});
    Ends ends;
    exchange.link_up(limits_with_mixed());
    for (const char* queue : {"a", "b", "a"}) exchange.submit(add(queue, queue, ends));
    const auto first = frames_of(exchange);
    REQUIRE(first.size() == 1);
    exchange.link_down(at(0));
    exchange.link_up(limits());
    const auto again = frames_of(exchange);
    REQUIRE(again.size() == 1);
    CHECK(again[0].id() == first[0].id());
    CHECK(again[0].add_jobs().SerializeAsString() == first[0].add_jobs().SerializeAsString());
    refuse_as_invalid(exchange, again[0]);  // It misses the queue.
    const auto single = frames_of(exchange);
    REQUIRE(single.size() == 3);
    for (const auto& frame : single) {
        CHECK_FALSE(frame.add_jobs().independent());
        CHECK(frame.add_jobs().queue() == frame.add_jobs().jobs(0).name());
        answer(exchange, frame, frame.add_jobs().queue());
    }
    CHECK(ends.ids == std::vector<std::string>{"a0", "b0", "a0"});
    CHECK(exchange.is_idle());
    CHECK(exchange.unsent_bytes() == 0);

    v1::Limits few = limits();
    few.set_queues_per_add_max(10);  // Fewer than jobs: a frame could have too many.
    Exchange other({});
    other.link_up(few);
    for (const char* queue : {"a", "b"}) other.submit(add(queue, queue, ends));
    CHECK(frames_of(other).size() == 2);
}

TEST_CASE("a lone add leaves at once, and a question does not overtake the adds before it",
          "[client][R2]") {
    Exchange exchange({});
    Ends ends;
    exchange.link_up(limits());
    exchange.submit(add("q", "a", ends));
    CHECK(frames_of(exchange).size() == 1);
    exchange.submit(add("q", "b", ends));
    exchange.submit(get(ends));
    exchange.submit(add("q", "c", ends));
    const auto frames = frames_of(exchange);
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].add_jobs().jobs(0).name() == "b");
    CHECK(frames[1].has_get_job());
    CHECK(frames[2].add_jobs().jobs(0).name() == "c");
}

TEST_CASE("one bad job in a shared frame does not refuse the others", "[client][R2]") {
    Exchange exchange({});
    Ends ends;
    exchange.link_up(limits());
    for (const char* name : {"good", "bad", "fine"}) exchange.submit(add("q", name, ends));
    const auto shared = frames_of(exchange);
    REQUIRE(shared.size() == 1);
    refuse_as_invalid(exchange, shared[0]);
    CHECK(ends.ids.empty());

    const auto single = frames_of(exchange);
    REQUIRE(single.size() == 3);
    for (const auto& frame : single) REQUIRE(frame.add_jobs().jobs_size() == 1);
    answer(exchange, single[0], "good-");
    refuse_as_invalid(exchange, single[1]);
    answer(exchange, single[2], "fine-");
    CHECK(ends.ids == std::vector<std::string>{"good-0", "fine-0"});
    CHECK(ends.codes == std::vector<Code>{Code::InvalidArgument});
}

TEST_CASE("unanswered changes are sent again first, in order, under their numbers; questions get new ones",
          "[client][R17]") {
    Exchange exchange({});
    Ends ends;
    exchange.link_up(limits());
    exchange.submit(add("q", "first", ends));
    const auto first = frames_of(exchange);
    exchange.submit(get(ends));
    const auto question = frames_of(exchange);
    exchange.submit(add("q", "second", ends));
    const auto second = frames_of(exchange);
    exchange.link_down(at(0));
    exchange.submit(add("q", "third", ends));

    exchange.link_up(limits());
    const auto again = frames_of(exchange);
    REQUIRE(again.size() == 4);
    CHECK(again[0].id() == first[0].id());
    CHECK(again[0].add_jobs().jobs(0).name() == "first");
    CHECK(again[1].id() == second[0].id());
    CHECK(again[2].has_get_job());
    CHECK(again[2].id() > second[0].id());
    CHECK(again[3].id() > again[2].id());
    CHECK(ends.codes.empty());
}

TEST_CASE("answered_up_to rises over what was answered and stops before the first gap", "[client][R17]") {
    Exchange exchange({});
    Ends ends;
    exchange.link_up(limits());
    exchange.submit(add("q", "a", ends));
    const auto a = frames_of(exchange);
    exchange.submit(add("q", "b", ends));
    const auto b = frames_of(exchange);
    answer(exchange, b[0], "b");
    exchange.submit(add("q", "c", ends));
    const auto c = frames_of(exchange);
    CHECK(c[0].answered_up_to() == a[0].id() - 1);
    answer(exchange, a[0], "a");
    exchange.submit(add("q", "d", ends));
    CHECK(frames_of(exchange)[0].answered_up_to() == b[0].id());
}

TEST_CASE("a change whose answer is lost is unknown, what was never sent is unavailable", "[client][R17]") {
    Exchange exchange({std::chrono::milliseconds(3'000)});
    Ends sent;
    Ends unsent;
    exchange.link_up(limits());
    exchange.submit(add("q", "sent", sent));
    REQUIRE(frames_of(exchange).size() == 1);
    exchange.link_down(at(1'000));
    exchange.submit(add("q", "unsent", unsent));
    exchange.expire(at(3'999));
    CHECK(unsent.codes.empty());
    exchange.expire(at(4'000));
    CHECK(unsent.codes == std::vector<Code>{Code::Unavailable});
    CHECK(sent.codes.empty());
    exchange.expire(at(15'000));
    CHECK(sent.codes == std::vector<Code>{Code::Unknown});
    CHECK(exchange.is_idle());
    CHECK(exchange.unsent_bytes() == 0);
}

TEST_CASE("an answer that comes after its request was given up changes nothing", "[client][R17]") {
    Exchange exchange({});
    Ends ends;
    exchange.link_up(limits());
    exchange.submit(get(ends));
    const auto frames = frames_of(exchange);
    exchange.expire(at(15'000));
    CHECK(ends.codes == std::vector<Code>{Code::Timeout});
    v1::Envelope late;
    late.set_id(frames[0].id());
    exchange.answer(late);
    CHECK(ends.ids.empty());
}

TEST_CASE("requests keep to the broker's window, and urgent ones pass it", "[client][R21]") {
    Exchange exchange({});
    Ends ends;
    v1::Limits small = limits();
    small.set_requests_in_flight_max(4);
    exchange.link_up(small);
    for (int i = 0; i < 10; ++i) exchange.submit(get(ends));
    CHECK(frames_of(exchange).size() == 2);
    auto beat = get(ends, Request::Kind::Once);
    beat->is_urgent = true;
    exchange.submit(std::move(beat));
    CHECK(frames_of(exchange).size() == 1);
}
