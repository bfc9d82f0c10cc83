// Turns the paragraphs of documents into vectors, one job each, and tells which resemble each
// other.
#include "generate_embedding/commands.h"

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace {

constexpr const char* kUsage =
    "usage: generate-embedding submit FILE...          adds a job for each paragraph\n"
    "       generate-embedding work [--concurrency N]  works on them until SIGTERM\n"
    "       generate-embedding report COMPARISON       prints the most similar paragraphs\n"
    "The broker is the one of SWARMQ_SERVER, else 127.0.0.1:6410.\n";

constexpr int kExitUsage = 2;

int run(const std::vector<std::string>& words) {
    const std::string command = words.empty() ? "" : words.front();
    if (command == "submit" && words.size() > 1) {
        return example::submit({words.begin() + 1, words.end()});
    }
    if (command == "work" && words.size() == 1) {
        return example::work(1);
    }
    if (command == "work" && words.size() == 3 && words[1] == "--concurrency") {
        return example::work(std::stoul(words[2]));
    }
    if (command == "report" && words.size() == 2) {
        return example::report(words[1]);
    }
    std::cerr << kUsage;
    return kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::cerr << "generate-embedding: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
