// One long job with progress: brings a catalogue of the installed packages up to date, record by
// record, while its producer shows how far it is.
#include "bulk_update/packages.h"

#include <swarmq/queue.h>
#include <swarmq/worker.h>

#include <boost/json.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* kQueue = "updates";

// Writes beside the target and renames at the end: a second attempt, or a cancelled one, leaves no
// half of a catalogue behind. The token keeps the files of two attempts apart.
swarmq::Outcome update(swarmq::JobContext& job) {
    const json::value input = json::parse(job.payload());
    const fs::path source(std::string(input.at("source").as_string()));
    const fs::path target(std::string(input.at("target").as_string()));
    const fs::path lists = source.parent_path() / "info";
    std::ifstream in(source);
    const std::vector<example::Package> packages = example::read_packages(in);
    if (packages.empty()) {
        return swarmq::Outcome::unrecoverable("no packages in " + source.string());
    }
    const fs::path draft = target.string() + '.' + std::to_string(job.token());
    std::ofstream out(draft);
    for (std::size_t i = 0; i < packages.size(); ++i) {
        if (job.is_cancelled()) {
            fs::remove(draft);
            return swarmq::Outcome::release();
        }
        out << example::updated_record(packages[i], example::measure(packages[i], lists)) << '\n';
        job.update_progress(static_cast<int>(100 * (i + 1) / packages.size()));
    }
    out.close();
    if (!out) {
        throw std::runtime_error("cannot write " + draft.string());
    }
    fs::rename(draft, target);
    const json::value result = {{"records", packages.size()}, {"target", target.string()}};
    return swarmq::Outcome::complete(json::serialize(result));
}

int run(const std::string& source, const std::string& target) {
    swarmq::Queue queue(kQueue);
    swarmq::Worker worker(kQueue, update);
    worker.start();
    const json::value input = {{"source", source}, {"target", target}};
    swarmq::JobOptions options;
    options.attempts = 2;
    options.timeout = 60s;
    const std::string id = queue.add_job("update-catalogue", json::serialize(input), options);
    std::future<swarmq::JobResult> end = queue.wait_result_future(id, 120s);
    while (end.wait_for(50ms) != std::future_status::ready) {
        const swarmq::Job job = queue.get_job(id);
        std::cout << to_string(job.state) << ' ' << (job.progress.empty() ? "0" : job.progress)
                  << " %\n"
                  << std::flush;
    }
    const swarmq::JobResult ended = end.get();
    worker.close();
    if (!ended.is_completed()) {
        std::cerr << "the update failed: " << ended.failed_reason << '\n';
        return EXIT_FAILURE;
    }
    std::cout << "completed " << queue.get_job(id).progress << " %: " << ended.result << '\n';
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2 || argc > 3) {
        std::cerr << "usage: bulk-update TARGET [SOURCE]   SOURCE: default /var/lib/dpkg/status\n";
        return 2;
    }
    try {
        return run(argc == 3 ? argv[2] : "/var/lib/dpkg/status", argv[1]);
    } catch (const std::exception& error) {
        std::cerr << "bulk-update: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
