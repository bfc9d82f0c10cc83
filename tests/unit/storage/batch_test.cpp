// The flat form of batches.
#include "batch.h"

#include <catch2/catch.hpp>

#include <string>

using namespace swarmq;
using namespace swarmq::storage;

namespace {

// The operations as text, one a line.
class Listing : public Batch::Visitor {
  public:
    void put(Table table, std::string_view key, std::string_view value) override {
        add("put", table, key, value);
    }
    void erase(Table table, std::string_view key) override { add("erase", table, key, ""); }
    void erase_range(Table table, std::string_view from, std::string_view to) override {
        add("range", table, from, to);
    }
    std::string text;

  private:
    void add(const char* what, Table table, std::string_view a, std::string_view b) {
        text += what + std::to_string(static_cast<int>(table)) + ' ';
        text.append(a).append(":").append(b).append("\n");
    }
};

std::string list(const Batch& batch) {
    Listing listing;
    batch.visit(listing);
    return listing.text;
}

Batch example() {
    Batch batch;
    batch.put(Table::Main, "key", "value");
    batch.put(Table::Large, "key", std::string(300, 'x'));
    batch.erase(Table::Large, "");
    batch.erase_range(Table::Main, "a", "b");
    return batch;
}

}  // namespace

TEST_CASE("a batch reads back from its bytes", "[storage][R38]") {
    const Batch batch = example();
    CHECK(batch.operations() == 4);
    const auto read = Batch::from_bytes(batch.bytes());
    REQUIRE(read.ok());
    CHECK(read->operations() == 4);
    CHECK(read->bytes() == batch.bytes());
    CHECK(list(*read) ==
          "put0 key:value\nput1 key:" + std::string(300, 'x') + "\nerase1 :\nrange0 a:b\n");
}

TEST_CASE("the bytes of a batch are those the format page shows", "[storage]") {
    Batch batch;
    batch.put(Table::Main, "k", "vv");
    batch.erase(Table::Large, "k");
    batch.erase_range(Table::Main, "a", "c");
    CHECK(batch.bytes() == std::string("\x00\x01k\x02vv\x11\x01k\x20\x01"
                                       "a\x01"
                                       "c",
                                       14));
}

TEST_CASE("a cleared batch is empty", "[storage]") {
    Batch batch = example();
    batch.clear();
    CHECK(batch.empty());
    CHECK(batch.bytes().empty());
    CHECK(list(batch).empty());
    CHECK(Batch::from_bytes("")->empty());
}

TEST_CASE("bytes that are no batch are refused", "[storage]") {
    const std::string good = example().bytes();
    std::size_t whole = 0;
    for (std::size_t size = 0; size < good.size(); ++size)
        whole += Batch::from_bytes(good.substr(0, size)).ok();
    CHECK(whole == 4);  // Only where an operation ends, or nothing is there.
    for (const std::string bad : {"\x30\x01k", "\x12\x01k", "\x10\x05k",
                                  "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}) {
        const auto read = Batch::from_bytes(bad);
        REQUIRE_FALSE(read.ok());
        CHECK(read.code() == Code::InvalidArgument);
        CHECK(read.error().detail.find("offset 0") != std::string::npos);
    }
}
