// JSON in and out, with Boost.JSON. A payload that is not of the form described throws, which fails
// the attempt with the parser's words.
#include "generate_embedding/jobs.h"

#include <boost/json.hpp>

#include <charconv>
#include <cmath>
#include <stdexcept>

namespace example {
namespace {

namespace json = boost::json;

constexpr float kVectorScale = 10'000.0F;

// Documents may be in any encoding: their bytes are passed on as they are.
json::value parse(std::string_view text) {
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    return json::parse(text, {}, options);
}

std::string text_of(const json::value& object, const char* key) {
    return std::string(object.at(key).as_string());
}

std::size_t number_of(const json::value& object, const char* key) {
    return object.at(key).to_number<std::size_t>();
}

json::value place_to_json(const Place& place) {
    return {{"document", place.document}, {"paragraph", place.number}, {"text", place.excerpt}};
}

Place place_from(const json::value& object) {
    return {text_of(object, "document"), number_of(object, "paragraph"), text_of(object, "text")};
}

}  // namespace

Batch Batch::of_comparison(std::string_view comparison_id) {
    const std::size_t last = comparison_id.rfind('.');
    const std::size_t first = comparison_id.rfind('.', last - 1);
    Batch batch;
    if (last != std::string_view::npos && first != std::string_view::npos && first < last) {
        const std::string_view count = comparison_id.substr(first + 1, last - first - 1);
        std::from_chars(count.data(), count.data() + count.size(), batch.paragraphs);
        batch.name = comparison_id.substr(0, first);
    }
    if (batch.paragraphs == 0 || batch.comparison_id() != comparison_id) {
        throw std::runtime_error("'" + std::string(comparison_id) +
                                 "' is no comparison; submit prints its id on the last line");
    }
    return batch;
}

std::string to_json(const EmbeddingInput& input) {
    const json::value object = {{"batch", input.batch.name},
                                {"paragraphs", input.batch.paragraphs},
                                {"index", input.index},
                                {"document", input.paragraph.document},
                                {"paragraph", input.paragraph.number},
                                {"text", input.paragraph.text}};
    return json::serialize(object);
}

EmbeddingInput parse_embedding_input(std::string_view text) {
    const json::value object = parse(text);
    return {{text_of(object, "batch"), number_of(object, "paragraphs")},
            number_of(object, "index"),
            {text_of(object, "document"), number_of(object, "paragraph"), text_of(object, "text")}};
}

std::string to_json(const EmbeddingResult& result) {
    json::array vector;
    vector.reserve(kDimensions);
    for (const float value : result.embedding) {
        vector.emplace_back(std::lround(value * kVectorScale));
    }
    json::object object;
    object["document"] = result.document;
    object["paragraph"] = result.number;
    object["text"] = result.excerpt;
    object["vector"] = std::move(vector);
    return json::serialize(object);
}

EmbeddingResult parse_embedding_result(std::string_view text) {
    const json::value object = parse(text);
    EmbeddingResult result{
        text_of(object, "document"), number_of(object, "paragraph"), text_of(object, "text"), {}};
    const json::array& vector = object.at("vector").as_array();
    for (std::size_t i = 0; i < kDimensions; ++i) {
        result.embedding[i] = vector.at(i).to_number<float>();
    }
    normalize(result.embedding);
    return result;
}

std::string to_json(const Batch& batch) {
    const json::value object = {{"batch", batch.name}, {"paragraphs", batch.paragraphs}};
    return json::serialize(object);
}

Batch parse_batch(std::string_view text) {
    const json::value object = parse(text);
    return {text_of(object, "batch"), number_of(object, "paragraphs")};
}

std::string to_json(const Comparison& comparison) {
    json::array pairs;
    for (const SimilarPair& pair : comparison.pairs) {
        const json::value object = {
            {"cosine", std::round(pair.cosine * kVectorScale) / kVectorScale},
            {"a", place_to_json(pair.a)},
            {"b", place_to_json(pair.b)}};
        pairs.push_back(object);
    }
    json::object object;
    object["compared"] = comparison.compared;
    object["identical"] = comparison.identical;
    object["pairs"] = std::move(pairs);
    return json::serialize(object);
}

Comparison parse_comparison(std::string_view text) {
    const json::value object = parse(text);
    Comparison comparison{number_of(object, "compared"), number_of(object, "identical"), {}};
    for (const json::value& pair : object.at("pairs").as_array()) {
        comparison.pairs.push_back({pair.at("cosine").to_number<float>(), place_from(pair.at("a")),
                                    place_from(pair.at("b"))});
    }
    return comparison;
}

}  // namespace example
