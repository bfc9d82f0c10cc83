// Puts and erases rows next to the last one.
#include "row_window.h"

#include "bytes.h"
#include "keys.h"

namespace swarmq::storage {
namespace {

// Of a node of the map, beside what the strings hold.
constexpr std::size_t kRowBytes = sizeof(RowWindow::Rows::value_type) + 4 * sizeof(void*);

std::size_t index(Table table) {
    return static_cast<std::size_t>(table);
}

}  // namespace

std::string_view NewestKeys::prefix(std::string_view key) {
    return key.substr(0, kKeyPrefixBytes);
}

void NewestKeys::note(Table table, std::string_view key) {
    auto& keys = keys_[index(table)];
    const auto at = keys.find(prefix(key));
    if (at == keys.end())
        keys.emplace(prefix(key), key);
    else if (at->second < key)
        at->second = key;
}

bool NewestKeys::is_newer(Table table, std::string_view key) const {
    const auto& keys = keys_[index(table)];
    const auto at = keys.find(prefix(key));
    return at == keys.end() || at->second < key;
}

void NewestKeys::merge(const NewestKeys& other) {
    for (std::size_t table = 0; table < kTableCount; ++table)
        for (const auto& [unused, key] : other.keys_[table]) note(static_cast<Table>(table), key);
}

std::string NewestKeys::encode() const {
    std::string value;
    for (std::size_t table = 0; table < kTableCount; ++table) {
        for (const auto& [unused, key] : keys_[table]) {
            value.push_back(static_cast<char>(table));
            append_varint(key.size(), value);
            value += key;
        }
    }
    return value;
}

std::optional<NewestKeys> NewestKeys::decode(std::string_view value) {
    NewestKeys newest;
    ByteReader reader{value};
    while (!reader.at_end()) {
        std::uint8_t table = 0;
        std::uint64_t size = 0;
        std::string_view key;
        if (!reader.read_be(table) || table >= kTableCount || !reader.read_varint(size) ||
            !reader.read_bytes(size, key))
            return std::nullopt;
        newest.note(static_cast<Table>(table), key);
    }
    return newest;
}

RowWindow::Rows::iterator RowWindow::lower_bound(Table table, std::string_view key) {
    Rows& rows = rows_[index(table)];
    std::optional<Rows::iterator>& last = last_found_[index(table)];
    constexpr int kStepsMax = 4;
    if (last && *last != rows.end() && (*last)->first <= key) {
        Rows::iterator at = *last;
        for (int step = 0; step < kStepsMax; ++step) {
            if (at == rows.end() || at->first >= key) return at;
            ++at;
        }
    } else if (!rows.empty() && std::prev(rows.end())->first < key) {
        return rows.end();
    }
    return rows.lower_bound(key);
}

void RowWindow::put(Table table, std::string_view key, std::string_view value) {
    newest_.note(table, key);
    Rows& rows = rows_[index(table)];
    auto at = lower_bound(table, key);
    if (at == rows.end() || at->first != key) {
        at = rows.emplace_hint(at, key, std::nullopt);
        bytes_ += kRowBytes + key.size();
    } else if (at->second) {
        bytes_ -= at->second->size();
    }
    at->second.emplace(value);
    bytes_ += value.size();
    last_found_[index(table)] = at;
}

void RowWindow::erase(Table table, std::string_view key, bool may_be_beneath) {
    Rows& rows = rows_[index(table)];
    auto at = lower_bound(table, key);
    const bool is_here = at != rows.end() && at->first == key;
    if (is_here && at->second) bytes_ -= at->second->size();
    if (may_be_beneath) {
        if (!is_here) {
            at = rows.emplace_hint(at, key, std::nullopt);
            bytes_ += kRowBytes + key.size();
        }
        at->second.reset();
    } else if (is_here) {
        bytes_ -= kRowBytes + key.size();
        at = rows.erase(at);
    }
    last_found_[index(table)] = at;
}

const RowWindow::Row* RowWindow::find(Table table, std::string_view key) const {
    const auto at = rows(table).find(key);
    return at == rows(table).end() ? nullptr : &at->second;
}

std::unique_ptr<RowWindow> RowWindow::copy(Table table, std::string_view first,
                                           std::string_view last, std::size_t rows_max,
                                           std::size_t bytes_max) const {
    auto copied = std::make_unique<RowWindow>();
    std::size_t bytes = 0;
    Rows& to = copied->rows_[index(table)];
    for (auto at = rows(table).lower_bound(first); at != rows(table).end() && at->first < last;
         ++at) {
        if (at->second) bytes += at->second->size();
        if (to.size() == rows_max || bytes > bytes_max) return nullptr;
        to.emplace_hint(to.end(), *at);
    }
    return copied;
}

}  // namespace swarmq::storage
