// What the daemon's exit tells the service manager; also in deploy/README.md.
#pragma once

namespace swarmq {

inline constexpr int kExitOk = 0;
inline constexpr int kExitStartFailed = 1;   // One line on standard error says why.
// What is stored is damaged: verify found it, a start is refused, or repair cannot go on. Another start would
// find the same.
inline constexpr int kExitDamaged = 2;
inline constexpr int kExitStoreFailed = 74;  // A write or sync failed: restart, recovery decides.

}  // namespace swarmq
