// Which frame an add goes into, and how its queue is told.
#include "add_frames.h"

#include <utility>

namespace swarmq::inline sdk {

bool AddFrames::take(SingleAdd& add) {
    if (add.is_alone && !frames_.empty()) return false;
    const std::string_view queue = limits_.is_mixed ? std::string_view() : add.queue;
    const std::size_t place = place_of(queue);
    if (place == frames_.size()) {
        if (frames_.size() == limits_.frames) return false;
        if (!frames_.empty()) places_.emplace(queues_.back(), frames_.size() - 1);
        queues_.emplace_back(queue);
        Request& request = *frames_.emplace_back(Frame{std::make_unique<Request>(), {}}).request;
        request.kind = Request::Kind::Change;
        request.deadline = add.deadline;
        request.envelope.mutable_add_jobs()->set_independent(limits_.is_mixed);
    }
    Frame& frame = frames_[place];
    bytes_ += add.bytes;
    put(std::move(add), frame);
    is_full_ = frame.adds.back().is_alone || frame.adds.size() == limits_.jobs;
    return true;
}

std::size_t AddFrames::place_of(std::string_view queue) const {
    if (frames_.empty()) return 0;
    if (queues_.back() == queue) return frames_.size() - 1;
    if (places_.empty()) return frames_.size();
    const auto found = places_.find(std::string(queue));
    return found == places_.end() ? frames_.size() : found->second;
}

// With one queue its name stands once.
void AddFrames::put(SingleAdd add, Frame& frame) {
    v1::AddJobs& message = *frame.request->envelope.mutable_add_jobs();
    if (frame.adds.empty()) {
        message.set_queue(add.queue);
    } else if (message.queues_size() > 0) {
        message.add_queues(add.queue);
    } else if (message.queue() != add.queue) {
        for (int i = 0; i < message.jobs_size(); ++i) message.add_queues(message.queue());
        message.clear_queue();
        message.add_queues(add.queue);
    }
    frame.request->bytes += add.bytes;
    message.mutable_jobs()->AddAllocated(add.job.release());
    frame.adds.push_back(std::move(add));
}

}  // namespace swarmq::inline sdk
