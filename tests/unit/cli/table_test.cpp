// What foreign bytes look like on a terminal.
#include "table.h"

#include <catch2/catch.hpp>

using namespace swarmq::cli;

TEST_CASE("foreign bytes cannot steer the terminal", "[cli][R28]") {
    CHECK(one_line("a\x1b[31mred\nb\tc", 80) == "a [31mred b c");
    CHECK(one_line("tail \n", 80) == "tail");
    CHECK(printable("a\nb\x07") == "a\nb ");
    CHECK(printable("\xc2\x9b"
                    "31m") == " 31m");
    CHECK(printable("bad \xff\xc3") == "bad ??");
    CHECK(printable("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
}

TEST_CASE("long text is cut at a character, and says so", "[cli][R28]") {
    CHECK(one_line("0123456789", 10) == "0123456789");
    CHECK(one_line("0123456789a", 10) == "0123456...");
    const std::string cut = one_line("\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 5);
    CHECK(cut == "\xc3\xbc\xc3\xbc...");
    CHECK(is_utf8(cut));
}

TEST_CASE("only well-formed text is UTF-8", "[cli][R28]") {
    CHECK(is_utf8(""));
    CHECK(is_utf8("\xf0\x9f\x98\x80"));
    for (const char* wrong : {"\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
                              "\xf4\x90\x80\x80", "\xf0\x9f\x98", "\xfe"}) {
        CHECK_FALSE(is_utf8(wrong));
    }
}

TEST_CASE("a table's last column is cut where the window ends, and lines end with their text",
          "[cli][R28]") {
    Table table({{"ID"}, {"JOBS", Align::Right}, {"DETAIL"}});
    table.row({"j1", "7", "something that is rather long"});
    table.row({"j22", "", ""});
    CHECK(table.lines(false) == std::vector<std::string>{"ID   JOBS  DETAIL",
                                                         "j1      7  something that is rather long",
                                                         "j22"});
    CHECK(table.lines(false, 25) ==
          std::vector<std::string>{"ID   JOBS  DETAIL", "j1      7  something t...", "j22"});
    // Never so short that nothing is left of it.
    CHECK(table.lines(false, 5)[1] == "j1      7  somethi...");
    Table two({{"NAME", Align::Left, 6}, {"ID"}, {"DETAIL"}});
    two.row({"a-long-name", "j22", "something that is rather long"});
    CHECK(two.lines(false, 30)[1] == "a-long-name  j22  something...");
    CHECK(two.lines(false, 24)[1] == "a-lo...  j22  somethi...");
    CHECK(two.lines(false, 10)[1] == "a-l...  j22  somethi...");
    CHECK(table.lines(true)[2] == "j22");
}
