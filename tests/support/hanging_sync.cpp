// A disk whose syncs hang while the file named by SWARMQ_TEST_HANG exists. Preloaded into a daemon.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>

namespace {

using Sync = int (*)(int);

void wait_while_it_hangs() {
    const char* const file = std::getenv("SWARMQ_TEST_HANG");
    while (file != nullptr && ::access(file, F_OK) == 0) ::poll(nullptr, 0, 20);
}

int after_the_hang(const char* name, int descriptor) {
    wait_while_it_hangs();
    return reinterpret_cast<Sync>(::dlsym(RTLD_NEXT, name))(descriptor);
}

}  // namespace

extern "C" int fsync(int descriptor) { return after_the_hang("fsync", descriptor); }
extern "C" int fdatasync(int descriptor) { return after_the_hang("fdatasync", descriptor); }
