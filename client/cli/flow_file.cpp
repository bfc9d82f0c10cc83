// Reads a tree of objects.
#include "flow_file.h"

#include "job_lines.h"
#include "values.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <string>

namespace swarmq::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 2 * kFlowLevelsMax + 8;

std::string text_at(const json::object& object, std::string_view key) {
    const json::value* const value = object.if_contains(key);
    if (value == nullptr) return {};
    if (const json::string* const text = value->if_string()) return std::string(*text);
    throw UsageError(fmt::format("{}: {} is no text", key, json::serialize(*value)));
}

OnChildFailure policy_at(const json::object& object) {
    const std::string text = text_at(object, "on_child_failure");
    if (text.empty()) return OnChildFailure::FailParent;
    if (const auto policy = parse_on_child_failure(text)) return *policy;
    throw UsageError(fmt::format("on_child_failure: '{}' is none of fail-parent continue-parent ignore "
                                 "remove-dependency",
                                 text));
}

// What is wrong with one is said with its place.
template <class Parse>
auto at_place(const std::string& place, Parse parse) {
    try {
        return parse();
    } catch (const UsageError& error) {
        throw UsageError(place.empty() ? error.what() : fmt::format("{}: {}", place, error.what()));
    }
}

FlowJob parse_one(const json::value& value, const std::string& place);

std::vector<FlowJob> parse_list(const json::array& list, const std::string& place, const char* name) {
    std::vector<FlowJob> jobs;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string separator = place.empty() ? "" : ".";
        jobs.push_back(parse_one(list[i], fmt::format("{}{}{}[{}]", place, separator, name, i)));
    }
    return jobs;
}

FlowJob parse_one(const json::value& value, const std::string& place) {
    FlowJob flow = at_place(place, [&] {
        const json::object* const object = value.if_object();
        if (object == nullptr) throw UsageError("is no JSON object such as {\"queue\":\"mail\"}");
        FlowJob made;
        made.queue = text_at(*object, "queue");
        if (made.queue.empty()) throw UsageError("queue: is missing; every job of a flow names its own");
        NewJob job = parse_job(*object, {.name = made.queue}, {"queue", "children", "on_child_failure"});
        made.name = std::move(job.name);
        made.payload = std::move(job.payload);
        made.options = std::move(job.options);
        made.on_child_failure = policy_at(*object);
        if (object->contains("children") && !object->at("children").is_array()) {
            throw UsageError("children: must be a list of jobs");
        }
        return made;
    });
    if (const json::value* const children = value.get_object().if_contains("children")) {
        flow.children = parse_list(children->get_array(), place, "children");
    }
    return flow;
}

}  // namespace

std::vector<FlowJob> parse_flows(std::string_view text) {
    json::error_code wrong;
    json::parse_options options;
    options.max_depth = kDepthMax;
    const json::value value = json::parse(text, wrong, {}, options);
    if (wrong) throw UsageError(fmt::format("is no JSON: {}", wrong.message()));
    if (const json::array* const list = value.if_array()) return parse_list(*list, "", "flows");
    std::vector<FlowJob> flows;
    flows.push_back(parse_one(value, ""));
    return flows;
}

}  // namespace swarmq::cli
