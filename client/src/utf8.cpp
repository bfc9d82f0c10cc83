// Walks UTF-8 by the table of well-formed byte sequences of the Unicode standard.
#include "utf8.h"

namespace swarmq::inline sdk {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

// The length of the well-formed character at `at`, 0 when there is none.
std::size_t character_bytes(std::string_view text, std::size_t at) {
    const unsigned first = byte_at(text, at);
    if (first < 0x80) return 1;
    std::size_t length = 0;
    unsigned low = 0x80;
    unsigned high = 0xBF;
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        if (first == 0xE0) low = 0xA0;   // No overlong forms.
        if (first == 0xED) high = 0x9F;  // No surrogates.
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        if (first == 0xF0) low = 0x90;
        if (first == 0xF4) high = 0x8F;  // Nothing past U+10FFFF.
    }
    if (length == 0 || at + length > text.size()) return 0;
    if (byte_at(text, at + 1) < low || byte_at(text, at + 1) > high) return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if ((byte_at(text, at + i) & 0xC0) != 0x80) return 0;
    }
    return length;
}

}  // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = character_bytes(text, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

std::string to_utf8(std::string text, std::size_t bytes_max) {
    std::size_t at = 0;
    while (at < text.size()) {
        std::size_t length = character_bytes(text, at);
        if (length == 0) {
            text[at] = '?';
            length = 1;
        }
        if (at + length > bytes_max) break;
        at += length;
    }
    text.resize(at);
    return text;
}

}  // namespace swarmq::inline sdk
