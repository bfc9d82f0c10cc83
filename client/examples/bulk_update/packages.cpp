// Reads Debian's control format, and writes JSON lines.
#include "bulk_update/packages.h"

#include <boost/json.hpp>

#include <fstream>
#include <system_error>

namespace example {
namespace fs = std::filesystem;

namespace {

void set_field(Package& package, const std::string& line) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos || line.front() == ' ') {
        return;  // A continued line belongs to a field that is not needed.
    }
    const std::string name = line.substr(0, colon);
    const std::string value = line.substr(colon + 2);
    if (name == "Package") {
        package.name = value;
    } else if (name == "Architecture") {
        package.architecture = value;
    } else if (name == "Version") {
        package.version = value;
    } else if (name == "Section") {
        package.section = value;
    } else if (name == "Maintainer") {
        package.maintainer = value;
    }
}

std::string domain_of(const std::string& maintainer) {
    const std::size_t at = maintainer.rfind('@');
    const std::size_t end = maintainer.find('>', at);
    return at == std::string::npos ? "" : maintainer.substr(at + 1, end - at - 1);
}

}  // namespace

std::vector<Package> read_packages(std::istream& status) {
    std::vector<Package> packages;
    Package package;
    const auto end_paragraph = [&] {
        if (!package.name.empty()) {
            packages.push_back(std::move(package));
        }
        package = Package();
    };
    for (std::string line; std::getline(status, line);) {
        if (line.empty()) {
            end_paragraph();
        } else {
            set_field(package, line);
        }
    }
    end_paragraph();
    return packages;
}

DiskUse measure(const Package& package, const fs::path& lists) {
    fs::path list = lists / (package.name + ".list");
    if (!fs::exists(list)) {
        list = lists / (package.name + ':' + package.architecture + ".list");
    }
    DiskUse use;
    std::ifstream in(list);
    for (std::string path; std::getline(in, path);) {
        std::error_code error;
        if (fs::is_regular_file(fs::symlink_status(path, error))) {
            use.bytes += fs::file_size(path, error);
            ++use.files;
        }
    }
    return use;
}

std::string updated_record(const Package& package, const DiskUse& use) {
    const boost::json::value record = {
        {"name", package.name},       {"version", package.version},
        {"section", package.section}, {"maintainer_domain", domain_of(package.maintainer)},
        {"files", use.files},         {"bytes", use.bytes}};
    return boost::json::serialize(record);
}

}  // namespace example
