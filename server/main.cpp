// The daemon's entry: options in, exit code out.
#include <cstdio>
#include <exception>

#include "allocator.h"
#include "daemon.h"
#include "exit_codes.h"
#include "options.h"
#include "store_tools.h"

#ifndef SWARMQ_VERSION
#error "SWARMQ_VERSION comes from the build"
#endif

int main(int argc, char** argv) {
    swarmq::set_up_allocator();
    try {
        const swarmq::Options options = swarmq::parse_options(argc, argv);
        if (options.wants_version) {
            std::printf("swarmqd %s\n", SWARMQ_VERSION);
            return swarmq::kExitOk;
        }
        if (options.wants_config) {
            std::fputs(swarmq::describe(options).c_str(), stdout);
            return swarmq::kExitOk;
        }
        if (options.command == "verify") return swarmq::verify_store(options);
        if (options.command == "repair") return swarmq::repair_store(options);
        return swarmq::Daemon(options).run();
    } catch (const swarmq::DamagedStore& error) {
        std::fprintf(stderr, "swarmqd: %s\n", error.what());
        return swarmq::kExitDamaged;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "swarmqd: %s\n", error.what());
        return swarmq::kExitStartFailed;
    }
}
