// What completion proposes where no broker needs to be asked.
#include "candidates.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace swarmq::cli;

namespace {

std::vector<std::string> words_for(const std::vector<std::string>& typed) {
    std::vector<std::string> words;
    for (const Candidate& candidate : candidates(typed)) words.push_back(candidate.word);
    return words;
}

bool has(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

TEST_CASE("completion knows groups, verbs and options, and only those that begin as typed",
          "[cli][R28]") {
    CHECK(has(words_for({""}), "queue"));
    CHECK(has(words_for({""}), "doctor"));
    CHECK_FALSE(has(words_for({""}), "complete"));
    CHECK(words_for({"work"}) == std::vector<std::string>{"worker", "workers"});
    CHECK(has(words_for({"queue", ""}), "obliterate"));
    CHECK(words_for({"queue", "obl"}) == std::vector<std::string>{"obliterate"});
    CHECK(words_for({"queue", "obliterate", "q", "--dr"}) == std::vector<std::string>{"--dry-run"});
    CHECK(has(words_for({"doctor", "-"}), "--json"));
    CHECK(words_for({"nonsense", "x", ""}).empty());
    CHECK(words_for({}).empty());
}

TEST_CASE("completion knows the values of options and words, and is silent where files may stand",
          "[cli][R28]") {
    CHECK(words_for({"completion", ""}) == std::vector<std::string>{"bash", "zsh", "fish"});
    CHECK(words_for({"queue", "list", "q", "--state", "wai"}) ==
          std::vector<std::string>{"waiting", "waiting-children"});
    CHECK(words_for({"queue", "submit", "q", "--keep-failed", "f"}) ==
          std::vector<std::string>{"forever"});
    CHECK(words_for({"queue", "submit", "q", "--payload-file", ""}).empty());
    CHECK(words_for({"worker", "q", "--", "tr", ""}).empty());
    CHECK(words_for({"--server", ""}).empty());
    CHECK(words_for({"--server", "127.0.0.1:1", "queue", "obl"}) ==
          std::vector<std::string>{"obliterate"});
}

TEST_CASE("without a broker there are no names, and nobody waits long for them", "[cli][R28]") {
    CHECK(words_for({"--server", "127.0.0.1:1", "queue", "list", ""}).empty());
    CHECK(words_for({"--server", "nonsense", "queue", "list", ""}).empty());
}

TEST_CASE(
    "the name before a prefix sorts before everything that begins with it, and behind all else",
    "[cli][R28]") {
    CHECK(name_before("") == "");
    CHECK(name_before("-") == "");
    CHECK(name_before("a-") == "a");
    for (const std::string prefix : {"b", "emb", "A", "q:1", "a_"}) {
        const std::string before = name_before(prefix);
        CHECK(before < prefix);
        CHECK(before.size() == 128);
        CHECK(before.substr(0, prefix.size() - 1) == prefix.substr(0, prefix.size() - 1));
    }
}
