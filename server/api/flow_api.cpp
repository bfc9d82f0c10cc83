// The tree comes from memory, the outcomes of children from the store.
#include "api/flow_api.h"

#include "api/connection.h"
#include "api/convert_flow.h"
#include "api/read_rows.h"
#include "engine/limits.h"
#include "swarmq/v1/envelope.pb.h"

#include <charconv>
#include <string>
#include <utility>

namespace swarmq::api {
namespace {

// A page ends before it is larger than this; a single outcome may be.
constexpr std::size_t kPageBytesMax = 2 * 1024 * 1024;
constexpr std::size_t kChildRowsDefault = 100;

Result<std::uint32_t> parse_cursor(const std::string& text) {
    std::uint32_t from = 0;
    if (text.empty()) return from;
    const char* const end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, from);
    if (error == std::errc{} && last == end) return from;
    return Error{Code::InvalidArgument,
                 "cursor: not one that a page before this had; leave it empty to begin"};
}

}  // namespace

void add_flow(Connection& connection, v1::Envelope& request) {
    if (connection.facts().is_draining)
        return connection.refuse(request.id(), {Code::Draining, "the broker is stopping", 500});
    broker::Broker& broker = connection.broker();
    const auto added = broker.change(connection.tag(request), [&]() -> Result<Answer> {
        if (broker.add_refusal()) return *broker.add_refusal();
        return broker.engine().add_flow(to_command(*request.mutable_add_flow()));
    });
    if (!added) return connection.hold_refusal(request.id(), added.error());
    v1::Envelope& answer = connection.scratch();
    fill_flow_ids(broker.engine(), *added, *answer.mutable_add_flow_result());
    connection.hold(request.id(), answer);
}

void get_flow(Connection& connection, v1::Envelope& request) {
    const auto tree = connection.broker().engine().get_flow(to_command(request.get_flow()));
    if (!tree) return connection.hold_refusal(request.id(), tree.error());
    v1::Envelope& answer = connection.scratch();
    fill_tree(*tree, *answer.mutable_flow_tree());
    connection.hold(request.id(), answer);
}

void get_children(Connection& connection, v1::Envelope& request) {
    const v1::GetChildren& message = request.get_children();
    const auto from = parse_cursor(message.cursor());
    if (!from) return connection.hold_refusal(request.id(), from.error());
    if (message.limit() > engine::kItemsPerRequestMax)
        return connection.hold_refusal(
            request.id(), {Code::InvalidArgument,
                           "limit: " + std::to_string(message.limit()) + " is not in 1..1000"});
    const std::size_t limit = message.limit() == 0 ? kChildRowsDefault : message.limit();
    const ShardId shard = connection.facts().shard;
    const auto work = [shard, from = *from, limit](const storage::Store& store,
                                                   const engine::JobView& view) {
        if ((view.rows & kChildRows) == 0) return Result<storage::ChildPage>(storage::ChildPage());
        return storage::read_children(store, shard, view.seq, from, limit, kPageBytesMax);
    };
    const auto answer = [id = request.id()](Connection& self, const engine::JobView& view,
                                            storage::ChildPage& page) {
        v1::Envelope& envelope = self.scratch();
        fill_children(self.broker().engine(), view, std::move(page),
                      *envelope.mutable_get_children_result());
        self.send(id, envelope);
    };
    read_rows<storage::ChildPage>(connection, request.id(), {message.queue(), message.id()}, work,
                                  answer);
}

}  // namespace swarmq::api
