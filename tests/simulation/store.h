// A store that makes turns durable late and in order, and that forgets everything else in a crash.
#pragma once

#include "engine/engine.h"
#include "model/changes.h"

#include <cstdint>
#include <deque>
#include <memory>

namespace swarmq::simulation {

// What is durable. Throws a Violation when it is asked for what no correct engine asks.
class Disk {
  public:
    virtual ~Disk() = default;
    virtual void apply(const Changes& changes) = 0;
    virtual void recover(engine::Engine& engine) = 0;
};

// Plain values in maps: quick, and strict about what it is asked.
std::unique_ptr<Disk> make_plain_disk();
// The rows of the product: through the encoder, a store in memory and the scan at start.
std::unique_ptr<Disk> make_row_disk();

class Store {
  public:
    explicit Store(std::unique_ptr<Disk> disk) : disk_(std::move(disk)) {}

    void write(std::uint64_t turn, Changes&& changes) {
        pending_.push_back({turn, std::move(changes)});
    }
    // Makes the oldest pending turn durable; answers its number.
    std::uint64_t sync_one();
    // True while there is a turn that a crash would lose.
    bool has_pending() const { return !pending_.empty(); }
    std::size_t pending() const { return pending_.size(); }
    // The highest job number of an add that is durable.
    std::uint64_t durable_seq() const { return durable_seq_; }
    void crash() { pending_.clear(); }
    void recover(engine::Engine& engine) { disk_->recover(engine); }

  private:
    struct Pending {
        std::uint64_t turn = 0;
        Changes changes;
    };
    std::unique_ptr<Disk> disk_;
    std::deque<Pending> pending_;
    std::uint64_t durable_seq_ = 0;
};

}  // namespace swarmq::simulation
