// Opens and reads files.
#include "input.h"

#include "values.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>

namespace swarmq::cli {

std::string shown_name(const std::string& file) {
    return file == "-" ? "the input" : file;
}

Input::Input(std::string_view what, const std::string& file) : stream_(&std::cin) {
    std::ios::sync_with_stdio(false);
    if (file == "-") return;
    std::error_code wrong;
    if (std::filesystem::is_directory(file, wrong)) {
        throw UsageError(fmt::format("{}: {} is a directory", what, file));
    }
    file_.open(file, std::ios::binary);
    if (!file_) {
        throw UsageError(fmt::format("{}: cannot read {}: {}", what, file, std::strerror(errno)));
    }
    stream_ = &file_;
    if (std::filesystem::is_regular_file(file, wrong)) {
        size_ = std::filesystem::file_size(file, wrong);
    }
}

std::string read_all(std::string_view what, const std::string& file, std::size_t bytes_max) {
    Input input(what, file);
    std::string bytes(bytes_max + 1, '\0');
    input.stream().read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(input.stream().gcount()));
    if (input.stream().bad()) throw UsageError(fmt::format("{}: cannot read {}", what, file));
    if (bytes.size() > bytes_max) {
        throw UsageError(fmt::format("{}: {} has more than {} bytes", what, file, bytes_max));
    }
    return bytes;
}

}  // namespace swarmq::cli
