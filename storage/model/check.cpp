// The end of a process whose own rules were broken.
#include "model/check.h"

#include <cstdio>
#include <cstdlib>

namespace swarmq {

void check_failed(std::string_view condition, std::string_view file, int line, std::int64_t left,
                  std::int64_t right) {
    std::fprintf(stderr, "swarmq: check failed at %.*s:%d: %.*s (%lld, %lld)\n",
                 static_cast<int>(file.size()), file.data(), line,
                 static_cast<int>(condition.size()), condition.data(), static_cast<long long>(left),
                 static_cast<long long>(right));
    std::fflush(stderr);
    std::abort();
}

}  // namespace swarmq
