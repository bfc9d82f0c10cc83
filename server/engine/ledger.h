// Remembers the answers that clients got to numbered requests, so that a request sent again after a lost
// connection or a crash gets its first answer and changes nothing (R12, R17).
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/slab.h"
#include "engine/timeline.h"
#include "model/changes.h"

namespace swarmq::engine {

class Ledger {
  public:
    // Null when the client has no answer of that number. Valid until the next change.
    const Answer* find(const std::string& client_id, std::uint64_t number) const;

    // Remembers the answer and notes its row in `changes`.
    void remember(const std::string& client_id, std::uint64_t number, const Answer& answer,
                  TimeMs now_ms, Timeline& timeline, Changes& changes);

    // The client has its answers up to `number` and will not ask for them again.
    void forget_up_to(const std::string& client_id, std::uint64_t number, Changes& changes);

    // The client's timer fired: forgets it if it was idle for long enough, else sets the timer again.
    void expire(std::uint32_t client, TimeMs now_ms, Timeline& timeline, Changes& changes);

    void recover(AnswersRecord&& record, TimeMs now_ms, Timeline& timeline);
    // The changes of the turn have left: the next answer of a client begins a new row.
    void end_turn();

    std::size_t size() const { return by_id_.size(); }

  private:
    struct Row {
        std::uint64_t first_number = 0;
        std::uint64_t last_number = 0;
        bool is_in_this_turn = false;
    };
    struct Client {
        std::string id;
        std::deque<NumberedAnswer> answers;
        std::deque<Row> rows;
        TimeMs used_ms = 0;
        TimerId timer = kNone;
        std::size_t record = 0;  // 1 + index into this turn's changes.answers.
    };

    static void insert(Client& who, NumberedAnswer&& answer);
    // kNone for an unknown client.
    std::uint32_t index_of(const std::string& id) const;
    std::uint32_t known_or_new(const std::string& id, TimeMs now_ms, Timeline& timeline);

    Slab<Client> clients_;
    std::unordered_map<std::string, std::uint32_t> by_id_;
    mutable std::uint32_t last_asked_ = kNone;  // Most often the next one as well.
    std::vector<std::uint32_t> touched_;  // Clients with a record in this turn's changes.
};

}  // namespace swarmq::engine
