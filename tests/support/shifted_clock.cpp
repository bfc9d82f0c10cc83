// A wall clock that is SWARMQ_TEST_CLOCK_SHIFT seconds ahead. Preloaded into a daemon.
#include <dlfcn.h>
#include <time.h>

#include <cstdlib>

extern "C" int clock_gettime(clockid_t clock, timespec* now) {
    using Get = int (*)(clockid_t, timespec*);
    static const Get real = reinterpret_cast<Get>(::dlsym(RTLD_NEXT, "clock_gettime"));
    const int failed = real(clock, now);
    const bool is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    if (failed != 0 || !is_wall) return failed;
    static const char* const shift = std::getenv("SWARMQ_TEST_CLOCK_SHIFT");
    if (shift != nullptr) now->tv_sec += std::atoll(shift);
    return 0;
}
