// Writes pages in Prometheus' text format, version 0.0.4.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace swarmq::http {

inline constexpr std::string_view kPrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

class PrometheusPage {
  public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    // Begins a family; its samples follow. `type` is counter, gauge or histogram.
    void family(std::string_view name, std::string_view type, std::string_view help);
    // A sample of the family, under its name and `suffix`.
    void sample(Labels labels, std::uint64_t value, std::string_view suffix = {});
    void sample(Labels labels, double value, std::string_view suffix = {});
    // A family of one sample without labels.
    void gauge(std::string_view name, std::uint64_t value, std::string_view help);
    void gauge(std::string_view name, double value, std::string_view help);
    void counter(std::string_view name, std::uint64_t value, std::string_view help);
    void counter(std::string_view name, double value, std::string_view help);

    std::string take() { return std::move(text_); }

  private:
    void begin_sample(Labels labels, std::string_view suffix);

    std::string text_;
    std::string name_;
};

}  // namespace swarmq::http
