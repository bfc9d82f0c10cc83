// The exit codes of the command; `swarm --help` prints the same list.
#pragma once

namespace swarmq::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;        // Refused, or the awaited job failed.
inline constexpr int kExitRemoved = 2;       // The awaited job was removed, or is stored no more.
inline constexpr int kExitNotFound = 3;      // No such queue or job.
inline constexpr int kExitDamaged = 4;       // What the broker keeps is damaged.
inline constexpr int kExitUnwell = 5;        // The doctor found something that needs someone.
inline constexpr int kExitUsage = 64;        // The command line, or a file it names, is wrong.
inline constexpr int kExitUnreachable = 69;  // No broker answers at this address.
inline constexpr int kExitUnknown = 75;      // Sent, but not answered: it may or may not be done.
inline constexpr int kExitTimedOut = 124;    // The time given was over first.

inline constexpr const char* kExitCodesHelp =
    "Exit codes:\n"
    "  0    done\n"
    "  1    refused by the broker or at a question, or the awaited job failed\n"
    "  2    the awaited job was removed, or is stored no more\n"
    "  3    no such queue or job\n"
    "  4    verify found damage\n"
    "  5    doctor found something that needs someone\n"
    "  64   the command line is wrong\n"
    "  69   no broker answers\n"
    "  75   the answer was lost: it may or may not be done\n"
    "  124  the time given was over first\n";

}  // namespace swarmq::cli
