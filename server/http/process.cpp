// Reads /proc, as proc(5) tells.
#include "http/process.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace swarmq::http {
namespace {

double seconds_of(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Seconds since the epoch at which the system started. Not from /proc/stat, which services may not see.
double boot_seconds() { return seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME); }

// The fields behind the name, which may itself hold spaces and brackets.
void read_stat(ProcessFigures& figures) {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(')');
    if (name_end == std::string::npos) return;
    std::istringstream fields(line.substr(name_end + 1));
    std::string state;
    fields >> state;
    std::uint64_t value[22] = {};  // From field 4 on; some are negative, none that is used.
    for (auto& field : value) {
        std::string word;
        if (!(fields >> word)) return;
        field = word.starts_with('-') ? 0 : std::stoull(word);
    }
    const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    figures.cpu_seconds = static_cast<double>(value[10] + value[11]) / ticks;
    figures.threads = value[16];
    figures.start_seconds = boot_seconds() + static_cast<double>(value[18]) / ticks;
    figures.virtual_bytes = value[19];
    figures.resident_bytes = value[20] * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

ProcessFigures read_process() {
    ProcessFigures figures;
    read_stat(figures);
    std::error_code error;
    for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
         at.increment(error))
        ++figures.open_fds;
    struct rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.max_fds = limit.rlim_cur;
    return figures;
}

}  // namespace swarmq::http
