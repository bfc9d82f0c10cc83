// Rows in memory above those in tables: what may be forgotten, and what must stay as an erasure.
#include "row_window.h"

#include <catch2/catch.hpp>

using namespace swarmq::storage;

TEST_CASE("a row that comes and goes in a window leaves nothing, unless an older one may lie below",
          "[storage]") {
    RowWindow window;
    window.put(Table::Main, "aab1", "value");
    window.put(Table::Main, "aab2", "value");
    const std::size_t bytes = window.bytes();
    window.put(Table::Main, "aab3", "value");
    window.erase(Table::Main, "aab3", false);
    CHECK(window.bytes() == bytes);
    CHECK(window.find(Table::Main, "aab3") == nullptr);

    window.erase(Table::Main, "aab2", true);
    window.erase(Table::Main, "aab0", true);
    window.erase(Table::Main, "aab9", false);
    REQUIRE(window.find(Table::Main, "aab2"));
    CHECK_FALSE(window.find(Table::Main, "aab2")->has_value());
    REQUIRE(window.find(Table::Main, "aab0"));
    CHECK(window.find(Table::Main, "aab9") == nullptr);
    CHECK(window.rows(Table::Main).size() == 3);
    CHECK(window.rows(Table::Large).empty());

    window.put(Table::Main, "aab0", "again");
    CHECK(**window.find(Table::Main, "aab0") == "again");
}

TEST_CASE("the newest key is known by table and prefix, also of rows that have gone", "[storage]") {
    RowWindow window;
    window.put(Table::Main, "aab5", "value");
    window.erase(Table::Main, "aab5", false);
    window.put(Table::Main, "aac1", "value");
    window.put(Table::Large, "aab7", "value");
    const auto newest = NewestKeys::decode(window.newest().encode());
    REQUIRE(newest);
    CHECK_FALSE(newest->is_newer(Table::Main, "aab5"));
    CHECK(newest->is_newer(Table::Main, "aab6"));
    CHECK_FALSE(newest->is_newer(Table::Main, "aac0"));
    CHECK_FALSE(newest->is_newer(Table::Large, "aab6"));
    CHECK(newest->is_newer(Table::Large, "aac0"));

    NewestKeys merged;
    merged.note(Table::Main, "aab9");
    merged.merge(*newest);
    CHECK_FALSE(merged.is_newer(Table::Main, "aab9"));
    CHECK_FALSE(merged.is_newer(Table::Main, "aac1"));
    CHECK_FALSE(NewestKeys::decode(std::string_view{"\0\5abc", 5}));
    CHECK_FALSE(NewestKeys::decode(std::string_view{"\7\1a", 3}));
}

TEST_CASE("a part of a window is copied, unless it is too large", "[storage]") {
    RowWindow window;
    for (int i = 0; i < 10; ++i) window.put(Table::Main, "key" + std::to_string(i), "value");
    const auto part = window.copy(Table::Main, "key2", "key5", 3, 100);
    REQUIRE(part);
    CHECK(part->rows(Table::Main).size() == 3);
    CHECK(part->find(Table::Main, "key5") == nullptr);
    CHECK(window.copy(Table::Main, "key2", "key6", 3, 100) == nullptr);
    CHECK(window.copy(Table::Main, "key2", "key5", 3, 1) == nullptr);
}
