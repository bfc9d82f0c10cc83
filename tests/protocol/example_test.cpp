// The bytes that proto/README.md shows are what a broker takes and what it answers.
#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

#include "support/daemon_process.h"
#include "support/raw_client.h"
#include "wire/frame.h"

using namespace swarmq;

namespace {

// The hexadecimal block of this name, as bytes.
std::string example(const std::string& name) {
    std::ifstream page(SWARMQ_SOURCE_DIR "/proto/README.md");
    std::string line;
    while (std::getline(page, line) && line != "```" + name) {
    }
    std::string bytes;
    while (std::getline(page, line) && line != "```") {
        std::istringstream words(line);
        for (std::string word; words >> word;) bytes += static_cast<char>(std::stoi(word, nullptr, 16));
    }
    REQUIRE_FALSE(bytes.empty());
    return bytes;
}

}  // namespace

TEST_CASE("the worked example of the protocol page works byte for byte", "[protocol][R2][R32]") {
    test::DaemonProcess daemon({"--dev"});
    test::RawClient client(daemon.port());
    client.send_bytes(example("hello"));
    CHECK(client.answer_to(1).has_welcome());
    client.send_bytes(example("add_jobs"));
    std::string answer;
    wire::append_frame(client.answer_to(2), answer);
    CHECK(answer == example("add_jobs_result"));
    client.send_bytes(example("subscribe"));
    client.answer_to(3);
    client.send_bytes(example("grant"));
    const auto push = client.receive_push();
    REQUIRE(push.deliver().jobs_size() == 1);
    CHECK(push.deliver().jobs(0).payload() == "{\"n\":1}");
}
