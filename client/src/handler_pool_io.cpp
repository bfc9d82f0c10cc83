// The thread that runs short jobs which come one by one, and the I/O in between.
#include "handler_pool.h"

namespace swarmq::inline sdk {

bool HandlerPool::is_to_serve() const { return run_io_ && is_lone_ && is_tiny() && !is_joining_; }

// False: the thread does not run the I/O, and there is nothing else for it to do.
bool HandlerPool::serve_io(std::unique_lock<std::mutex>& lock) {
    if (!is_to_serve() || is_serving_) return false;
    is_serving_ = true;
    has_work_ = false;
    lock.unlock();
    const bool has_served = run_io_([this] { return has_work_.load(); });
    lock.lock();
    is_serving_ = false;
    if (has_served && !is_to_serve()) {  // It will not be back at once.
        lock.unlock();
        wake_io_();
        lock.lock();
    }
    return has_served || can_begin();
}

}  // namespace swarmq::inline sdk
