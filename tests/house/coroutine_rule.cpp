// Follows each co_await to the end of its expression.
#include "house/coroutine_rule.h"

#include "house/code_text.h"

namespace swarmq::house {
namespace {

enum class Fault { None, Braces, Capture };

// Whether a bracket opens a lambda that captures, not a subscript, an attribute or `[]`.
bool opens_capture(std::string_view code, std::size_t at) {
    std::size_t before = at;
    while (before > 0 && (code[before - 1] == ' ' || code[before - 1] == '\n')) {
        --before;
    }
    const char previous = before > 0 ? code[before - 1] : '\0';
    const bool is_subscript = is_word_character(previous) || previous == ')' || previous == ']';
    const char next = at + 1 < code.size() ? code[at + 1] : '\0';
    return !is_subscript && previous != '[' && next != '[' && next != ']';
}

Fault fault_after(std::string_view code, std::size_t at) {
    int depth = 0;
    for (; at < code.size(); ++at) {
        const char c = code[at];
        if (c == '(') {
            ++depth;
        } else if (c == ')' && --depth < 0) {
            return Fault::None;
        } else if ((c == ';' || c == '}' || c == ',') && depth == 0) {
            return Fault::None;
        } else if (c == '[' && opens_capture(code, at)) {
            return Fault::Capture;
        } else if (c == '{') {
            return Fault::Braces;
        }
    }
    return Fault::None;
}

}  // namespace

Findings check_coroutines(const SourceFile& file) {
    Findings findings;
    if (!is_cpp(file.path)) {
        return findings;
    }
    const std::string code = code_of(file.text);
    for (std::size_t at = find_word(code, "co_await"); at != std::string::npos;
         at = find_word(code, "co_await", at + 1)) {
        const Fault fault = fault_after(code, at);
        if (fault != Fault::None) {
            findings.push_back({file.path, line_at(code, at),
                                fault == Fault::Braces
                                    ? "braces inside a co_await expression; name a local first, "
                                      "then move it"
                                    : "a capturing lambda inside a co_await expression; name a "
                                      "local first, then move it"});
        }
    }
    return findings;
}

}  // namespace swarmq::house
