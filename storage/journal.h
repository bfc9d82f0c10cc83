// The one door through which a shard makes anything durable: an ordered stream of batches. Today's
// local journal appends by writing the store, its log synced; a replicated one would append
// elsewhere first. Thread rule: one thread at a time calls append and sync.
#pragma once

#include "batch.h"
#include "model/error.h"
#include "model/ids.h"
#include "store.h"

#include <cstdint>

namespace swarmq::storage {

// What an append has to wait for.
enum class AppendWaits : std::uint8_t {
    ForNothing,
    ForItsSync,  // That what it wrote is on the disk; now and then for a file that grows.
    ForMore,     // It may be: for another machine, for what others have to write.
};

class Journal {
  public:
    virtual ~Journal() = default;

    // Becomes the owner with an epoch above all earlier ones, durable on return. Once, before
    // append. The claim is itself a batch of the stream: last() moves.
    virtual Result<Epoch> claim() = 0;

    // Appends after `expected`, the position of the batch before, and answers the new one once it
    // is as durable as the mode says. Errors: NotOwner (someone else claimed, or expected is not
    // the last; nothing was appended), DiskLow (nothing was appended), Unknown (it may have been
    // appended or not). After Unknown or NotOwner nothing may be appended: the shard's memory is
    // thrown away and rebuilt.
    virtual Result<Position> append(const Batch& batch, Position expected) = 0;

    // What appending it now has to wait for. Only whoever appends may ask.
    virtual AppendWaits waits(const Batch& batch) const = 0;

    // Makes all appended batches durable; for the periodic mode.
    virtual Result<> sync() = 0;

    // Notes outside the log how far it was durable, so that a log that lost its end is noticed at
    // the next start. Append and sync do it once a second; call it within a second after the last
    // of them, and at the end. Cheap when there is nothing new. Unknown as for append.
    virtual Result<> checkpoint() = 0;

    // The position of the last batch appended.
    virtual Position last() const = 0;

    // Calls `visit` for each batch after `after`, in order, until it answers false. NotFound when
    // the journal no longer holds the batch that follows `after`.
    using BatchVisitor = Store::BatchVisitor;
    virtual Result<> read(Position after, const BatchVisitor& visit) const = 0;

    // Allows batches up to `upto` to be forgotten.
    virtual Result<> truncate(Position upto) = 0;
};

}  // namespace swarmq::storage
