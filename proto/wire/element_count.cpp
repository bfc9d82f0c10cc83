// Walks the wire format by descriptor, without building messages.
#include "wire/element_count.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <map>
#include <memory>
#include <vector>

#include "swarmq/v1/envelope.pb.h"

namespace swarmq::wire {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::io::CodedInputStream;
using google::protobuf::internal::WireFormatLite;

constexpr int kDepthMax = 8;

// Which fields of a message type are messages themselves, as an array by field number.
struct Shape {
    std::vector<const Shape*> message_by_field;
};

class Shapes {
  public:
    const Shape* of(const Descriptor* descriptor) {
        auto& shape = shapes_[descriptor];
        if (shape) return shape.get();
        shape = std::make_unique<Shape>();
        Shape* const made = shape.get();  // Entered before its fields: types may refer to themselves.
        for (int i = 0; i < descriptor->field_count(); ++i) {
            const auto* field = descriptor->field(i);
            if (field->message_type() == nullptr) continue;
            const auto number = static_cast<std::size_t>(field->number());
            if (made->message_by_field.size() <= number) made->message_by_field.resize(number + 1);
            made->message_by_field[number] = of(field->message_type());
        }
        return made;
    }

  private:
    std::map<const Descriptor*, std::unique_ptr<Shape>> shapes_;
};

const Shape* envelope_shape() {
    static Shapes shapes;
    static const Shape* const shape = shapes.of(v1::Envelope::descriptor());
    return shape;
}

bool count(CodedInputStream& in, const Shape* shape, int depth, std::size_t limit,
           std::size_t& elements) {
    while (const std::uint32_t tag = in.ReadTag()) {
        if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
            if (!WireFormatLite::SkipField(&in, tag)) return false;
            continue;
        }
        if (++elements > limit) return false;
        int length = 0;
        if (!in.ReadVarintSizeAsInt(&length)) return false;
        const auto field = static_cast<std::size_t>(WireFormatLite::GetTagFieldNumber(tag));
        const Shape* const inner =
            field < shape->message_by_field.size() ? shape->message_by_field[field] : nullptr;
        if (inner == nullptr || depth == kDepthMax) {
            if (!in.Skip(length)) return false;
            continue;
        }
        const auto outer_limit = in.PushLimit(length);
        if (!count(in, inner, depth + 1, limit, elements)) return false;
        in.PopLimit(outer_limit);
    }
    return true;
}

}  // namespace

std::size_t count_elements(std::string_view envelope_bytes, std::size_t limit) {
    CodedInputStream in(reinterpret_cast<const std::uint8_t*>(envelope_bytes.data()),
                        static_cast<int>(envelope_bytes.size()));
    std::size_t elements = 0;
    count(in, envelope_shape(), 0, limit, elements);
    return elements;
}

}  // namespace swarmq::wire
