// Keeps one row for each client and turn.
#include "engine/ledger.h"

#include <algorithm>
#include <utility>

#include "engine/limits.h"

namespace swarmq::engine {

const Answer* Ledger::find(const std::string& client_id, std::uint64_t number) const {
    const auto found = by_id_.find(client_id);
    if (found == by_id_.end()) return nullptr;
    const auto& answers = clients_[found->second].answers;
    const auto at = std::lower_bound(
        answers.begin(), answers.end(), number,
        [](const NumberedAnswer& answer, std::uint64_t wanted) { return answer.number < wanted; });
    return at != answers.end() && at->number == number ? &at->answer : nullptr;
}

Ledger::Client& Ledger::client(const std::string& id, TimeMs now_ms, Timeline& timeline) {
    const auto found = by_id_.find(id);
    if (found != by_id_.end()) return clients_[found->second];
    const std::uint32_t index = clients_.add({});
    by_id_.emplace(id, index);
    Client& made = clients_[index];
    made.id = id;
    made.timer = timeline.set(now_ms + kAnswersKeptMs, TimerKind::ClientExpiry, index);
    return made;
}

void Ledger::remember(const std::string& client_id, std::uint64_t number, const Answer& answer,
                      TimeMs now_ms, Timeline& timeline, Changes& changes) {
    Client& who = client(client_id, now_ms, timeline);
    who.used_ms = now_ms;
    if (who.record == 0) {
        changes.answers.push_back({client_id, now_ms, {}});
        who.record = changes.answers.size();
        who.rows.push_back({number, number, true});
        touched_.push_back(by_id_.find(client_id)->second);
    }
    changes.answers[who.record - 1].answers.push_back({number, answer});
    who.rows.back().last_number = std::max(who.rows.back().last_number, number);
    const auto at = std::upper_bound(
        who.answers.begin(), who.answers.end(), number,
        [](std::uint64_t wanted, const NumberedAnswer& other) { return wanted < other.number; });
    who.answers.insert(at, {number, answer});
    if (who.answers.size() > kAnswersPerClientMax)
        forget_up_to(client_id, who.answers.front().number, changes);
}

void Ledger::forget_up_to(const std::string& client_id, std::uint64_t number, Changes& changes) {
    const auto found = by_id_.find(client_id);
    if (found == by_id_.end()) return;
    Client& who = clients_[found->second];
    while (!who.answers.empty() && who.answers.front().number <= number) who.answers.pop_front();
    while (!who.rows.empty() && who.rows.front().last_number <= number &&
           !who.rows.front().is_in_this_turn) {
        changes.answers_dropped.push_back({client_id, who.rows.front().first_number});
        who.rows.pop_front();
    }
}

void Ledger::expire(std::uint32_t index, TimeMs now_ms, Timeline& timeline, Changes& changes) {
    Client& who = clients_[index];
    if (who.record != 0 || who.used_ms + kAnswersKeptMs > now_ms) {
        const TimeMs again_ms = std::max(who.used_ms + kAnswersKeptMs, now_ms + 1);
        who.timer = timeline.set(again_ms, TimerKind::ClientExpiry, index);
        return;
    }
    for (const Row& row : who.rows) changes.answers_dropped.push_back({who.id, row.first_number});
    by_id_.erase(who.id);
    clients_.remove(index);
}

void Ledger::recover(AnswersRecord&& record, TimeMs now_ms, Timeline& timeline) {
    if (record.answers.empty()) return;
    Client& who = client(record.client_id, now_ms, timeline);
    who.used_ms = now_ms;
    who.rows.push_back({record.answers.front().number, record.answers.back().number, false});
    for (auto& answer : record.answers) who.answers.push_back(std::move(answer));
}

void Ledger::end_turn() {
    for (const auto index : touched_) {
        clients_[index].record = 0;
        if (!clients_[index].rows.empty()) clients_[index].rows.back().is_in_this_turn = false;
    }
    touched_.clear();
}

}  // namespace swarmq::engine
