// Writes and reads turn rows.
#include "records_turns.h"

#include "keys.h"

namespace swarmq::storage {
namespace {

// A row is closed when its statuses reach about this size.
constexpr std::size_t kTurnRowBytes = 64 * 1024;

}  // namespace

void TurnEncoder::put(TurnNumber turn, const std::vector<const JobStatus*>& statuses,
                      Batch& batch) {
    if (!first_turn_) first_turn_ = turn;
    if (statuses.empty()) return;
    std::uint16_t part = 0;
    std::size_t bytes = 0;
    for (const JobStatus* status : statuses) {
        stored::StoredStatus& row = *row_.add_statuses();
        fill_status(*status, session_index(status->session.get()), row);
        bytes += row.ByteSizeLong();
        if (bytes < kTurnRowBytes) continue;
        put_part(turn, part++, batch);
        bytes = 0;
    }
    if (row_.statuses_size() > 0) put_part(turn, part++, batch);
    if (part > 1) parts_[turn] = part;
}

void TurnEncoder::put_part(TurnNumber turn, std::uint16_t part, Batch& batch) {
    value_.clear();
    row_.AppendToString(&value_);
    batch.put(Table::Main, turn_key(shard_, turn, part), value_);
    row_.Clear();
    sessions_.clear();
}

// 1 + the place of the session in the row; 0: none.
std::uint32_t TurnEncoder::session_index(const SessionRecord* session) {
    if (!session) return 0;
    for (std::size_t i = sessions_.size(); i-- > 0;)
        if (sessions_[i] == session || *sessions_[i] == *session)
            return static_cast<std::uint32_t>(i + 1);
    stored::StoredSession& row = *row_.add_sessions();
    row.set_id(session->id);
    row.set_worker(session->worker);
    sessions_.push_back(session);
    return static_cast<std::uint32_t>(sessions_.size());
}

void TurnEncoder::drop(TurnNumber turn, Batch& batch) {
    if (!first_turn_ || turn < *first_turn_) {
        const KeyRange rows = parts_of_turn(shard_, turn);
        batch.erase_range(Table::Main, rows.first, rows.last);
        return;
    }
    const auto at = parts_.find(turn);
    const std::uint16_t count = at == parts_.end() ? std::uint16_t{1} : at->second;
    for (std::uint16_t part = 0; part < count; ++part)
        batch.erase(Table::Main, turn_key(shard_, turn, part));
    if (at != parts_.end()) parts_.erase(at);
}

bool TurnDecoder::decode(std::string_view value, const std::function<void(JobStatus&&)>& status) {
    if (!parse(row_, value)) return false;
    read_sessions();
    for (const stored::StoredStatus& row : row_.statuses()) {
        auto read = status_from(row);
        if (!read || row.session() > sessions_.size()) return false;
        if (row.session() > 0) read->session = sessions_[row.session() - 1];
        status(*std::move(read));
    }
    return true;
}

void TurnDecoder::read_sessions() {
    constexpr std::size_t kKnownMax = 10'000;
    if (known_.size() > kKnownMax) known_.clear();
    sessions_.clear();
    for (const stored::StoredSession& row : row_.sessions()) {
        auto& session = known_[row.id()];
        if (!session || session->worker != row.worker())
            session = std::make_shared<const SessionRecord>(SessionRecord{row.id(), row.worker()});
        sessions_.push_back(session);
    }
}

}  // namespace swarmq::storage
