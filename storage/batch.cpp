// The flat format of a batch: per operation a byte that says what and where, then lengths and
// bytes.
#include "batch.h"

#include "bytes.h"

namespace swarmq::storage {
namespace {

// Stored: never renumber. The operation's byte is kind << 4 | table.
enum class Operation : std::uint8_t { Put = 0, Erase = 1, EraseRange = 2 };

void append_head(Operation operation, Table table, std::string& to) {
    to.push_back(
        static_cast<char>(static_cast<unsigned>(operation) << 4 | static_cast<unsigned>(table)));
}

void append_field(std::string_view bytes, std::string& to) {
    append_varint(bytes.size(), to);
    to.append(bytes);
}

struct ParsedOperation {
    Operation operation;
    Table table;
    std::string_view first;   // The key, or where the range begins.
    std::string_view second;  // The value, or where the range ends.
};

bool read_field(ByteReader& reader, std::string_view& field) {
    std::uint64_t size = 0;
    return reader.read_varint(size) && reader.read_bytes(size, field);
}

bool read_operation(ByteReader& reader, ParsedOperation& parsed) {
    std::uint8_t head = 0;
    if (!reader.read_be(head)) return false;
    if (head >> 4 > static_cast<int>(Operation::EraseRange) || (head & 0xf) >= kTableCount)
        return false;
    parsed.operation = static_cast<Operation>(head >> 4);
    parsed.table = static_cast<Table>(head & 0xf);
    if (!read_field(reader, parsed.first)) return false;
    return parsed.operation == Operation::Erase || read_field(reader, parsed.second);
}

}  // namespace

void Batch::put(Table table, std::string_view key, std::string_view value) {
    append_head(Operation::Put, table, bytes_);
    append_field(key, bytes_);
    append_field(value, bytes_);
    ++operations_;
}

void Batch::erase(Table table, std::string_view key) {
    append_head(Operation::Erase, table, bytes_);
    append_field(key, bytes_);
    ++operations_;
}

void Batch::erase_range(Table table, std::string_view from, std::string_view to) {
    append_head(Operation::EraseRange, table, bytes_);
    append_field(from, bytes_);
    append_field(to, bytes_);
    ++operations_;
    erases_ranges_ = true;
}

Result<Batch> Batch::from_bytes(std::string bytes) {
    Batch batch;
    ByteReader reader{bytes};
    ParsedOperation parsed{};
    while (!reader.at_end()) {
        const std::size_t offset = bytes.size() - reader.rest().size();
        if (!read_operation(reader, parsed))
            return Error{Code::InvalidArgument, "a batch of " + std::to_string(bytes.size()) +
                                                    " bytes holds no whole operation at offset " +
                                                    std::to_string(offset) +
                                                    ", expected a kind, a table and a key"};
        ++batch.operations_;
        if (parsed.operation == Operation::EraseRange) batch.erases_ranges_ = true;
    }
    batch.bytes_ = std::move(bytes);
    return batch;
}

void Batch::visit(Visitor& visitor) const {
    ByteReader reader{bytes_};
    ParsedOperation parsed{};
    while (!reader.at_end()) {
        SWARMQ_CHECK(read_operation(reader, parsed));
        switch (parsed.operation) {
            case Operation::Put:
                visitor.put(parsed.table, parsed.first, parsed.second);
                break;
            case Operation::Erase:
                visitor.erase(parsed.table, parsed.first);
                break;
            case Operation::EraseRange:
                visitor.erase_range(parsed.table, parsed.first, parsed.second);
                break;
        }
    }
}

}  // namespace swarmq::storage
