// Who is told what, from where on, and what happens to those who do not read.
#include "broker/watchers.h"

#include "engine/recovery.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace swarmq;
using namespace swarmq::broker;
using engine::EventKind;

namespace {

class ReadingPort : public Port {
  public:
    void deliver(const engine::Delivery&, const std::vector<storage::DeliverableJob>&) override {}
    void notify(const engine::Notice&) override {}
    void push_events(const EventBatch& batch) override {
        ++pushes;
        truncated += batch.is_truncated ? 1 : 0;
        after = batch.after;
        for (const LoggedEvent* const logged : batch.events)
            told.push_back(std::to_string(batch.subscription) + ":" + logged->event.text);
        if (room > 0) --room;
    }
    bool has_room() const override { return room > 0; }
    void turn_is_durable(TurnNumber) override {}
    void flush() override {}
    void taken_over() override {}
    void store_failed() override {}

    std::vector<std::string> take() { return std::exchange(told, {}); }

    int room = 1'000'000;
    int pushes = 0;
    int truncated = 0;
    std::uint64_t after = 0;
    std::vector<std::string> told;
};

using Told = std::vector<std::string>;

engine::EngineOptions options() {
    engine::EngineOptions made;
    made.epoch = Epoch{1};
    return made;
}

struct Fixture {
    engine::Engine engine{options()};
    Watchers watchers{engine};
    std::shared_ptr<ReadingPort> port = std::make_shared<ReadingPort>();
    std::shared_ptr<ReadingPort> other = std::make_shared<ReadingPort>();

    Fixture() { engine.recovery().finish(); }

    void publish(const std::string& queue, const std::string& text,
                 EventKind kind = EventKind::Added, const std::string& id = "a") {
        std::vector<engine::Event> events(1);
        events[0].kind = kind;
        events[0].queue = queue;
        events[0].id = id;
        events[0].text = text;
        watchers.publish(std::move(events));
    }
    void publish_many(const std::string& queue, int count) {
        std::vector<engine::Event> events(static_cast<std::size_t>(count));
        for (auto& event : events) {
            event.kind = EventKind::Added;
            event.queue = queue;
        }
        watchers.publish(std::move(events));
    }
    Watchers::Begun watch(const std::shared_ptr<ReadingPort>& by, WatchRequest request) {
        const auto begun = watchers.watch(by, std::move(request));
        REQUIRE(begun);
        return *begun;
    }
};

WatchRequest request(std::uint32_t subscription, const std::string& queue) {
    WatchRequest made;
    made.subscription = subscription;
    made.queue = queue;
    return made;
}

}  // namespace

TEST_CASE("each watch gets what it asked for: a queue, all, one job, some kinds",
          "[broker][events][R11]") {
    Fixture it;
    it.watch(it.port, request(1, "q"));
    it.watch(it.port, request(2, ""));
    WatchRequest of_job = request(3, "q");
    of_job.id = "a";
    it.watch(it.port, of_job);
    WatchRequest of_kind = request(4, "q");
    of_kind.kinds = 1U << static_cast<unsigned>(EventKind::Failed);
    it.watch(it.port, of_kind);
    it.publish("q", "one");
    it.publish("q", "two", EventKind::Failed, "b");
    it.publish("r", "three");
    auto told = it.port->take();
    std::sort(told.begin(), told.end());
    CHECK(told == Told{"1:one", "1:two", "2:one", "2:three", "2:two", "3:one", "4:two"});
}

TEST_CASE("who stopped hears nothing more", "[broker][events][R11]") {
    Fixture it;
    it.watch(it.port, request(1, "q"));
    REQUIRE(it.watchers.stop(it.port.get(), 1, 0));
    it.publish("q", "one");
    CHECK(it.port->take().empty());
    CHECK(it.watchers.stop(it.port.get(), 1, 0).error().code == Code::NotFound);
    it.watch(it.port, request(1, "q"));
    it.watchers.stop_all(it.port.get(), 0);
    CHECK(it.watchers.size() == 0);
}

TEST_CASE("who comes back with a cursor gets the gap in order", "[broker][events][R11]") {
    Fixture it;
    it.watch(it.port, request(1, "q"));
    it.publish("q", "one");
    const std::uint64_t cursor = it.port->after;
    it.watchers.stop_all(it.port.get(), 0);
    it.publish("q", "two");
    it.publish("other", "not wanted");
    it.publish("q", "three");
    WatchRequest again = request(7, "q");
    again.after = cursor;
    const auto begun = it.watch(it.other, again);
    CHECK_FALSE(begun.is_truncated);
    CHECK(begun.after == cursor);
    CHECK(it.other->told.empty());  // The answer goes first.
    it.watchers.go_on(it.other.get());
    it.publish("q", "four");
    CHECK(it.other->take() == Told{"7:two", "7:three", "7:four"});
}

