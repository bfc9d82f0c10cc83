// Free space and ballast.
#include "disk_guard.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/log.h"

namespace swarmq {
namespace {

constexpr std::uint64_t kReserveMinBytes = 1ULL << 30;
constexpr std::uint64_t kReserveShare = 20;  // One part in so many of the disk.
// A start writes what the log holds into tables: a window and a part of the next one.
constexpr std::uint64_t kBallastBytes = 192ULL << 20;
constexpr DurationMs kRetryAfterMs = 5'000;

std::string in_mib(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace

DiskGuard::DiskGuard(std::string directory, std::optional<std::uint64_t> reserve_bytes)
    : directory_(std::move(directory)), reserve_bytes_(reserve_bytes) {}

std::optional<DiskGuard::Space> DiskGuard::look() const {
    struct statvfs disk {};
    if (reserve_bytes_ == 0 || ::statvfs(directory_.c_str(), &disk) != 0) return std::nullopt;
    const std::uint64_t size_bytes = std::uint64_t{disk.f_blocks} * disk.f_frsize;
    return Space{std::uint64_t{disk.f_bavail} * disk.f_frsize,
                 reserve_bytes_.value_or(std::max(kReserveMinBytes, size_bytes / kReserveShare))};
}

void DiskGuard::prepare() {
    const auto space = look();
    if (!space) return;
    std::error_code error;
    const bool has_ballast = std::filesystem::exists(ballast_path(), error);
    if (space->free_bytes < space->reserve_bytes) {
        log(LogLevel::Warning, "the disk is low, " + in_mib(space->free_bytes) + " free: adds are refused" +
                                   (has_ballast ? ", the ballast is given up" : ""));
        std::filesystem::remove(ballast_path(), error);
        return;
    }
    if (has_ballast || space->free_bytes < space->reserve_bytes + 2 * kBallastBytes) return;
    const int file = ::open(ballast_path().c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return;
    const bool is_laid = ::posix_fallocate(file, 0, static_cast<off_t>(kBallastBytes)) == 0;
    ::close(file);
    if (!is_laid) std::filesystem::remove(ballast_path(), error);
}

std::optional<Error> DiskGuard::refusal() const {
    const auto space = look();
    if (!space || space->free_bytes >= space->reserve_bytes) return std::nullopt;
    return Error{Code::DiskLow,
                 "the broker's disk has " + in_mib(space->free_bytes) + " free, adds need " +
                     in_mib(space->reserve_bytes) + "; completions and removals go on",
                 kRetryAfterMs};
}

}  // namespace swarmq
