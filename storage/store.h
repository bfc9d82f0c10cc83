// Where rows live: a sorted map of bytes per table, with the position that its content stands for.
// Thread rule: one thread at a time applies and syncs; any thread may read.
#pragma once

#include "batch.h"
#include "model/error.h"

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace swarmq::storage {

// Where a shard's ordered stream of batches stands. The incarnation changes when a store is made
// anew or imported; the sequence counts batches from 1.
struct Position {
    std::uint64_t incarnation = 0;
    std::uint64_t sequence = 0;
    auto operator<=>(const Position&) const = default;
};

// For people: "5 of incarnation 1700000000000".
inline std::string describe(Position position) {
    return std::to_string(position.sequence) + " of incarnation " +
           std::to_string(position.incarnation);
}

enum class Sync : bool { No, Yes };

class Store {
  public:
    virtual ~Store() = default;

    // Makes the batch and `position` visible together, and with Sync::Yes durable. A failure means
    // that the outcome is not known; nothing more may be applied after it (Code::Unknown).
    virtual Result<> apply(const Batch& batch, Position position, Sync sync) = 0;
    // Whether applying it now, with Sync::No, may wait for a disk. Only whoever applies may ask.
    virtual bool may_wait(const Batch& batch) const = 0;
    // Makes all that was applied durable. A failure as above.
    virtual Result<> sync() = 0;
    // Nothing has been applied for a while, and may not be for long: gives back what memory it can. Belongs to whoever
    // applies. A failure as above.
    virtual Result<> rest() = 0;
    // The position of the last batch applied; {0, 0} for a new store.
    virtual Position applied() const = 0;

    virtual Result<std::optional<std::string>> get(Table table, std::string_view key) const = 0;
    // One answer per key, in order. Keys are best sorted.
    virtual Result<std::vector<std::optional<std::string>>> get_many(
        Table table, std::span<const std::string> keys) const = 0;

    // Calls `row` for each from <= key < to in order until it answers false. Views live for the
    // call.
    using RowVisitor = std::function<bool(std::string_view key, std::string_view value)>;
    virtual Result<> scan(Table table, std::string_view from, std::string_view to,
                          const RowVisitor& row) const = 0;

    // Calls `visit` for each batch applied after `after`, in order, until it answers false.
    // NotFound when the batch that follows `after` is no longer held.
    using BatchVisitor = std::function<bool(Position, const Batch&)>;
    virtual Result<> changes_since(Position after, const BatchVisitor& visit) const = 0;

    // The number of the log file being written, for people; 0 where there is none.
    virtual std::uint64_t log_number() const = 0;

    // The rows as they are now, to be read for long while others write; nothing can be applied to it. This
    // store outlives it.
    virtual Result<std::unique_ptr<Store>> snapshot() const = 0;

    // Copies all that was applied before the call, and maybe some of what is applied meanwhile, into an
    // empty directory from which a store of the same kind opens; durable on return. `watch` hears how far it
    // is; answers it false the copy ends as Draining. InvalidArgument: the store keeps nothing on disk.
    struct CopySteps {
        std::uint64_t bytes = 0;   // Of the files that are there so far.
        std::uint64_t copied = 0;  // Of those, what was read and written again rather than shared.
    };
    using CopyWatch = std::function<bool(const CopySteps&)>;
    virtual Result<> copy_to(const std::string& directory, const CopyWatch& watch) const = 0;
};

}  // namespace swarmq::storage
