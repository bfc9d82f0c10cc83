// The time zones of this machine (package tzdata), for the engine. Zones are read when first asked for
// and kept: new rules are known after a restart.
// Thread rule: any thread.
#pragma once

#include "engine/zone.h"

namespace swarmq::broker {

class TimeZones : public engine::ZoneSource {
  public:
    std::shared_ptr<const engine::Zone> find(std::string_view name) const override;
};

}  // namespace swarmq::broker
