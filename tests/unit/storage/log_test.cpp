// The log of a store: what is read back, and where it is said to end.
#include "rocks_log.h"
#include "rocks_log_reader.h"
#include "support/temporary_directory.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

namespace {

Position at(std::uint64_t sequence) {
    return sequence == 0 ? Position{} : Position{7, sequence};
}

struct WrittenLog {
    std::unique_ptr<RowLog> log(std::uint64_t newest = 0, InheritedLog inherited = {}) {
        return std::make_unique<RowLog>(files, directory.path(), newest, std::move(inherited));
    }
    // Batches first .. last of one byte each.
    void append(RowLog& log, std::uint64_t first, std::uint64_t last) const {
        for (std::uint64_t i = first; i <= last; ++i)
            REQUIRE(log.append(at(i - 1), at(i), std::string(1, static_cast<char>('a' + i))).ok());
        REQUIRE(log.sync().ok());
    }
    Result<LogContent> read(Position after = {}, LogTrust trust = LogTrust::EachSynced) {
        text.clear();
        return read_log(*files, directory.path(), after, trust,
                        [this](Position, std::string_view batch) -> Result<bool> {
                            text += batch;
                            return text.size() < most;
                        });
    }
    std::string path(int number) const {
        return directory.file("00000" + std::to_string(number) + ".rowlog");
    }
    // Of a closed file that begins with batch `first`: where the batch is.
    static std::streamoff place(std::uint64_t first, std::uint64_t batch) {
        return static_cast<std::streamoff>(44 + (batch - first) * 29);
    }
    void overwrite(int number, std::streamoff offset, const std::string& bytes) const {
        std::fstream file{path(number), std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(offset);
        file << bytes;
        REQUIRE(file.good());
    }

    TemporaryDirectory directory;
    std::shared_ptr<rocksdb::FileSystem> files = rocksdb::FileSystem::Default();
    std::string text;
    std::size_t most = 100;
};

// Three files: batches 1-3, 4-6, 7-9.
struct ThreeFiles : WrittenLog {
    std::unique_ptr<RowLog> written;
    ThreeFiles() {
        written = log();
        for (const std::uint64_t first : {1u, 4u, 7u}) {
            append(*written, first, first + 2);
            REQUIRE(written->rotate().ok());
        }
    }
};

}  // namespace

TEST_CASE("a log gives back the batches after a position, over all its files", "[storage][R34]") {
    ThreeFiles it;
    REQUIRE(it.read().ok());
    CHECK(it.text == "bcdefghij");
    const auto content = it.read(at(5));
    REQUIRE(content.ok());
    CHECK(it.text == "ghij");
    CHECK(content->last == at(9));
    CHECK(content->files.size() == 3);
    CHECK(content->files.at(2).last == at(6));
    CHECK(content->torn_bytes == 0);
    it.most = 2;
    REQUIRE(it.read(at(3)).ok());
    CHECK(it.text == "ef");
    CHECK(it.read(at(9))->last == at(9));
    CHECK(WrittenLog{}.read()->last == Position{});
}

TEST_CASE("files go when all they hold is elsewhere", "[storage][R34]") {
    ThreeFiles it;
    it.append(*it.written, 10, 11);
    CHECK(it.written->number() == 4);
    it.written->forget(at(5));
    CHECK_FALSE(std::filesystem::exists(it.path(1)));
    CHECK(std::filesystem::exists(it.path(2)));
    std::filesystem::remove(it.path(2));  // One that is gone already holds nothing up.
    it.written->forget(at(11));
    CHECK_FALSE(std::filesystem::exists(it.path(3)));
    CHECK(std::filesystem::exists(it.path(4)));  // It is being written.
    REQUIRE(it.read(at(9)).ok());
    CHECK(it.text == "kl");
    CHECK(it.read(at(5)).code() == Code::NotFound);
}

TEST_CASE("what a log inherits stays until it is written to, and is kept where it was damaged", "[storage][R34]") {
    ThreeFiles it;
    const bool is_set_aside = GENERATE(true, false);
    const auto log = it.log(3, {{"000001.rowlog", "000002.rowlog", "000003.rowlog"}, is_set_aside});
    CHECK(std::filesystem::exists(it.path(1)));
    it.append(*log, 10, 11);
    for (const int number : {1, 2, 3}) {
        CHECK_FALSE(std::filesystem::exists(it.path(number)));
        CHECK(std::filesystem::exists(it.path(number) + ".set-aside") == is_set_aside);
    }
    REQUIRE(it.read(at(9)).ok());
    CHECK(it.text == "kl");
}

TEST_CASE("a frame that is torn at the end of the log is passed over", "[storage][R34]") {
    ThreeFiles it;
    it.overwrite(3, WrittenLog::place(7, 9) + 20, "\x55\x55");
    const auto trust = GENERATE(LogTrust::EachSynced, LogTrust::SyncedLate);
    const auto content = it.read({}, trust);
    REQUIRE(content.ok());
    CHECK(it.text ==
          "bcdefgh"
          "i");
    CHECK(content->last == at(8));
    CHECK(content->torn_bytes == 29);
    {
        const auto log = it.log(3);
        REQUIRE(log->append(at(8), at(9), "X").ok());
        REQUIRE(log->append(at(9), at(10), "Y").ok());
    }
    REQUIRE(it.read({}, trust).ok());  // What was judged once stays so.
    CHECK(it.text == "bcdefghiXY");
}

TEST_CASE(
    "a frame that is not whole before others is damage, where each was synced before the next",
    "[storage][R34]") {
    ThreeFiles it;
    SECTION("in the last file") {
        it.overwrite(3, WrittenLog::place(7, 8) + 20, "\x55");
    }
    SECTION("the last of a file before others") {
        it.overwrite(2, WrittenLog::place(4, 6) + 20, "\x55");
    }
    SECTION("in a length") {
        it.overwrite(1, WrittenLog::place(1, 2), "\x01");
    }
    SECTION("the head of the last file") {
        it.overwrite(3, 3, "\x55");
    }
    SECTION("the head of a file before others") {
        it.overwrite(2, 30, "\x55");
    }
    SECTION("a file is missing") {
        std::filesystem::remove(it.path(2));
    }
    const auto content = it.read();
    REQUIRE_FALSE(content.ok());
    CHECK(content.error().is_damage);
    CHECK(content.error().detail.find("swarmqd repair") != std::string::npos);
    // Whoever has to live with it gets what is before.
    const auto salvaged = it.read({}, LogTrust::Salvage);
    REQUIRE(salvaged.ok());
    CHECK(salvaged->last < at(9));
    CHECK(std::string("bcdefghij").starts_with(it.text));
}

TEST_CASE("a log that was synced late counts up to its first torn frame, and files behind it go",
          "[storage][R34]") {
    ThreeFiles it;
    it.overwrite(2, WrittenLog::place(4, 5) + 20, "\x55");
    const auto content = it.read({}, LogTrust::SyncedLate);
    REQUIRE(content.ok());
    CHECK(it.text == "bcde");
    CHECK(content->last == at(4));
    CHECK(content->ruled_out == std::vector<std::string>{"000003.rowlog"});
    CHECK(content->files.count(3) == 0);
}

TEST_CASE("a log without its beginning is refused, but where it is salvaged", "[storage][R34]") {
    ThreeFiles it;
    std::filesystem::remove(it.path(1));
    CHECK(it.read().code() == Code::NotFound);
    CHECK(it.read(at(3)).ok());
    const auto salvaged = it.read({}, LogTrust::Salvage);
    REQUIRE(salvaged.ok());
    CHECK(it.text.empty());
    CHECK(salvaged->ruled_out.size() == 2);
}

TEST_CASE("a log of a newer program is not taken for an unfinished one", "[storage][R34]") {
    ThreeFiles it;
    it.overwrite(3, 8, std::string("\0\0\0\2", 4));
    CHECK(it.read().code() == Code::UnsupportedVersion);
}

TEST_CASE("an end that was judged in one way stays so when the log goes on from elsewhere", "[storage][R34]") {
    // Tables went further than what was left of the log: 7 and 8 are in them, and torn here.
    ThreeFiles it;
    it.overwrite(3, WrittenLog::place(7, 7) + 20, "\x55");
    const auto log = it.log(3);
    REQUIRE(log->append(at(9), at(10), "X").ok());
    REQUIRE(it.read(at(9)).ok());
    CHECK(it.text == "X");
}

TEST_CASE("a payload that looks like a later batch makes no damage of a torn end", "[storage][R34]") {
    WrittenLog it;
    std::string look_alike;
    {
        WrittenLog other;
        const auto log = other.log();
        REQUIRE(log->append(at(999'999), at(1'000'000), "far away").ok());
        REQUIRE(log->rotate().ok());
        std::ifstream file{other.path(1), std::ios::binary};
        look_alike = std::string(std::istreambuf_iterator<char>(file), {}).substr(44);
    }
    {
        const auto log = it.log();
        it.append(*log, 1, 3);
        REQUIRE(log->append(at(3), at(4), look_alike).ok());
    }
    it.overwrite(1, WrittenLog::place(1, 4) + 6, "\x55");
    const auto content = it.read();
    REQUIRE(content.ok());
    CHECK(content->last == at(3));
}

TEST_CASE("a file whose making was cut short is no part of the log", "[storage][R34]") {
    ThreeFiles it;
    std::ofstream{it.path(4)} << std::string(20, '\0');
    const auto content = it.read();
    REQUIRE(content.ok());
    CHECK(content->last == at(9));
    CHECK(content->ruled_out == std::vector<std::string>{"000004.rowlog"});
}
