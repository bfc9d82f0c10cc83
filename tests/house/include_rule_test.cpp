// Proves that an include in the wrong direction is found.
#include "house/include_rule.h"

#include <catch2/catch.hpp>

namespace swarmq::house {
namespace {

struct Sample {
    const char* path;
    const char* line;
};

IncludeRule rule() {
    return IncludeRule({"proto/swarmq/v1/job.proto", "proto/wire/frame.h", "storage/store.h",
                        "storage/model/job.h", "server/engine/engine.h", "server/broker/broker.h",
                        "server/api/router.h", "server/net/session.h", "server/base/asio.h",
                        "client/include/swarmq/job.h", "client/src/asio.h", "client/cli/table.h",
                        "tests/support/daemon.h"});
}

TEST_CASE("an include against the direction of the layers is found", "[house]") {
    const Sample bad[] = {
        {"storage/model/a.h", "#include \"engine/engine.h\""},
        {"storage/model/a.h", "#include \"store.h\""},
        {"storage/a.cpp", "#include \"engine/engine.h\""},
        {"storage/a.cpp", "#include \"swarmq/v1/job.pb.h\""},
        {"server/engine/a.cpp", "#include \"store.h\""},
        {"server/engine/a.cpp", "#include \"broker/broker.h\""},
        {"server/broker/a.cpp", "#include \"api/router.h\""},
        {"server/broker/a.cpp", "#include \"swarmq/v1/job.pb.h\""},
        {"server/net/a.cpp", "#include \"swarmq/v1/job.pb.h\""},
        {"server/api/a.cpp", "#include \"net/session.h\""},
        {"server/daemon.cpp", "#include \"swarmq/v1/job.pb.h\""},
        {"server/daemon.cpp", "#include \"support/daemon.h\""},
        {"server/daemon.cpp", "#include <swarmq/job.h>"},
        {"client/src/a.cpp", "#include \"model/job.h\""},
        {"client/src/a.cpp", "#include \"base/asio.h\""},
        {"client/include/swarmq/a.h", "#include \"swarmq/v1/job.pb.h\""},
        {"client/include/swarmq/a.h", "#include \"client/src/asio.h\""},
        {"client/cli/a.cpp", "#include \"store.h\""},
    };
    for (const Sample& sample : bad) {
        INFO(sample.path << ' ' << sample.line);
        CHECK(rule().check({sample.path, sample.line}).size() == 1);
    }
}

TEST_CASE("the command may include the public headers of the library, and nothing else of the broker or of it",
          "[house][R32]") {
    CHECK(rule().check({"client/cli/a.cpp", "#include <swarmq/job.h>"}).empty());
    for (const char* name : {"\"asio.h\"", "\"client/src/asio.h\"", "\"swarmq/v1/job.pb.h\"", "\"store.h\"",
                             "\"engine/engine.h\"", "\"broker/broker.h\"", "\"wire/frame.h\"",
                             "<google/protobuf/message.h>", "<rocksdb/db.h>"}) {
        INFO(name);
        CHECK(rule().check({"client/cli/a.cpp", std::string("#include ") + name}).size() == 1);
    }
}

TEST_CASE("a library where a layer is free of it is found", "[house]") {
    const Sample bad[] = {
        {"server/engine/a.cpp", "#include <boost/asio/post.hpp>"},
        {"server/engine/a.cpp", "#include <chrono>"},
        {"server/engine/a.cpp", "#include <fmt/format.h>"},
        {"storage/model/a.h", "#include <google/protobuf/message.h>"},
        {"storage/memory_store.cpp", "#include <rocksdb/db.h>"},
        {"storage/rocks_store.h", "#include <rocksdb/db.h>"},
        {"server/daemon.cpp", "#include <rocksdb/db.h>"},
        {"client/include/swarmq/a.h", "#include <boost/asio/post.hpp>"},
        {"client/include/swarmq/a.h", "#include <google/protobuf/message.h>"},
    };
    for (const Sample& sample : bad) {
        INFO(sample.path << ' ' << sample.line);
        CHECK(rule().check({sample.path, sample.line}).size() == 1);
    }
}

TEST_CASE("includes along the layers pass", "[house]") {
    const Sample good[] = {
        {"server/engine/a.cpp", "#include \"engine/engine.h\"\n#include \"model/job.h\""},
        {"server/broker/a.cpp", "#include \"store.h\"\n#include <mutex>"},
        {"server/api/convert.cpp", "#include \"swarmq/v1/job.pb.h\""},
        {"server/net/a.cpp", "#include \"wire/frame.h\"\n#include \"api/router.h\""},
        {"storage/rocks_store.cpp", "#include <rocksdb/db.h>\n#include \"store.h\""},
        {"client/src/a.cpp", "#include \"asio.h\"\n#include \"swarmq/v1/job.pb.h\""},
        {"client/cli/a.cpp", "#include \"table.h\"\n#include <swarmq/job.h>"},
        {"tests/integration/a_test.cpp", "#include \"store.h\"\n#include \"support/daemon.h\""},
    };
    for (const Sample& sample : good) {
        INFO(sample.path << ' ' << sample.line);
        CHECK(to_text(rule().check({sample.path, sample.line})) == "");
    }
}

}  // namespace
}  // namespace swarmq::house
