// Looks at the job, then reads its rows when the client has room for them.
#include "api/log_api.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "api/connection.h"
#include "api/read_rows.h"
#include "engine/limits.h"
#include "swarmq/v1/envelope.pb.h"

namespace swarmq::api {
namespace {

using Lines = std::vector<LogRecord>;
using Checkpoints = std::vector<std::shared_ptr<const std::string>>;

}  // namespace

void get_log(Connection& connection, v1::Envelope& request) {
    const v1::GetLog& message = request.get_log();
    if (message.limit() > engine::kLogLinesMax)
        return connection.hold_refusal(
            request.id(), {Code::InvalidArgument,
                           "limit: " + std::to_string(message.limit()) + " is not in 1..100"});
    const std::size_t limit = message.limit() == 0 ? engine::kLogLinesMax : message.limit();
    const ShardId shard = connection.facts().shard;
    const auto work = [shard, after = message.after(), limit](const storage::Store& store,
                                                              const engine::JobView& view) {
        if ((view.rows & kLogRows) == 0) return Result<Lines>(Lines());
        return storage::read_log(store, shard, view.seq, after, limit);
    };
    const auto answer = [id = request.id()](Connection& self, const engine::JobView& view,
                                            Lines& lines) {
        v1::Envelope& envelope = self.scratch();
        v1::GetLogResult& result = *envelope.mutable_get_log_result();
        // Lines may have come since the job was looked at.
        std::uint64_t total = view.log_lines;
        for (LogRecord& record : lines) {
            v1::LogLine& line = *result.add_lines();
            line.set_number(record.number);
            line.set_time_ms(static_cast<std::uint64_t>(record.time_ms));
            line.set_text(std::move(record.text));
            total = std::max<std::uint64_t>(total, record.number);
        }
        result.set_total(total);
        result.set_state(static_cast<v1::JobState>(view.state));
        self.send(id, envelope);
    };
    read_rows<Lines>(connection, request.id(), {message.queue(), message.id()}, work, answer);
}

void get_checkpoint(Connection& connection, v1::Envelope& request) {
    const ShardId shard = connection.facts().shard;
    const auto work = [shard](const storage::Store& store, const engine::JobView& view) {
        const storage::JobKey key{view.seq, view.rows};
        return storage::read_checkpoints(store, shard, {&key, 1});
    };
    const auto answer = [id = request.id()](Connection& self, const engine::JobView&,
                                            Checkpoints& found) {
        v1::Envelope& envelope = self.scratch();
        v1::Checkpoint& checkpoint = *envelope.mutable_checkpoint();
        if (found.front()) checkpoint.set_data(*found.front());
        self.send(id, envelope);
    };
    read_rows<Checkpoints>(connection, request.id(),
                           {request.get_checkpoint().queue(), request.get_checkpoint().id()}, work,
                           answer);
}

}  // namespace swarmq::api
