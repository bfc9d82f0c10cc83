// Where decisions meet the world: takes commands for the engine, makes its turns durable one after
// another, and lets out what a turn says only then (output commit). Fail-stop: after the first failed
// commit nothing is acknowledged any more.
// Owner: the loop's thread; not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/loop.h"
#include "broker/clock.h"
#include "broker/commit_queue.h"
#include "broker/maintenance.h"
#include "broker/payload_window.h"
#include "broker/port.h"
#include "broker/reader.h"
#include "broker/stats.h"
#include "broker/ticker.h"
#include "broker/turn.h"
#include "broker/waiters.h"
#include "broker/watchers.h"
#include "engine/engine.h"
#include "journal.h"
#include "store.h"

namespace swarmq::broker {

struct BrokerOptions {
    ShardId shard{};
    std::chrono::milliseconds sync_every{0};  // For a journal that does not sync each append.
    std::size_t window_bytes_max = 128 * 1024 * 1024;
    // More than this much input in one unfinished turn: connections are told to stop reading.
    std::size_t turn_bytes_max = 8 * 1024 * 1024;
    // Adds are refused below this much free space; nothing: never. Asked once a second.
    std::function<std::optional<Error>()> check_disk;
    MaintenanceOptions maintenance = {};
    // Called once when the store has failed, after the ports have been told.
    std::function<void(const Error&)> on_failure;
};

// A numbered request; with an empty client it is not recognised when it comes again.
struct RequestTag {
    const std::string& client_id;
    std::uint64_t number = 0;
    std::uint64_t answered_up_to = 0;
};

class Broker {
  public:
    Broker(Loop& loop, const Clock& clock, engine::Engine& engine, storage::Journal& journal,
           storage::Store& store, BrokerOptions options);
    ~Broker();

    // Begins to keep time.
    void start();
    // Takes no more turns; what was said is made durable and said. Then `done`. Once.
    void stop(std::function<void()> done);

    // Time goes on; call before commands, once for each wake-up.
    void advance();
    // The engine's verbs, inside the turn that is being made. Call hold() after any that says something.
    engine::Engine& engine() { return engine_; }
    // A change that a resend must not make again: `verb` is called, or the first answer is given.
    Result<Answer> change(const RequestTag& tag, const std::function<Result<Answer>()>& verb);
    // `input_bytes` went into the turn that is being made, and `port` (may be null) wants to hear when it
    // is durable. Answers the turn's number.
    TurnNumber hold(const std::shared_ptr<Port>& port, std::size_t input_bytes);
    // So many jobs of the turn that is being made have ended: their worker waits for others.
    void note_ended(std::size_t jobs) { next_turn_ended_ += jobs; }
    // The turn that is being made would be committed at once, and workers wait for it: whoever has more to put into it lets
    // it go first, so that workers have something to do meanwhile. (Where a turn waits for a sync, fewer and larger ones are
    // better.)
    bool is_turn_wanted() const;
    // For a reader that has taken all that had arrived: where nothing waits for a disk, commits what `port` alone asked for,
    // as it did in the turn before. Nothing else is likely to come into the turn, so it need not be looked for first.
    void seal_if_alone(const Port* port);
    // Calls `then` on the loop when all that is known now is durable.
    void after_durable(std::function<void()> then);
    // Reads when all that is known now is durable: `read` on the reader's thread, then `done` on the
    // loop. `refused` instead when too many wait.
    void read(std::function<void(const storage::Store&)> read, std::function<void()> done,
              std::function<void()> refused);

    // False: stop reading from connections; `resume` is called when it is time to go on.
    bool accepts_more(const std::function<void()>& resume);
    // Why adds are refused just now.
    const std::optional<Error>& add_refusal() const { return add_refusal_; }

    void attach(engine::SessionKey session, std::shared_ptr<Port> port);
    // Only if it is still this port's.
    void detach(engine::SessionKey session, const Port* port);
    // Null when the session has no connection now.
    std::shared_ptr<Port> port_of(engine::SessionKey session) const;

    Waiters& waiters() { return waiters_; }
    Watchers& watchers() { return watchers_; }
    Maintenance& maintenance() { return maintenance_; }
    const Clock& clock() const { return clock_; }
    TimeMs now_ms() const { return clock_.now_ms(); }
    bool has_failed() const { return has_failed_; }
    Stats& stats() { return stats_; }
    // For how long the commit that is under way has been; 0: none is.
    DurationMs commit_age_ms() const;

  private:
    void tick();
    void set_ticker();
    void want_seal();
    void seal() noexcept;  // What it has begun must not be left half done.
    bool has_more() const;
    void prepare(Turn& turn);
    void prepare_contents(Turn& turn);
    void look_ahead(Turn& turn) const;
    void committed(Turn& turn);
    void release(Turn& turn);
    void deliver(const Turn& turn, const engine::Delivery& delivery, Port* port);
    void fail(const Error& error);
    void stop_if_idle();

    Loop& loop_;
    const Clock& clock_;
    engine::Engine& engine_;
    storage::Store& store_;
    BrokerOptions options_;
    Waiters waiters_;
    Watchers watchers_;
    PayloadWindow window_;
    std::unordered_map<engine::SessionKey, std::shared_ptr<Port>> ports_;

    std::unique_ptr<Turn> next_turn_;  // What the turn that is being made will carry.
    std::size_t next_turn_bytes_ = 0;
    std::size_t next_turn_ended_ = 0;
    bool is_sealing_ = false;  // What is posted is to seal.
    bool is_committing_ = false;
    bool commits_at_once_ = false;  // The last turn was.
    const Port* alone_ = nullptr;   // The only one that the last turn was held for. It may be gone.
    bool has_failed_ = false;
    std::vector<std::function<void()>> paused_;
    std::optional<Error> add_refusal_;
    TimeMs clocks_checked_ms_ = 0;
    TimeMs advanced_ms_ = 0;
    TimeMs commit_began_ms_ = 0;
    Stats stats_;
    std::function<void()> on_stopped_;
    bool is_stopped_ = false;

    Reader reader_;
    Maintenance maintenance_;
    CommitQueue commits_;
    Ticker ticker_;
};

}  // namespace swarmq::broker
