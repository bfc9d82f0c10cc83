// The layers as a table, and the check of each include line against it.
#include "house/include_rule.h"

#include "house/code_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace swarmq::house {
namespace {

struct Layer {
    std::string_view name;
    std::string_view folder;      // Its files are those below; the longest match wins.
    std::string_view may_use;     // Names of layers, itself aside, each between spaces.
    std::string_view is_free_of;  // Beginnings of library headers, each between spaces.
};

// A layer includes itself, the layers it may use, and nothing else of the tree.
constexpr std::array kLayers = {
    Layer{"wire", "proto/swarmq/v1/", "", ""},
    Layer{"stored", "proto/swarmq/stored/", "", ""},
    Layer{"frame", "proto/wire/", " wire ", " boost/ rocksdb/ "},
    Layer{"model", "storage/model/", "",
          " boost/ rocksdb/ google/ fmt/ spdlog/ chrono thread mutex "},
    Layer{"storage", "storage/", " model stored ", " boost/ spdlog/ "},
    Layer{"engine", "server/engine/", " model ",
          " boost/ rocksdb/ google/ fmt/ spdlog/ chrono ctime thread mutex atomic future iostream "
          "fstream "
          "filesystem "},
    Layer{"base", "server/base/", " model ", " rocksdb/ google/ "},
    Layer{"broker", "server/broker/", " model engine storage base ", " rocksdb/ google/ "},
    Layer{"api", "server/api/", " model engine storage broker base wire frame ", " rocksdb/ "},
    Layer{"net", "server/net/", " model engine broker api base frame ", " rocksdb/ google/ "},
    Layer{"http", "server/http/", " model engine broker api base ", " rocksdb/ google/ "},
    Layer{"daemon", "server/", " model storage engine broker api net http base frame ",
          " rocksdb/ google/ "},
    Layer{"sdk", "client/include/", "", " boost/ google/ rocksdb/ fmt/ spdlog/ "},
    Layer{"sdk source", "client/src/", " sdk wire frame ", " rocksdb/ "},
    Layer{"cli", "client/cli/", " sdk ", " rocksdb/ google/ "},
    Layer{"examples", "client/examples/", " sdk ", " rocksdb/ "},
};

const Layer* layer_of(std::string_view path) {
    const Layer* best = nullptr;
    for (const Layer& layer : kLayers) {
        if (path.starts_with(layer.folder) &&
            (best == nullptr || layer.folder.size() > best->folder.size())) {
            best = &layer;
        }
    }
    return best;
}

bool lists(std::string_view names, std::string_view name) {
    return names.find(' ' + std::string(name) + ' ') != std::string_view::npos;
}

// The name between quotes or angle brackets of an include line.
std::optional<std::string> included_name(std::string_view line) {
    if (!line.starts_with("#include ") || line.size() < 12) {
        return std::nullopt;
    }
    const char close = line[9] == '<' ? '>' : '"';
    const std::size_t end = line.find(close, 10);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    return std::string(line.substr(10, end - 10));
}

std::string folder_of(const std::string& path) {
    return path.substr(0, path.rfind('/') + 1);
}

std::optional<std::string> forbidden_library(const SourceFile& file, const Layer& layer,
                                             const std::string& name) {
    for (std::size_t at = 1; at < layer.is_free_of.size();) {
        const std::size_t end = layer.is_free_of.find(' ', at);
        const std::string_view library = layer.is_free_of.substr(at, end - at);
        const bool is_folder = library.ends_with('/');
        if (is_folder ? name.starts_with(library) : name == library) {
            return '<' + name + "> in the " + std::string(layer.name) + ", which is free of " +
                   std::string(library) + "; hand the value in, or do it one layer up";
        }
        at = end + 1;
    }
    const bool is_inside_rocks =
        file.path.starts_with("storage/rocks_") && file.path != "storage/rocks_store.h";
    if (name.starts_with("rocksdb/") && !is_inside_rocks) {
        return "a RocksDB header outside storage/rocks_*; no RocksDB type leaves those files: go "
               "through store.h";
    }
    return std::nullopt;
}

}  // namespace

IncludeRule::IncludeRule(std::vector<std::string> paths) : paths_(std::move(paths)) {
    std::sort(paths_.begin(), paths_.end());
}

bool IncludeRule::exists(const std::string& path) const {
    return std::binary_search(paths_.begin(), paths_.end(), path);
}

// A generated header stands for its proto. Empty: no file of the tree, so a library's.
std::string IncludeRule::resolve(const std::string& from, const std::string& name) const {
    if (name.ends_with(".pb.h") && name.starts_with("swarmq/")) {
        return "proto/" + name.substr(0, name.size() - 5) + ".proto";
    }
    for (const std::string& root :
         {folder_of(from), std::string("client/include/"), std::string("client/src/"),
          std::string("storage/"), std::string("server/"), std::string("proto/"),
          std::string("tests/"), std::string("client/"), std::string()}) {
        if (exists(root + name)) {
            return root + name;
        }
    }
    return "";
}

Findings IncludeRule::check(const SourceFile& file) const {
    Findings findings;
    const Layer* own = is_cpp(file.path) ? layer_of(file.path) : nullptr;
    if (own == nullptr) {
        return findings;
    }
    const std::vector<std::string_view> lines = lines_of(file.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::optional<std::string> name = included_name(lines[i]);
        if (!name) {
            continue;
        }
        const std::string target = resolve(file.path, *name);
        if (target.empty()) {
            if (auto reason = forbidden_library(file, *own, *name)) {
                findings.push_back({file.path, i + 1, *reason});
            }
            continue;
        }
        const Layer* other = layer_of(target);
        const std::string_view used = other == nullptr ? "tests" : other->name;
        if (used != own->name && !lists(own->may_use, used)) {
            findings.push_back(
                {file.path, i + 1,
                 std::string(own->name) + " includes " + target + " of " + std::string(used) +
                     "; it may include" +
                     (own->may_use.empty() ? " nothing " : std::string(own->may_use)) +
                     "and itself"});
        }
    }
    return findings;
}

}  // namespace swarmq::house
