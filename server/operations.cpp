// Passes on what the daemon tells of itself.
#include "operations.h"

#include <stdexcept>
#include <utility>

#include "base/address.h"
#include "http/service.h"

namespace swarmq {

Operations::Operations(const Options& options) {
    if (options.http_host.empty()) return;
    if (!is_loopback("--http-listen", options.http_host) && !options.is_insecure)
        throw std::runtime_error("--http-listen " + options.http_host +
                                 " can be reached from other machines, and there is no authentication; "
                                 "listen on 127.0.0.1, or say --insecure if that is what you want");
    http_ = std::make_unique<http::Service>(options.http_host, options.http_port, SWARMQ_VERSION);
}

Operations::~Operations() { stop(); }

void Operations::recovering(std::uint64_t rows) {
    recovered_rows_ = rows;
    if (http_) http_->tell_recovery(rows);
}

void Operations::serve(Loop& loop, std::function<http::Snapshot()> take, http::Sources sources) {
    if (!http_) return;
    sources.recovery_seconds = std::chrono::duration<double>(Steady::now() - began_at_).count();
    sources.recovered_rows = recovered_rows_;
    http_->serve(loop, std::move(take), std::move(sources));
}

void Operations::stop() {
    if (http_) http_->stop();
}

std::string Operations::http_address() const { return http_ ? http_->address() : "off"; }

}  // namespace swarmq
