// Joins single adds into frames of AddJobs: into one for all queues, whose jobs are accepted each by itself; of a broker
// that does not know such, into one for each queue.
// Owner: Exchange, for as long as it makes one group of frames.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "request.h"

namespace swarmq::inline sdk {

class AddFrames {
  public:
    struct Limits {
        std::size_t frames = 1;
        std::size_t jobs = 1;  // Of a frame.
        bool is_mixed = false;  // A frame has jobs of all queues.
    };
    struct Frame {
        std::unique_ptr<Request> request;
        std::vector<SingleAdd> adds;  // In the order of the request's jobs.
    };

    explicit AddFrames(Limits limits) : limits_(limits) {}

    // False: it is for another group of frames, and still the caller's.
    bool take(SingleAdd& add);
    bool is_full() const { return is_full_; }
    std::size_t bytes() const { return bytes_; }
    std::vector<Frame> release() { return std::move(frames_); }

  private:
    std::size_t place_of(std::string_view queue) const;
    void put(SingleAdd add, Frame& frame);

    const Limits limits_;
    std::vector<Frame> frames_;
    std::vector<std::string> queues_;  // Of each frame; empty for a mixed one.
    // Where the frames of the queues are, but for the last one: a single queue costs no look-up.
    std::unordered_map<std::string, std::size_t> places_;
    std::size_t bytes_ = 0;
    bool is_full_ = false;
};

}  // namespace swarmq::inline sdk
