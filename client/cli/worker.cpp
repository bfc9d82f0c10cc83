// `swarm worker`: a worker whose handlers are commands.
#include "child.h"
#include "command_handler.h"
#include "exit_codes.h"
#include "stop_signals.h"
#include "values.h"
#include "verbs.h"

#include <swarmq/worker.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

namespace swarmq::cli {
namespace {

struct WorkerVerb {
    std::string queue;
    std::vector<std::string> stray;
    std::optional<std::uint64_t> concurrency;
    std::string handlers;
    std::optional<Milliseconds> grace;
    std::optional<Milliseconds> kill_after;
    std::optional<Milliseconds> lease;
    std::string content_type;
    std::map<std::string, std::string> labels;
    bool is_quiet = false;
    bool is_without_log = false;
};

// "region=eu,gpu=yes".
std::map<std::string, std::string> parse_labels(const std::string& text) {
    std::map<std::string, std::string> labels;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        const std::string label = text.substr(at, end - at);
        const std::size_t mark = label.find('=');
        if (mark == 0 || mark == std::string::npos)
            throw UsageError(fmt::format("--labels: '{}' is not NAME=VALUE", label));
        labels[label.substr(0, mark)] = label.substr(mark + 1);
        at = end + 1;
    }
    return labels;
}

// Stops in a thread of its own, so that a second signal is heard meanwhile: it kills the commands,
// which are in process groups of their own and would outlive us, and ends the process.
void stop_worker(Worker& worker, CommandHandler& handler, const StopSignals& signals) {
    const Fd stopped(::eventfd(0, EFD_CLOEXEC));
    std::thread stopper([&] {
        worker.close();
        const std::uint64_t one = 1;
        if (::write(stopped.number(), &one, sizeof one) < 0) std::abort();
    });
    for (;;) {
        std::array<pollfd, 2> fds{
            {{stopped.number(), POLLIN, 0}, {signals.fd().number(), POLLIN, 0}}};
        ::poll(fds.data(), fds.size(), -1);
        if (fds[0].revents != 0) break;
        if (fds[1].revents == 0) continue;
        const int number = signals.take();
        handler.kill_all();
        ::_exit(128 + number);
    }
    stopper.join();
}

CommandHandlerOptions handler_options(const WorkerVerb& verb, const Session& session,
                                      const Connection& connection) {
    if (!verb.stray.empty()) {
        throw UsageError(
            fmt::format("'{}' was not expected; the command stands after --, as in: swarm "
                        "worker {} -- {}",
                        verb.stray.front(), verb.queue, fmt::join(verb.stray, " ")));
    }
    if (session.command().empty() == verb.handlers.empty()) {
        throw UsageError(fmt::format(
            "{}: say what to run for each job, swarm worker {} -- COMMAND, or which command for "
            "which "
            "job name, --handlers FILE (see swarm worker --help)",
            verb.handlers.empty() ? "no command" : "a command and --handlers exclude each other",
            verb.queue));
    }
    CommandHandlerOptions options{verb.handlers.empty() ? JobCommands::for_all(session.command())
                                                        : JobCommands::from_file(verb.handlers)};
    options.kill_after = verb.kill_after.value_or(options.kill_after);
    options.content_type = verb.content_type;
    options.server = connection.server();
    options.is_quiet = verb.is_quiet;
    options.is_logging = !verb.is_without_log;
    return options;
}

int work(const WorkerVerb& verb, Session& session) {
    ::signal(SIGPIPE, SIG_IGN);
    // The trace that a command sees is its job's, never the one in which the worker was started.
    ::unsetenv("TRACEPARENT");
    ::unsetenv("TRACESTATE");
    const StopSignals signals;
    Connection connection = session.open(verb.labels);
    CommandHandler handler(handler_options(verb, session, connection));
    WorkerOptions options{.queues = {verb.queue}, .connection = connection};
    options.concurrency = verb.concurrency.value_or(1);
    options.grace = verb.grace.value_or(options.grace);
    options.lease = verb.lease.value_or(options.lease);
    options.on_problem = [](const WorkerProblem& problem) {
        fmt::print(stderr, "{}: the answer was refused: {}\n", problem.job_id,
                   problem.error.message);
    };
    // Refused tokens and versions and a broker that is not there are told now; later it is waited
    // for.
    connection.connect();
    Worker worker(options, [&handler](JobContext& context) { return handler.run(context); });
    worker.start();
    if (!verb.is_quiet) {
        fmt::print(stderr, "swarm worker: waiting for jobs of {}, {} at a time; Ctrl-C stops\n",
                   verb.queue, options.concurrency);
    }
    signals.take();
    stop_worker(worker, handler, signals);
    return kExitOk;
}

}  // namespace

Run declare_worker(Arguments& arguments) {
    auto verb = std::make_shared<WorkerVerb>();
    arguments.word("QUEUE", verb->queue, "The queue; the command stands after --");
    arguments.words("COMMAND", verb->stray, "What to run for each job, with its arguments");
    arguments.number("--concurrency", verb->concurrency, 1, 10'000, "Jobs at a time. Default: 1");
    arguments.file("--handlers", verb->handlers, "A TOML file: job name = command");
    arguments.duration("--grace", verb->grace,
                       "How long running jobs may go on after a stop. Default: 10s");
    arguments.duration("--kill-after", verb->kill_after,
                       "From SIGTERM to SIGKILL for a cancelled job. Default: 5s");
    arguments.duration(
        "--lease", verb->lease,
        "Silence after which the broker gives a job to another worker. Default: 30s");
    arguments.option("--labels", "NAME=VALUE,...", "Shown by swarm workers; at most 16",
                     [&labels = verb->labels](const std::string& text) { labels = parse_labels(text); });
    arguments.text("--content-type", verb->content_type,
                   "Of the results. Default: JSON, by convention");
    arguments.flag("--quiet", verb->is_quiet, "No line on standard error for each attempt");
    arguments.flag("--no-log", verb->is_without_log, "Standard error is not the job's log");
    return [verb](Session& session) { return work(*verb, session); };
}

}  // namespace swarmq::cli
