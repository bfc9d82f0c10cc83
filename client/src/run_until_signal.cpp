// Holds a worker's main thread until someone asks the process to end.
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "worker_impl.h"

namespace swarmq::inline sdk {
namespace {

// Signal handlers reach nothing but globals.
std::atomic<int> signals_seen{0};
sem_t signal_arrived;

extern "C" void take_signal(int number) {
    if (signals_seen.fetch_add(1) > 0) _exit(128 + number);
    const int saved = errno;
    sem_post(&signal_arrived);
    errno = saved;
}

// The handlers of SIGTERM and SIGINT for as long as it lives; those from before come back.
class Signals {
  public:
    Signals() {
        signals_seen = 0;
        sem_init(&signal_arrived, 0, 0);
        struct sigaction ours {};
        ours.sa_handler = take_signal;
        sigemptyset(&ours.sa_mask);
        ours.sa_flags = SA_RESTART;
        sigaction(SIGTERM, &ours, &term_before_);
        sigaction(SIGINT, &ours, &int_before_);
    }
    ~Signals() {
        sigaction(SIGTERM, &term_before_, nullptr);
        sigaction(SIGINT, &int_before_, nullptr);
        sem_destroy(&signal_arrived);
    }
    Signals(const Signals&) = delete;

    void wait() {
        while (sem_wait(&signal_arrived) != 0 && errno == EINTR) {
        }
    }

  private:
    struct sigaction term_before_ {};
    struct sigaction int_before_ {};
};

}  // namespace

int Worker::run_until_signal() {
    Signals signals;
    start();
    signals.wait();
    stop();
    return 0;
}

}  // namespace swarmq::inline sdk
