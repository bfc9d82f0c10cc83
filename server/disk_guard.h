// Watches the free space of the data directory: refuses adds before the disk is full, and keeps a ballast
// file that a daemon started on a full disk gives up, so that completions and removals can go on.
// Owner: the loop's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/error.h"

namespace swarmq {

class DiskGuard {
  public:
    // `reserve_bytes` not set: the larger of 1 GiB and 5 % of the disk; 0: nothing is watched.
    DiskGuard(std::string directory, std::optional<std::uint64_t> reserve_bytes);

    // As in the constructor, from now on.
    void set_reserve(std::optional<std::uint64_t> reserve_bytes) { reserve_bytes_ = reserve_bytes; }
    // At start, before the store is opened: lays the ballast out, or gives it up when space is low.
    void prepare();
    // Why adds are refused now: DiskLow, with the figures. Nothing when there is room.
    std::optional<Error> refusal() const;

  private:
    struct Space {
        std::uint64_t free_bytes = 0;
        std::uint64_t reserve_bytes = 0;
    };
    std::optional<Space> look() const;
    std::string ballast_path() const { return directory_ + "/ballast"; }

    std::string directory_;
    std::optional<std::uint64_t> reserve_bytes_;
};

}  // namespace swarmq
