// Names, labels and numbers as text.
#include "http/prometheus.h"

#include <array>
#include <charconv>

namespace swarmq::http {
namespace {

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
}

template <class Number>
void append_number(std::string& out, Number value) {
    std::array<char, 32> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    out.append(digits.data(), end);
}

}  // namespace

void PrometheusPage::family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void PrometheusPage::begin_sample(Labels labels, std::string_view suffix) {
    text_.append(name_).append(suffix);
    char between = '{';
    for (const auto& [name, value] : labels) {
        text_ += between;
        text_.append(name).append("=\"");
        append_escaped(text_, value);
        text_ += '"';
        between = ',';
    }
    if (labels.size() > 0) text_ += '}';
    text_ += ' ';
}

void PrometheusPage::sample(Labels labels, std::uint64_t value, std::string_view suffix) {
    begin_sample(labels, suffix);
    append_number(text_, value);
    text_ += '\n';
}

void PrometheusPage::sample(Labels labels, double value, std::string_view suffix) {
    begin_sample(labels, suffix);
    append_number(text_, value);
    text_ += '\n';
}

void PrometheusPage::gauge(std::string_view name, std::uint64_t value, std::string_view help) {
    family(name, "gauge", help);
    sample({}, value);
}

void PrometheusPage::gauge(std::string_view name, double value, std::string_view help) {
    family(name, "gauge", help);
    sample({}, value);
}

void PrometheusPage::counter(std::string_view name, std::uint64_t value, std::string_view help) {
    family(name, "counter", help);
    sample({}, value);
}

void PrometheusPage::counter(std::string_view name, double value, std::string_view help) {
    family(name, "counter", help);
    sample({}, value);
}

}  // namespace swarmq::http
