// The copy itself.
#include "http/snapshot.h"

#include "broker/broker.h"

namespace swarmq::http {

Snapshot take_snapshot(broker::Broker& broker, const api::ServerFacts& facts) {
    Snapshot taken;
    taken.now_ms = broker.now_ms();
    taken.facts = facts;
    taken.stats = broker.stats();
    taken.overview = broker.engine().overview(kQueuesShownMax);
    taken.jobs = broker.engine().job_count();
    taken.commit_age_ms = broker.commit_age_ms();
    taken.has_failed = broker.has_failed();
    if (const auto& refusal = broker.add_refusal()) taken.add_refusal = refusal->detail;
    return taken;
}

}  // namespace swarmq::http
