// What the daemon's exit tells the service manager; also in deploy/README.md.
#pragma once

namespace swarmq {

inline constexpr int kExitOk = 0;
inline constexpr int kExitStartFailed = 1;   // One line on standard error says why.
inline constexpr int kExitDamaged = 2;       // verify found damage, or the store must be repaired.
inline constexpr int kExitStoreFailed = 74;  // A write or sync failed: restart, recovery decides.

}  // namespace swarmq
