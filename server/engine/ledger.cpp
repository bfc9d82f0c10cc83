// Keeps one row for each client and turn.
#include "engine/ledger.h"

#include <algorithm>
#include <utility>

#include "engine/limits.h"

namespace swarmq::engine {

const Answer* Ledger::find(const std::string& client_id, std::uint64_t number) const {
    const std::uint32_t index = index_of(client_id);
    if (index == kNone) return nullptr;
    const auto& answers = clients_[index].answers;
    if (answers.empty() || answers.back().number < number) return nullptr;
    const auto at = std::lower_bound(
        answers.begin(), answers.end(), number,
        [](const NumberedAnswer& answer, std::uint64_t wanted) { return answer.number < wanted; });
    return at->number == number ? &at->answer : nullptr;
}

std::uint32_t Ledger::index_of(const std::string& id) const {
    if (last_asked_ != kNone && clients_[last_asked_].id == id) return last_asked_;
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? kNone : last_asked_ = found->second;
}

std::uint32_t Ledger::known_or_new(const std::string& id, TimeMs now_ms, Timeline& timeline) {
    if (const std::uint32_t known = index_of(id); known != kNone) return known;
    const std::uint32_t index = clients_.add({});
    by_id_.emplace(id, index);
    Client& made = clients_[index];
    made.id = id;
    made.timer = timeline.set(now_ms + kAnswersKeptMs, TimerKind::ClientExpiry, index);
    return index;
}

void Ledger::remember(const std::string& client_id, std::uint64_t number, const Answer& answer,
                      TimeMs now_ms, Timeline& timeline, Changes& changes) {
    const std::uint32_t index = known_or_new(client_id, now_ms, timeline);
    Client& who = clients_[index];
    who.used_ms = now_ms;
    if (who.record == 0) {
        changes.answers.push_back({client_id, now_ms, {}});
        who.record = changes.answers.size();
        who.rows.push_back({number, number, true});
        touched_.push_back(index);
    }
    changes.answers[who.record - 1].answers.push_back({number, answer});
    who.rows.back().last_number = std::max(who.rows.back().last_number, number);
    insert(who, {number, answer});
    if (who.answers.size() > kAnswersPerClientMax)
        forget_up_to(client_id, who.answers.front().number, changes);
}

// In the order of the numbers, in which they come.
void Ledger::insert(Client& who, NumberedAnswer&& answer) {
    auto at = who.answers.end();
    if (!who.answers.empty() && who.answers.back().number > answer.number)
        at = std::upper_bound(who.answers.begin(), at, answer.number,
                              [](std::uint64_t wanted, const NumberedAnswer& other) { return wanted < other.number; });
    who.answers.insert(at, std::move(answer));
}

void Ledger::forget_up_to(const std::string& client_id, std::uint64_t number, Changes& changes) {
    const std::uint32_t index = index_of(client_id);
    if (index == kNone) return;
    Client& who = clients_[index];
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
    if (last_asked_ == index) last_asked_ = kNone;
    clients_.remove(index);
}

void Ledger::recover(AnswersRecord&& record, TimeMs now_ms, Timeline& timeline) {
    if (record.answers.empty()) return;
    Client& who = clients_[known_or_new(record.client_id, now_ms, timeline)];
    who.used_ms = now_ms;
    who.rows.push_back({record.answers.front().number, record.answers.back().number, false});
    for (auto& answer : record.answers) insert(who, std::move(answer));
}

void Ledger::end_turn() {
    for (const auto index : touched_) {
        clients_[index].record = 0;
        if (!clients_[index].rows.empty()) clients_[index].rows.back().is_in_this_turn = false;
    }
    touched_.clear();
}

}  // namespace swarmq::engine
