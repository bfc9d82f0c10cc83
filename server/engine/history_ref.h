// Names something that a pool holds, until the pool gives its place to another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace swarmq::engine {

struct HistoryRef {
    std::uint32_t index = 0;
    std::uint32_t generation = 0;  // 0: names nothing.
};

// References to what was taken away find nothing, whatever has its place now.
template <class T>
class RefPool {
  public:
    HistoryRef add() {
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(places_.size()));
            places_.emplace_back();
        }
        const std::uint32_t index = free_.back();
        free_.pop_back();
        Place& place = places_[index];
        place.item = std::make_unique<T>();
        if (++place.generation == 0) place.generation = 1;
        ++size_;
        return {index, place.generation};
    }

    void remove(HistoryRef ref) {
        if (find(ref) == nullptr) return;
        places_[ref.index].item.reset();
        free_.push_back(ref.index);
        --size_;
    }

    // Null when it is there no more.
    T* find(HistoryRef ref) const {
        if (ref.generation == 0) return nullptr;
        const Place& place = places_[ref.index];
        return place.generation == ref.generation ? place.item.get() : nullptr;
    }

    std::size_t size() const { return size_; }

  private:
    struct Place {
        std::unique_ptr<T> item;
        std::uint32_t generation = 0;
    };
    std::vector<Place> places_;
    std::vector<std::uint32_t> free_;
    std::size_t size_ = 0;
};

}  // namespace swarmq::engine
