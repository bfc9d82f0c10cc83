// What operators ask about whole queues: their list, their settings.
#include <swarmq/admin.h>

#include <memory>
#include <utility>

#include "call.h"
#include "convert.h"
#include "convert_limits.h"
#include "validate.h"

namespace swarmq::inline sdk {
namespace {

using Room = Channel::Room;
using Queues = std::vector<QueueMetrics>;

constexpr std::uint32_t kQueuesPerPage = 1'000;

void do_list_page(Channel& channel, std::string after, std::uint32_t limit, Callback<QueuePage> done,
                  Room room) {
    if (limit < 1 || limit > kQueuesPerPage)
        return done(Error{Code::InvalidArgument,
                          "limit is " + std::to_string(limit) + "; it must be 1..1000"});
    auto request = make_request(channel, Request::Kind::Read);
    request->envelope.mutable_list_queues()->set_after(std::move(after));
    request->envelope.mutable_list_queues()->set_limit(limit);
    send_request<QueuePage>(channel, std::move(request), room, std::move(done),
                            [](v1::Envelope& answer) -> Result<QueuePage> {
                                if (!answer.has_list_queues_result()) {
                                    return unexpected_answer("ListQueuesResult", answer);
                                }
                                QueuePage page;
                                for (const auto& queue : answer.list_queues_result().queues()) {
                                    page.queues.push_back(to_metrics(queue));
                                }
                                page.next = answer.list_queues_result().next();
                                return page;
                            });
}

// On the I/O thread from the second page on, so it must not wait for room there.
void collect_pages(Channel& channel, std::string after, const std::shared_ptr<Queues>& all,
                   const Callback<Queues>& done) {
    do_list_page(
        channel, std::move(after), kQueuesPerPage,
        [&channel, all, done](Result<QueuePage> page) {
            if (!page.ok()) return done(page.error());
            all->insert(all->end(), std::make_move_iterator(page->queues.begin()),
                        std::make_move_iterator(page->queues.end()));
            if (page->next.empty()) return done(std::move(*all));
            collect_pages(channel, std::move(page->next), all, done);
        },
        Room::Refuse);
}

void do_get_settings(Channel& channel, std::string queue, Callback<QueueSettings> done, Room room) {
    auto request = make_request(channel, Request::Kind::Read);
    request->envelope.mutable_get_queue_settings()->set_queue(std::move(queue));
    send_request<QueueSettings>(channel, std::move(request), room, std::move(done),
                                [](v1::Envelope& answer) -> Result<QueueSettings> {
                                    if (!answer.has_queue_settings()) {
                                        return unexpected_answer("QueueSettings", answer);
                                    }
                                    return to_settings(answer.queue_settings());
                                });
}

void do_set_settings(Channel& channel, std::string queue, const QueueSettings& settings,
                     Callback<void> done, Room room) {
    if (auto error = check_name("queue", queue)) return done(std::move(*error));
    if (auto error = check_settings(settings)) return done(std::move(*error));
    if (auto error = check_limits(settings)) return done(std::move(*error));
    auto request = make_request(channel, Request::Kind::Change);
    auto& set = *request->envelope.mutable_set_queue_settings();
    set.set_queue(std::move(queue));
    swarmq::set_settings(*set.mutable_settings(), settings);
    send_request<void>(channel, std::move(request), room, std::move(done),
                       [](v1::Envelope&) { return Result<void>(); });
}

}  // namespace

QueueSettings Admin::get_settings(std::string queue) {
    return blocking<QueueSettings>(*channel_, do_get_settings, std::move(queue));
}

void Admin::get_settings_async(std::string queue, Callback<QueueSettings> done) {
    asynchronous<QueueSettings>(*channel_, std::move(done), do_get_settings, std::move(queue));
}

void Admin::set_settings(std::string queue, QueueSettings settings) {
    blocking<void>(*channel_, do_set_settings, std::move(queue), settings);
}

void Admin::set_settings_async(std::string queue, QueueSettings settings, Callback<void> done) {
    asynchronous<void>(*channel_, std::move(done), do_set_settings, std::move(queue), settings);
}

std::vector<QueueMetrics> Admin::list_queues() {
    Queues all;
    std::string after;
    do {
        auto page = blocking<QueuePage>(*channel_, do_list_page, std::move(after), kQueuesPerPage);
        all.insert(all.end(), std::make_move_iterator(page.queues.begin()),
                   std::make_move_iterator(page.queues.end()));
        after = std::move(page.next);
    } while (!after.empty());
    return all;
}

QueuePage Admin::list_queue_page(std::string after, std::uint32_t limit) {
    return blocking<QueuePage>(*channel_, do_list_page, std::move(after), limit);
}

void Admin::list_queue_page_async(std::string after, std::uint32_t limit, Callback<QueuePage> done) {
    asynchronous<QueuePage>(*channel_, std::move(done), do_list_page, std::move(after), limit);
}

void Admin::list_queues_async(Callback<std::vector<QueueMetrics>> done) {
    collect_pages(*channel_, {}, std::make_shared<Queues>(),
                  on_callback_thread(*channel_, std::move(done)));
}

}  // namespace swarmq::inline sdk