TEST_CASE("a queue is watched on for five minutes after its last watch", "[broker][events][R11]") {
    Fixture it;
    it.watch(it.port, request(1, "q"));
    it.publish("q", "one");
    const std::uint64_t cursor = it.port->after;
    it.watchers.stop_all(it.port.get(), 1'000);
    it.watchers.advance(1'000 + kWatchLingersMs - 1);
    CHECK(it.watchers.keeps("q"));
    it.publish("q", "two");
    it.watchers.advance(1'000 + kWatchLingersMs);
    CHECK_FALSE(it.watchers.keeps("q"));
    WatchRequest again = request(1, "q");
    again.after = cursor;
    const auto begun = it.watch(it.port, again);
    CHECK(begun.is_truncated);
    CHECK(begun.after == 2);
    // Somebody who comes in between keeps it watched from then on.
    it.watchers.stop_all(it.port.get(), 1'000'000);
    it.watch(it.port, request(1, "q"));
    it.watchers.stop_all(it.port.get(), 1'200'000);
    it.watchers.advance(1'000'000 + kWatchLingersMs);
    CHECK(it.watchers.keeps("q"));
    it.watchers.advance(1'200'000 + kWatchLingersMs);
    CHECK_FALSE(it.watchers.keeps("q"));
}

TEST_CASE("a cursor of another boot gets what is there, and the mark", "[broker][events][R11]") {
    Fixture it;
    it.watch(it.port, request(1, "q"));
    it.publish("q", "one");
    WatchRequest again = request(1, "q");
    again.is_from_another_boot = true;
    const auto begun = it.watch(it.other, again);
    CHECK(begun.is_truncated);
    CHECK(begun.after == 0);
    it.watchers.go_on(it.other.get());
    CHECK(it.other->take() == Told{"1:one"});
}

TEST_CASE("a slow reader goes on from the log, and stops nobody", "[broker][events][R11][R36]") {
    Fixture it;
    it.watch(it.port, request(1, "q"));
    it.watch(it.other, request(1, "q"));
    it.port->room = 0;
    it.publish("q", "one");
    it.publish("q", "two");
    CHECK(it.port->take().empty());
    CHECK(it.other->take() == Told{"1:one", "1:two"});
    it.port->room = 10;
    it.watchers.go_on(it.port.get());
    CHECK(it.port->take() == Told{"1:one", "1:two"});
    CHECK(it.port->truncated == 0);
    it.publish("q", "three");
    CHECK(it.port->take() == Told{"1:three"});
}

TEST_CASE("a reader slower than the log gets a mark, then what is left", "[broker][events][R11][R36]") {
    Fixture it;
    it.watch(it.port, request(1, "q"));
    it.port->room = 0;
    it.publish_many("q", 100'000);
    CHECK(it.watchers.log().size() <= 65'536);
    CHECK(it.port->told.empty());
    it.port->room = 1;  // One batch, and no more room.
    it.watchers.go_on(it.port.get());
    CHECK(it.port->truncated == 1);
    CHECK(it.port->told.size() == 1'000);
    it.port->room = 1'000;
    it.watchers.go_on(it.port.get());
    CHECK(it.port->truncated == 1);
    CHECK(it.port->told.size() == it.watchers.log().size());
    CHECK(it.port->after == 100'000);
}

TEST_CASE("a watch of much does not starve a watch of little on the same connection",
          "[broker][events][R11]") {
    Fixture it;
    it.watch(it.port, request(1, "busy"));
    it.watch(it.port, request(2, "quiet"));
    it.port->room = 0;
    it.publish_many("busy", 20'000);
    it.publish("quiet", "hello");
    it.port->room = 2;
    it.watchers.go_on(it.port.get());
    const auto told = it.port->take();
    CHECK(std::count(told.begin(), told.end(), "2:hello") == 1);
}

TEST_CASE("a watch that much passes by is told its cursor", "[broker][events][R11]") {
    Fixture it;
    WatchRequest rare = request(1, "q");
    rare.kinds = 1U << static_cast<unsigned>(EventKind::Failed);
    it.watch(it.port, rare);
    it.publish_many("q", 9'000);
    CHECK(it.port->pushes == 0);
    it.publish_many("q", 2'000);
    CHECK(it.port->pushes == 1);
    CHECK(it.port->told.empty());
    CHECK(it.port->after == 11'000);
}

TEST_CASE("watch requests are checked", "[broker][events][R11][R36]") {
    Fixture it;
    const auto code = [&](const WatchRequest& asked) {
        const auto begun = it.watchers.watch(it.port, asked);
        return begun ? Code::Ok : begun.error().code;
    };
    CHECK(code(request(0, "q")) == Code::InvalidArgument);
    CHECK(code(request(1, "not a name")) == Code::InvalidArgument);
    WatchRequest of_job = request(1, "");
    of_job.id = "a";
    CHECK(code(of_job) == Code::InvalidArgument);
    WatchRequest ahead = request(1, "q");
    ahead.after = 1;
    CHECK(code(ahead) == Code::InvalidArgument);
    CHECK(code(request(1, "q")) == Code::Ok);
    CHECK(code(request(1, "q")) == Code::AlreadyExists);
    for (std::uint32_t i = 2; i <= kWatchesPerPortMax; ++i) CHECK(code(request(i, "q")) == Code::Ok);
    CHECK(code(request(1'000, "q")) == Code::TooManyInflight);
}

TEST_CASE("queues that only linger give way to those that are asked for", "[broker][events][R11][R36]") {
    Fixture it;
    for (int i = 0; i < 10'000; ++i) {
        it.watch(it.port, request(1, "q" + std::to_string(i)));
        REQUIRE(it.watchers.stop(it.port.get(), 1, i));
    }
    it.watch(it.port, request(1, "new"));
    CHECK_FALSE(it.watchers.keeps("q0"));
    CHECK(it.watchers.keeps("q1"));
}
