// One thread, first come, first served.
#include "broker/reader.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace swarmq::broker {
namespace {

constexpr std::size_t kWaitingMax = 10'000;

struct Task {
    std::function<void()> work;
    std::function<void()> done;
};

}  // namespace

struct Reader::Shared {
    explicit Shared(Loop& the_loop) : loop(the_loop) {}

    Loop& loop;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Task> waiting;
    bool is_stopping = false;

    void run() {
        while (true) {
            Task task;
            {
                std::unique_lock lock(mutex);
                changed.wait(lock, [&] { return is_stopping || !waiting.empty(); });
                if (is_stopping) return;
                task = std::move(waiting.front());
                waiting.pop_front();
            }
            task.work();
            loop.post(std::move(task.done));
        }
    }
};

Reader::Reader(Loop& loop)
    : shared_(std::make_unique<Shared>(loop)),
      thread_([shared = shared_.get()] { shared->run(); }) {}

Reader::~Reader() { stop(); }

bool Reader::submit(std::function<void()> work, std::function<void()> done) {
    {
        std::lock_guard lock(shared_->mutex);
        if (shared_->is_stopping || shared_->waiting.size() >= kWaitingMax) return false;
        shared_->waiting.push_back({std::move(work), std::move(done)});
    }
    shared_->changed.notify_one();
    return true;
}

void Reader::stop() {
    if (!thread_.joinable()) return;
    {
        std::lock_guard lock(shared_->mutex);
        shared_->is_stopping = true;
    }
    shared_->changed.notify_one();
    thread_.join();
}

}  // namespace swarmq::broker
