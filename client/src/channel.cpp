// The way in: the inbox, its bounds, and the beginning and end of the I/O thread.
#include "channel.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "utf8.h"
#include "validate.h"

namespace swarmq::inline sdk {
namespace {

constexpr std::size_t kClientNameBytesMax = 128;
constexpr const char* kServerDefault = "127.0.0.1:6410";

std::string random_id() {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::random_device device;
    std::string id;
    while (id.size() < 32) {
        for (unsigned bits = device(), i = 0; i < 8; ++i, bits >>= 4) id += kDigits[bits & 15];
    }
    return id;
}

std::string host_and_pid() {
    char host[65] = "unknown";
    gethostname(host, sizeof host - 1);
    return std::string(host) + ":" + std::to_string(getpid());
}

ConnectionOptions completed(ConnectionOptions options) {
    if (options.server.empty()) {
        const char* const server = std::getenv("SWARMQ_SERVER");
        options.server = server != nullptr && *server != '\0' ? server : kServerDefault;
    }
    if (options.client_name.empty()) options.client_name = host_and_pid();
    options.client_name = to_utf8(std::move(options.client_name), kClientNameBytesMax);
    return options;
}

Error closed_error() {
    return {Code::Unavailable, "the connection was closed by this program; nothing was changed"};
}

}  // namespace

std::shared_ptr<Channel> Channel::create(ConnectionOptions options) {
    return {new Channel(completed(std::move(options))), &Channel::destroy};
}

Channel::Channel(ConnectionOptions options)
    : options_(std::move(options)), address_(parse_address(options_.server)),
      client_id_(random_id()), work_(asio::make_work_guard(io_)),
      exchange_({options_.unavailable_after}), random_(std::random_device()()) {}

Channel::~Channel() { close(); }

void Channel::destroy(Channel* channel) {
    // The last handle may be dropped by a callback, on a thread that cannot wait for itself.
    if (channel->callbacks_.is_current_thread() ||
        channel->thread_.get_id() == std::this_thread::get_id()) {
        std::thread([channel] { delete channel; }).detach();
    } else {
        delete channel;
    }
}

void Channel::submit(std::unique_ptr<Request> request, Room room) {
    request->bytes = request->envelope.ByteSizeLong();
    const std::size_t bytes = request->bytes;
    Item item(std::move(request));
    if (auto error = enter(item, bytes, room, AtOnce::WhenQuiet)) {
        std::get<std::unique_ptr<Request>>(item)->done(std::move(*error));
    }
}

void Channel::submit(SingleAdd add, Room room) {
    const std::size_t bytes = add.bytes;
    Item item(std::move(add));
    if (auto error = enter(item, bytes, room, AtOnce::WhenQuiet)) std::get<SingleAdd>(item).done(std::move(*error));
}

bool Channel::run(std::function<void()> task) {
    Item item(std::move(task));
    return !enter(item, 0, Room::Refuse, AtOnce::Always);
}

// Never at once: while the I/O thread wakes up more collects, and goes together.
void Channel::wake() {
    Item item(Task([] {}));
    enter(item, 0, Room::Refuse, AtOnce::Never);
}

bool Channel::serve_until(const std::function<bool()>& is_done) {
    if (!runner_.begin_serving()) return false;
    {
        const std::lock_guard lock(io_lock_);
        write();
    }
    runner_.serve_until(is_done);
    return true;
}

std::optional<Error> Channel::enter(Item& item, std::size_t bytes, Room room, AtOnce at_once) {
    std::unique_lock lock(mutex_);
    const auto has_room = [&] {
        const std::size_t waiting = inbox_bytes_ + unsent_bytes_;
        return is_closed_ || bytes == 0 || waiting == 0 ||
               waiting + bytes <= options_.queued_bytes_max;
    };
    if (!has_room()) {
        ++waiting_for_room_;
        const bool is_room =
            room == Room::Wait && changed_.wait_for(lock, options_.request_timeout, has_room);
        --waiting_for_room_;
        if (!is_room) {
            return Error{Code::TooManyInflight,
                         "more than " + std::to_string(options_.queued_bytes_max) +
                             " bytes wait to be sent; wait for answers before asking for more",
                         true};
        }
    }
    if (is_closed_) return closed_error();
    const bool can_wait = must_adds_wait_ && std::holds_alternative<SingleAdd>(item);
    inbox_.push_back(std::move(item));
    inbox_bytes_ += bytes;
    const bool must_post = !can_wait && !std::exchange(is_drain_posted_, true);
    if (!thread_.joinable()) start_thread();
    lock.unlock();
    if (must_post) drain_at_once_or_post(at_once);
    if (room == Room::Refuse) runner_.call_back();
    return std::nullopt;
}

// A lone request leaves at once. While answers are under way more of them come, which collect until the
// I/O thread has woken up, and leave together.
void Channel::drain_at_once_or_post(AtOnce at_once) {
    if (at_once != AtOnce::Never && io_lock_.try_lock()) {
        const std::lock_guard lock(io_lock_, std::adopt_lock);
        if (at_once == AtOnce::Always || exchange_.is_quiet()) return drain();
    }
    asio::post(io_, io_lock_.bind([this] { drain(); }));
}

void Channel::start_thread() {
    thread_ = std::thread([this] {
        callbacks_.set_io_thread();
        {
            const std::lock_guard lock(io_lock_);
            open_link();
            tick_later();
        }
        runner_.run();
    });
}

void Channel::drain() {
    {
        const std::lock_guard lock(mutex_);
        is_drain_posted_ = false;
    }
    write();
}

void Channel::take_inbox() {
    if (is_taking_) return;  // A task of the inbox writes.
    {
        const std::lock_guard lock(mutex_);
        std::swap(drained_, inbox_);
        inbox_bytes_ = 0;
    }
    is_taking_ = true;
    for (auto& item : drained_) take(std::move(item));
    is_taking_ = false;
    drained_.clear();
}

void Channel::take(Item item) {
    if (auto* const add = std::get_if<SingleAdd>(&item)) {
        exchange_.submit(std::move(*add));
    } else if (auto* const task = std::get_if<Task>(&item)) {
        (*task)();
    } else {
        exchange_.submit(std::move(std::get<std::unique_ptr<Request>>(item)));
    }
}

void Channel::write() {
    if (is_shutting_down_) {
        if (link_ && !link_->is_writing()) end();
        return;
    }
    do {
        take_inbox();
        // While a write is under way the next one collects; it begins when that one has ended.
        while (link_ && is_connected_ && !link_->is_writing()) {
            for (const auto& user : users_) user->before_write();
            exchange_.fill(link_->out());
            if (link_->out().empty()) break;
            link_->flush();
        }
        unsent_bytes_ = exchange_.unsent_bytes();
    } while (!note_who_waits());
    note_quiet();
    callbacks_.flush();
}

// False: adds came that thought they had to wait, and need not.
bool Channel::note_who_waits() {
    bool is_waited_for = false;
    bool is_left_alone = false;
    {
        const std::lock_guard lock(mutex_);
        must_adds_wait_ = link_ && is_connected_ && exchange_.is_full();
        is_left_alone = !must_adds_wait_ && !is_drain_posted_ && !is_taking_ && !inbox_.empty();
        is_waited_for = waiting_for_room_ > 0;
    }
    if (is_waited_for) changed_.notify_all();
    return !is_left_alone;
}

void Channel::note_quiet() {
    runner_.set_quiet(link_ && is_connected_ && !link_->is_writing() && users_.empty() && exchange_.is_idle());
}

std::optional<Error> Channel::connect() {
    run([] {});
    std::unique_lock lock(mutex_);
    last_failure_.reset();
    const auto is_decided = [this] {
        return is_connected_ || is_closed_ ||
               (last_failure_ && last_failure_->code != Code::Unavailable);
    };
    changed_.wait_for(lock, options_.unavailable_after, is_decided);
    if (is_connected_) return std::nullopt;
    if (is_closed_) return closed_error();
    if (last_failure_) return last_failure_;
    return Error{Code::Unavailable, options_.server + ": no connection within " +
                                        std::to_string(options_.unavailable_after.count()) + " ms",
                 true};
}

void Channel::close() {
    std::thread thread;
    {
        const std::lock_guard lock(mutex_);
        is_closed_ = true;
        std::swap(thread, thread_);
    }
    changed_.notify_all();
    if (thread.joinable()) {
        asio::post(io_, io_lock_.bind([this] { shut_down(); }));
        runner_.call_back();
        thread.join();
        const std::lock_guard lock(io_lock_);
        // What was submitted between the last drain and the end.
        for (auto& item : inbox_) take(std::move(item));
        inbox_.clear();
        exchange_.fail_all(closed_error());
        callbacks_.flush();
    }
    callbacks_.stop();
}

}  // namespace swarmq::inline sdk
