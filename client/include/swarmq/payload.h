// Payloads and results are bytes; these templates make them from JSON values and protobuf messages
// without including a JSON library or protobuf.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <swarmq/error.h>

namespace swarmq::inline sdk {

// A value of a JSON library as text: one with dump() (nlohmann), or one whose namespace has a
// serialize() (boost::json). Text that is JSON already needs no helper.
template <class Json>
std::string json_bytes(const Json& value) {
    if constexpr (requires { std::string(value.dump()); }) {
        return value.dump();
    } else {
        return std::string(serialize(value));
    }
}

// Parses text with a type that has a static parse() (nlohmann::json), or with the function given, as
// in `json_from(text, [](auto t) { return boost::json::parse(t); })`. Throws what the parser throws.
template <class Json>
Json json_from(std::string_view text) {
    return Json::parse(text);
}
template <class Parse>
auto json_from(std::string_view text, Parse&& parse) {
    return std::forward<Parse>(parse)(text);
}

// A protobuf message as bytes. Throws SwarmqError{InvalidArgument} when required parts are missing.
template <class Message>
std::string proto_bytes(const Message& message) {
    std::string bytes;
    if (!message.SerializeToString(&bytes)) {
        throw SwarmqError({Code::InvalidArgument,
                           "cannot serialize a " + std::string(message.GetTypeName()) +
                               ": it is incomplete or larger than 2 GiB"});
    }
    return bytes;
}

// The message in these bytes. Throws SwarmqError{InvalidArgument} when they hold no such message.
template <class Message>
Message proto_from(std::string_view bytes) {
    Message message;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        throw SwarmqError({Code::InvalidArgument, std::to_string(bytes.size()) +
                                                      " bytes are no valid " +
                                                      std::string(message.GetTypeName())});
    }
    return message;
}

}  // namespace swarmq::inline sdk
