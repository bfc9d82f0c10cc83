// Passes on what the daemon tells of itself.
#include "operations.h"

#include <stdexcept>
#include <utility>

#include "base/address.h"
#include "http/service.h"

namespace swarmq {

Operations::Operations(const Options& options) {
    start_.emplace(manager_);
    if (options.http_host.empty()) return;
    if (!is_loopback("--http-listen", options.http_host) && !options.is_insecure)
        throw std::runtime_error("--http-listen " + options.http_host +
                                 " can be reached from other machines, and there is no authentication; "
                                 "listen on 127.0.0.1, or say --insecure if that is what you want");
    http_ = std::make_unique<http::Service>(options.http_host, options.http_port, SWARMQ_VERSION);
}

Operations::~Operations() { stop(); }

void Operations::recovering(std::uint64_t rows) {
    start_->rows_read(rows);
    if (http_) http_->tell_recovery(rows);
}

void Operations::serve(Serving serving) {
    start_->stop();
    serving.sources.recovery_seconds =
        std::chrono::duration<double>(Steady::now() - began_at_).count();
    serving.sources.recovered_rows = start_->rows();
    if (http_)
        http_->serve(serving.loop, std::move(serving.snapshot), std::move(serving.sources));
    status_ = serving.status;
    manager_.tell("READY=1\nSTATUS=" + status_);
    watchdog_.emplace(serving.loop.context(), manager_, std::move(serving.commit_age_ms));
    watchdog_->start();
}

void Operations::stopping() { manager_.tell("STOPPING=1\nSTATUS=stopping"); }

void Operations::reloading() {
    manager_.tell("RELOADING=1\nMONOTONIC_USEC=" + monotonic_us() + "\nSTATUS=reloading");
}

void Operations::reloaded() { manager_.tell("READY=1\nSTATUS=" + status_); }

void Operations::stop() {
    watchdog_.reset();
    if (http_) http_->stop();
}

std::string Operations::http_address() const { return http_ ? http_->address() : "off"; }

}  // namespace swarmq
