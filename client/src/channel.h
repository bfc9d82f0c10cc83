// What stands behind a Connection: the I/O thread, the way into it, and the life of its links.
//
// Threads: submit() and what is marked "any thread" may come from anywhere; the rest belongs to whoever
// has the I/O lock: whoever runs the context (io_runner.h) in all that Asio calls, or a thread that sends something right
// away. No code of users runs there.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <unordered_set>
#include <variant>
#include <vector>

#include <swarmq/options.h>

#include "asio.h"
#include "callbacks.h"
#include "exchange.h"
#include "io_lock.h"
#include "io_runner.h"
#include "link.h"

namespace swarmq::inline sdk {

// Something that has its own words with the broker on every link: a worker's subscription. All calls
// come with the I/O lock.
class LinkUser {
  public:
    virtual ~LinkUser() = default;
    // A session began, or began again.
    virtual void link_up(const v1::Welcome& welcome) = 0;
    virtual void link_down() = 0;
    virtual bool holds(std::uint64_t token) const = 0;
    // A Deliver or JobNotice; true when it was this user's.
    virtual bool push(v1::Envelope& envelope) = 0;
    // Before every write: the time to hand over what has collected.
    virtual void before_write() = 0;
    virtual void tick(SteadyTime now) = 0;
    // The connection was closed for good; nothing follows.
    virtual void closed() {}
};

class Channel : public std::enable_shared_from_this<Channel> {
  public:
    // What to do with a request when too much is waiting: fail it, or block the caller until there is
    // room.
    enum class Room { Refuse, Wait };

    static std::shared_ptr<Channel> create(ConnectionOptions options);

    // Any thread.
    void submit(std::unique_ptr<Request> request, Room room);
    void submit(SingleAdd add, Room room);
    // Runs `task` with the I/O lock, here or on the I/O thread; false when the channel is closed. Any thread.
    bool run(std::function<void()> task);
    // For a caller that waits for an answer: runs the I/O meanwhile, if nobody does. Any thread.
    void run_until(const std::function<bool()>& is_done) { runner_.run_until(is_done); }
    // For a thread that waits for work: collects from the users, writes, and runs the I/O until `is_done`; false: somebody
    // else runs it. Any thread.
    bool serve_until(const std::function<bool()>& is_done);
    // A job was given to a thread that will be back to serve at once.
    void step_aside_for_worker() { runner_.step_aside_for_worker(); }
    // Makes the I/O thread collect from its users and write. Any thread.
    void wake();
    void close();                          // Any thread but the callback thread.
    std::optional<Error> connect();        // Any thread; blocks.
    bool is_connected() const { return is_connected_; }
    // A job that was taken by hand, and its end: leases that nobody holds are handed back. Any thread.
    void hold_taken(std::uint64_t token);
    void drop_taken(std::uint64_t token);
    const ConnectionOptions& options() const { return options_; }

    Callbacks& callbacks() { return callbacks_; }
    Exchange& exchange() { return exchange_; }
    asio::io_context& io() { return io_; }
    IoLock& io_lock() { return io_lock_; }
    void add_user(std::shared_ptr<LinkUser> user);
    void remove_user(const LinkUser* user);
    // The session of the current link; nothing while there is none.
    const v1::Welcome* session() const { return is_connected_ ? &welcome_ : nullptr; }
    std::uint32_t next_subscription() { return ++last_subscription_; }
    // A frame without an answer, into the next write.
    void send_unanswered(v1::Envelope& envelope);
    void write();

  private:
    using Task = std::function<void()>;
    using Item = std::variant<std::unique_ptr<Request>, SingleAdd, Task>;

    explicit Channel(ConnectionOptions options);
    ~Channel();
    static void destroy(Channel* channel);

    // Whether to send on the caller's thread, if nobody else has the I/O lock.
    enum class AtOnce { Always, WhenQuiet, Never };
    std::optional<Error> enter(Item& item, std::size_t bytes, Room room, AtOnce at_once);
    void drain_at_once_or_post(AtOnce at_once);
    void start_thread();
    void drain();
    void take_inbox();
    void take(Item item);
    bool note_who_waits();
    void note_quiet();
    void open_link();
    v1::Envelope make_hello() const;
    void link_up(v1::Welcome& welcome);
    void link_frame(v1::Envelope& envelope);
    void link_down(Error error);
    void release_unknown();
    bool is_held(std::uint64_t token) const;
    void reconnect_later();
    void tick();
    void tick_later();
    void keep_alive(SteadyTime now);
    void shut_down();
    void end();

    const ConnectionOptions options_;
    const Address address_;
    const std::string client_id_;

    mutable std::mutex mutex_;  // Guards the inbox and what waits for the link.
    std::condition_variable changed_;
    std::vector<Item> inbox_;
    std::size_t inbox_bytes_ = 0;
    std::size_t waiting_for_room_ = 0;
    std::unordered_set<std::uint64_t> taken_;  // Tokens of jobs that were taken by hand.
    bool is_drain_posted_ = false;
    bool must_adds_wait_ = false;  // The broker's window is full: they wake nobody, the next write() takes them.
    bool is_closed_ = false;
    std::optional<Error> last_failure_;
    std::atomic<std::size_t> unsent_bytes_{0};
    std::atomic<bool> is_connected_{false};

    IoLock io_lock_;
    asio::io_context io_{1};
    IoRunner runner_{io_};
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    asio::steady_timer tick_timer_{io_};
    asio::steady_timer reconnect_timer_{io_};
    Callbacks callbacks_;
    Exchange exchange_;
    std::shared_ptr<Link> link_;
    v1::Welcome welcome_;
    std::string resume_session_;
    std::chrono::milliseconds retry_after_{0};
    SteadyTime last_ping_{};
    unsigned failed_attempts_ = 0;
    bool is_shutting_down_ = false;
    std::minstd_rand random_;
    std::vector<std::shared_ptr<LinkUser>> users_;
    std::uint32_t last_subscription_ = 0;
    std::vector<Item> drained_;
    bool is_taking_ = false;
    std::thread thread_;
};

}  // namespace swarmq::inline sdk
