// A small file beside the store that says how far it was durable: a log cannot notice that it lost its
// end, or is gone. Two slots are written in turn, so that a torn write leaves the other one. Owner: the
// journal.
#pragma once

#include "model/error.h"
#include "model/ids.h"
#include "store.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace swarmq::storage {

struct SuperblockContent {
    Epoch epoch{};                 // The newest claimed.
    std::uint64_t log_number = 0;  // The log file in use at the time; 0: not known.
    Position synced;               // Everything up to here was durable.
    bool operator==(const SuperblockContent&) const = default;
};

// Whether a store that was recovered to this position holds all that was durable. Internal, with
// both positions and what to do, when it does not, or when the superblock is missing.
Result<> check_recovered(const std::optional<SuperblockContent>& noted, Position recovered,
                         const std::string& path);

class Superblock {
  public:
    // Opens what is there. NotFound: no such file; Internal: it has no good slot.
    static Result<Superblock> open(const std::string& path);
    // Makes the file, or takes the place of one, durable on return.
    static Result<Superblock> create(const std::string& path, const SuperblockContent& content);

    Superblock(Superblock&& other) noexcept;
    Superblock& operator=(Superblock&&) = delete;
    ~Superblock();

    const SuperblockContent& content() const { return content_; }
    // Overwrites the older slot and syncs it. Unknown on failure; not to be tried again.
    Result<> write(const SuperblockContent& content);

  private:
    Superblock(std::string path, int file) : path_(std::move(path)), file_(file) {}

    std::string path_;
    int file_;
    std::uint64_t generation_ = 0;  // Of the newest slot; the next goes to slot generation % 2.
    SuperblockContent content_;
};

}  // namespace swarmq::storage
