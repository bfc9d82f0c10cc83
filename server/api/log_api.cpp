// Looks at the job, then reads its rows when the client has room for them.
#include "api/log_api.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "api/connection.h"
#include "engine/limits.h"
#include "swarmq/v1/envelope.pb.h"

namespace swarmq::api {
namespace {

template <class Rows>
struct Read {
    engine::JobView view;
    Result<Rows> rows = Error{};
};
using Lines = std::vector<LogRecord>;
using Checkpoints = std::vector<std::shared_ptr<const std::string>>;

// Finds the job, calls `work(store, view)` for its rows on the reader's thread, and `answer(view, rows)`.
template <class Rows, class Work, class Answer>
void read_rows(Connection& connection, std::uint64_t request, engine::JobName name, Work work,
               Answer answer) {
    auto self = connection.shared_from_this();
    connection.begin_read([self, request, name = std::move(name), work, answer] {
        auto view = self->broker().engine().find_job(name);
        if (!view) {
            self->hold_refusal(request, view.error());
            return self->end_read();
        }
        auto read = std::make_shared<Read<Rows>>();
        read->view = std::move(*view);
        const auto on_reader = [read, work](const storage::Store& store) {
            read->rows = work(store, read->view);
        };
        const auto done = [self, request, read, answer] {
            if (read->rows)
                answer(*self, read->view, *read->rows);
            else
                self->refuse(request, read->rows.error());
            self->end_read();
        };
        const auto refused = [self, request] {
            self->refuse(request, {Code::TooManyInflight, "too many reads wait; ask again", 100});
            self->end_read();
        };
        self->broker().read(on_reader, done, refused);
    });
}

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
