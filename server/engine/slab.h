// Fixed addresses under 32-bit numbers: half the size of pointers, reused last in first out.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/check.h"

namespace swarmq::engine {

// The number that stands for no item.
inline constexpr std::uint32_t kNone = 0;

template <class T>
class Slab {
  public:
    std::uint32_t add(T item) {
        if (free_.empty()) grow();
        const std::uint32_t index = free_.back();
        free_.pop_back();
        (*this)[index] = std::move(item);
        ++size_;
        return index;
    }

    void remove(std::uint32_t index) {
        (*this)[index] = T{};
        free_.push_back(index);
        --size_;
    }

    T& operator[](std::uint32_t index) { return chunks_[index / kChunk][index % kChunk]; }
    const T& operator[](std::uint32_t index) const {
        return chunks_[index / kChunk][index % kChunk];
    }

    std::size_t size() const { return size_; }
    // Indexes below it may be looked at.
    std::size_t capacity() const { return chunks_.size() * kChunk; }

  private:
    static constexpr std::uint32_t kChunk = 1024;

    void grow() {
        const auto first = static_cast<std::uint32_t>(chunks_.size()) * kChunk;
        SWARMQ_CHECK(first <= 0xffffffffU - kChunk);
        chunks_.push_back(std::make_unique<T[]>(kChunk));
        for (std::uint32_t i = kChunk; i-- > 0;)
            if (first + i != kNone) free_.push_back(first + i);
    }

    std::vector<std::unique_ptr<T[]>> chunks_;
    std::vector<std::uint32_t> free_;
    std::size_t size_ = 0;
};

}  // namespace swarmq::engine
