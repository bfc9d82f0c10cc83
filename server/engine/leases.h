// Sessions, their subscriptions, and the leases these hold: who may work on what, and until when (R21).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/memory.h"

namespace swarmq::engine {

// A job's place in the lease list of its holder. Times only rise along the list.
void link_lease(Memory& memory, Slot slot, SubscriptionIndex subscription, TimeMs until_ms);
void unlink_lease(Memory& memory, Slot slot);
// The lease lasts its full length again, from now.
void renew_lease(Memory& memory, Slot slot);

SessionKey open_session(Memory& memory, const std::string& worker);
struct Resumed {
    SessionKey session{};
    std::vector<HeldLease> held;
    bool was_connected = false;  // Another connection had it; that one's is over.
};
// Nothing when the id is not known (any more).
std::optional<Resumed> resume_session(Memory& memory, const std::string& session_id);
// The connection broke: its leases wait for it a moment.
void lose_session(Memory& memory, SessionKey key);
// A goodbye: its jobs go back at once, no attempt and no stall counted.
void close_session(Memory& memory, SessionKey key);
// The grace of a lost session is over: its jobs go back as stalled.
void end_session_grace(Memory& memory, SessionKey key);
// A session that came from disk, whose worker may come back. One subscription for each length of lease.
SubscriptionIndex recover_holder(Memory& memory, const std::shared_ptr<const SessionRecord>& record,
                                 DurationMs lease_ms);

Result<> subscribe(Memory& memory, SessionKey key, const Subscribe& command);
Result<> quiet(Memory& memory, SessionKey key, std::uint32_t client_number);
void grant(Memory& memory, SessionKey key, std::uint32_t client_number, std::uint64_t jobs_total);
Result<> take(Memory& memory, SessionKey key, const Take& command);
// The wait of a Take is over: it is answered with no jobs.
void end_take(Memory& memory, SubscriptionIndex subscription);

// Enters the turns of its queues, now that it may have credit and room.
void make_ready(Memory& memory, SubscriptionIndex subscription);
// Gets nothing more; lives on while it holds leases.
void close_subscription(Memory& memory, SubscriptionIndex subscription);

// A lease timer fired: up to `limit` leases that have ended are taken away; answers how many.
std::size_t end_leases(Memory& memory, SubscriptionIndex subscription, std::size_t limit);
// Tells the session that runs the job that it is its no more, and why.
void tell_holder(Memory& memory, Slot slot, NoticeKind kind);
// The worker is lost to the job: back to its former place, or failed when this was once too often.
void stall(Memory& memory, Slot slot, const std::string& why);

}  // namespace swarmq::engine
