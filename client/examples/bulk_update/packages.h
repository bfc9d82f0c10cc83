// The packages of a Debian system, read from the files in which dpkg keeps them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <string>
#include <vector>

namespace example {

struct Package {
    std::string name;
    std::string architecture;
    std::string version;
    std::string section;
    std::string maintainer;  // With an address in angle brackets.
};

// Paragraphs of `Field: value` lines, those without a package's name left out.
std::vector<Package> read_packages(std::istream& status);

struct DiskUse {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

// The package's files as they are on this machine now; `lists` is dpkg's folder of file lists.
// Nothing for a package that is not installed.
DiskUse measure(const Package& package, const std::filesystem::path& lists);

// A line of JSON: the package, the domain of its maintainer, and what it takes on disk.
std::string updated_record(const Package& package, const DiskUse& use);

}  // namespace example
