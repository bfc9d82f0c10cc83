// What the embedding example computes, without a broker.
#include "generate_embedding/embedding.h"

#include "generate_embedding/compare.h"
#include "generate_embedding/jobs.h"
#include "generate_embedding/paragraphs.h"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>

namespace example {
namespace {

const std::string kWarranty =
    "There is no warranty for the program, to the extent permitted by law.";
const std::string kNoWarranty =
    "The program comes with no warranty, to the extent permitted by law.";
const std::string kSource = "You may convey verbatim copies of the source code as you receive it.";

EmbeddingResult result_of(std::size_t number, const std::string& text) {
    return {"text", number, text, embed(text)};
}

TEST_CASE("an embedding has length one, and the same text has the same one", "[examples]") {
    CHECK(cosine(embed(kWarranty), embed(kWarranty)) == Approx(1.0F));
    CHECK(embed(kWarranty) == embed(kWarranty));
    CHECK(embed("...") == Embedding{});
}

TEST_CASE("texts about the same thing are nearer than others", "[examples]") {
    const float near = cosine(embed(kWarranty), embed(kNoWarranty));
    const float far = cosine(embed(kWarranty), embed(kSource));
    CHECK(near > 0.7F);
    CHECK(far < near / 2);
}

TEST_CASE("a document is split at empty lines, and short pieces are left out", "[examples]") {
    const std::string long_line(kParagraphBytesMin, 'x');
    const auto paragraphs =
        split_paragraphs("doc", "Title\n\n" + kWarranty + "\n   again\n\t\n" + long_line);
    REQUIRE(paragraphs.size() == 1);
    CHECK(paragraphs[0].text == long_line);
    CHECK(paragraphs[0].number == 1);
    const auto joined = split_paragraphs("doc", kWarranty + "\n   " + kSource + "\n\n");
    REQUIRE(joined.size() == 1);
    CHECK(joined[0].text == kWarranty + ' ' + kSource);
}

TEST_CASE("a file that cannot be read is named", "[examples]") {
    CHECK_THROWS_WITH(read_paragraphs("/nowhere/at-all"), Catch::Contains("/nowhere/at-all"));
}

TEST_CASE("inputs and results survive their trip through JSON", "[examples]") {
    const EmbeddingInput input{{"b", 7}, 3, {"doc", 4, "quotes \" and bytes \xff\xfe"}};
    const EmbeddingInput read = parse_embedding_input(to_json(input));
    CHECK(read.batch.embedding_id(read.index) == "b.3");
    CHECK(read.batch.paragraphs == 7);
    CHECK(read.paragraph.text == input.paragraph.text);
    const EmbeddingResult result = parse_embedding_result(to_json(result_of(1, kWarranty)));
    CHECK(cosine(result.embedding, embed(kWarranty)) == Approx(1.0F).epsilon(0.001));
    CHECK_THROWS_AS(parse_embedding_input("{}"), std::exception);
}

TEST_CASE("the id of a comparison names its batch", "[examples]") {
    const Batch batch{"batch-1", 12};
    CHECK(Batch::of_comparison(batch.comparison_id()).embedding_id(11) == "batch-1.11");
    for (const char* const other :
         {"", "batch-1", "batch-1.comparison", "batch-1.0.comparison", "."}) {
        INFO(other);
        CHECK_THROWS_WITH(Batch::of_comparison(other), Catch::Contains("is no comparison"));
    }
}

TEST_CASE("the comparison tells the nearest pairs and only counts those with the same words",
          "[examples]") {
    const Comparison comparison = compare({result_of(1, kWarranty), result_of(2, kSource),
                                           result_of(3, kNoWarranty), result_of(4, kSource)},
                                          5);
    CHECK(comparison.compared == 4);
    CHECK(comparison.identical == 1);
    REQUIRE_FALSE(comparison.pairs.empty());
    CHECK(comparison.pairs[0].a.number == 1);
    CHECK(comparison.pairs[0].b.number == 3);
    const Comparison read = parse_comparison(to_json(comparison));
    CHECK(read.pairs[0].b.excerpt == kNoWarranty);
    CHECK(read.pairs[0].cosine == Approx(comparison.pairs[0].cosine).margin(0.0001));
}

}  // namespace
}  // namespace example
