// What the world draws when someone adds a job: the same for the engine and for the reference.
#pragma once

#include "engine/commands.h"
#include "simulation/dice.h"
#include "simulation/reference_model.h"

namespace swarmq::simulation {

// Without id and delay.
Added draw_job(Dice& dice, QueueNumber queue, engine::JobSpec& spec);

}  // namespace swarmq::simulation
