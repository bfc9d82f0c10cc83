// What the daemon asks of its allocator, jemalloc. MALLOC_CONF in the environment adds to it.
//
// A backlog touches much memory once: with pages of 4 KiB half of what an add costs is the system's work of handing
// them out, above all in a virtual machine, so pages of 2 MiB are asked for. Few threads allocate, and each arena
// touches large pages of its own, so there are two. What is freed is kept for a minute and then given back by a
// thread of the allocator, for an idle daemon would not come by.
#include "allocator.h"

#ifdef SWARMQ_JEMALLOC

#include <jemalloc/jemalloc.h>
#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <string>

extern "C" {
extern const char* malloc_conf;
const char* malloc_conf =
    "thp:always,narenas:2,background_thread:true,dirty_decay_ms:60000,muzzy_decay_ms:0";
}

namespace swarmq {
namespace {

constexpr unsigned kArenas = 2;
// A range that is given back stops being advised for large pages, else the system would make some of it again by and by,
// though nobody uses it. Each may be a mapping of its own, of which a process has 65,530: so not small ones, and not many.
constexpr std::size_t kRangeBytesMin = 64 * 1024;
constexpr int kRangesMax = 8'192;
std::atomic<int> ranges_given_back{0};

// True: not done, the allocator empties the range as it lies.
bool give_back(extent_hooks_t*, void* start, std::size_t, std::size_t offset, std::size_t bytes, unsigned) {
    if (bytes < kRangeBytesMin || ranges_given_back >= kRangesMax) return true;
    char* const first = static_cast<char*>(start) + offset;
    if (madvise(first, bytes, MADV_NOHUGEPAGE) != 0 || madvise(first, bytes, MADV_DONTNEED) != 0) return true;
    ++ranges_given_back;
    return false;
}

// False: done. Without large pages it would do as well.
bool take_again(extent_hooks_t*, void* start, std::size_t, std::size_t offset, std::size_t bytes, unsigned) {
    static_cast<void>(madvise(static_cast<char*>(start) + offset, bytes, MADV_HUGEPAGE));
    --ranges_given_back;
    return false;
}

}  // namespace

void set_up_allocator() {
    static extent_hooks_t hooks;
    for (unsigned arena = 0; arena < kArenas; ++arena) {
        const std::string name = "arena." + std::to_string(arena) + ".extent_hooks";
        extent_hooks_t* theirs = nullptr;
        std::size_t bytes = sizeof theirs;
        if (mallctl(name.c_str(), &theirs, &bytes, nullptr, 0) != 0) continue;
        if (arena == 0) hooks = *theirs;
        hooks.dalloc = nullptr;  // The range stays ours.
        hooks.decommit = give_back;
        hooks.commit = take_again;
        extent_hooks_t* ours = &hooks;
        static_cast<void>(mallctl(name.c_str(), nullptr, nullptr, &ours, sizeof ours));
    }
}

}  // namespace swarmq

#else

void swarmq::set_up_allocator() {}

#endif
