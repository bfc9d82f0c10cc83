// Blocks the signals and reads them from a descriptor.
#include "stop_signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace swarmq::cli {

StopSignals::StopSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    fd_ = Fd(::signalfd(-1, &signals, SFD_CLOEXEC));
}

int StopSignals::take() const {
    signalfd_siginfo info{};
    const ssize_t count = ::read(fd_.number(), &info, sizeof info);
    return count == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

bool StopSignals::wait(Milliseconds longest) const {
    pollfd polled{fd_.number(), POLLIN, 0};
    return ::poll(&polled, 1, static_cast<int>(longest.count())) > 0;
}

}  // namespace swarmq::cli
