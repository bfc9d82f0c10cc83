// What the daemon asks of its allocator, jemalloc. MALLOC_CONF in the environment adds to it.
//
// A backlog touches much memory once: with pages of 4 KiB half of what an add costs is the system's work of handing
// them out, above all in a virtual machine, so pages of 2 MiB are asked for. Few threads allocate, and each arena
// touches large pages of its own, so there are two, and none apart for what is huge. What is freed is kept for a
// minute and then given back by a thread of the allocator, for an idle daemon would not come by.
#include "allocator.h"

#ifdef SWARMQ_JEMALLOC

#include <jemalloc/jemalloc.h>
#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,narenas:2,oversize_threshold:0,background_thread:true,dirty_decay_ms:60000,"
                          "muzzy_decay_ms:0";
}

namespace swarmq {
namespace {

constexpr std::uintptr_t kLargePage = 2 * 1024 * 1024;
// A range that is given back stops being advised for large pages, else the system would make some of it again by and by,
// though nobody uses it. Each may be a mapping of its own, of which a process has 65,530: so not small ones, and not many.
constexpr std::size_t kRangeBytesMin = 64 * 1024;
constexpr std::size_t kBytesMax = 8'192 * kRangeBytesMin;
std::atomic<std::size_t> bytes_given_back{0};

// True: not done, the allocator empties the range as it lies.
bool give_back(extent_hooks_t*, void* start, std::size_t, std::size_t offset, std::size_t bytes, unsigned) {
    if (bytes < kRangeBytesMin || bytes_given_back + bytes > kBytesMax) return true;
    char* const first = static_cast<char*>(start) + offset;
    if (madvise(first, bytes, MADV_NOHUGEPAGE) != 0 || madvise(first, bytes, MADV_DONTNEED) != 0) return true;
    bytes_given_back += bytes;
    return false;
}

// False: done. A page is large only if all of it is advised, so that is up to its borders. Where nothing is mapped the
// system says so, and small pages do as well.
bool take_again(extent_hooks_t*, void* start, std::size_t, std::size_t offset, std::size_t bytes, unsigned) {
    char* const first = static_cast<char*>(start) + offset;
    const std::uintptr_t before = reinterpret_cast<std::uintptr_t>(first) % kLargePage;
    const std::uintptr_t after = (kLargePage - (before + bytes) % kLargePage) % kLargePage;
    static_cast<void>(madvise(first - before, before + bytes + after, MADV_HUGEPAGE));
    bytes_given_back -= bytes;
    return false;
}

// Whether MALLOC_CONF left it at that.
bool uses_large_pages() {
    const char* pages = nullptr;
    std::size_t bytes = sizeof pages;
    return mallctl("opt.thp", &pages, &bytes, nullptr, 0) == 0 && std::string_view(pages) == "always";
}

}  // namespace

void set_up_allocator() {
    static extent_hooks_t hooks;
    unsigned arenas = 0;
    std::size_t arenas_bytes = sizeof arenas;
    if (!uses_large_pages() || mallctl("opt.narenas", &arenas, &arenas_bytes, nullptr, 0) != 0) return;
    for (unsigned arena = 0; arena < arenas; ++arena) {
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
