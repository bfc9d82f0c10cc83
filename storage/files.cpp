// Plain system calls: written, then synced.
#include "files.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace swarmq::storage {
namespace {

constexpr std::size_t kPartBytes = 1u << 20;

// An open file, closed at the end.
class File {
  public:
    File(const std::string& path, int flags)
        : number_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~File() {
        if (number_ >= 0) ::close(number_);
    }
    File(const File&) = delete;

    bool is_open() const { return number_ >= 0; }
    int number() const { return number_; }

    bool write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t count = ::write(number_, bytes.data(), bytes.size());
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

  private:
    int number_;
};

constexpr int kNewFile = O_WRONLY | O_CREAT | O_EXCL;

}  // namespace

Error file_error(const std::string& what, int error) {
    return {Code::Internal,
            what + " failed: " + std::error_code{error, std::generic_category()}.message()};
}

Error copy_stopped() {
    return {Code::Draining, "the copy was stopped"};
}

Result<> write_new_file(const std::string& path, std::string_view bytes) {
    const File file(path, kNewFile);
    if (file.is_open() && file.write(bytes) && ::fsync(file.number()) == 0) return {};
    return file_error("writing " + path, errno);
}

Result<> copy_file(const std::string& from, const std::string& to, std::uint64_t bytes,
                   const std::function<bool(std::uint64_t)>& watch) {
    const File source(from, O_RDONLY);
    if (!source.is_open()) return file_error("reading " + from, errno);
    const File target(to, kNewFile);
    if (!target.is_open()) return file_error("writing " + to, errno);
    std::string part(kPartBytes, '\0');
    while (bytes > 0) {
        const ssize_t count =
            ::read(source.number(), part.data(), std::min<std::uint64_t>(bytes, part.size()));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return file_error("reading " + from, errno);
        if (count == 0)
            return Error{Code::Internal,
                         from + " ends " + std::to_string(bytes) + " bytes earlier than it should"};
        if (!target.write({part.data(), static_cast<std::size_t>(count)}))
            return file_error("writing " + to, errno);
        bytes -= static_cast<std::uint64_t>(count);
        if (!watch(static_cast<std::uint64_t>(count))) return copy_stopped();
    }
    if (::fsync(target.number()) != 0) return file_error("syncing " + to, errno);
    return {};
}

Result<> sync_directory(const std::string& path) {
    const File directory(path, O_RDONLY | O_DIRECTORY);
    if (directory.is_open() && ::fsync(directory.number()) == 0) return {};
    return file_error("syncing " + path, errno);
}

}  // namespace swarmq::storage
