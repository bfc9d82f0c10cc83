// Reads the files in the order of their numbers, each up to the first frame that is not whole.
#include "rocks_log_reader.h"

#include "row_log_format.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace swarmq::storage {
namespace {

using rocksdb::IOOptions;
using rocksdb::IOStatus;

constexpr std::size_t kReadBytes = 1u << 20;

// A file from front to back.
class Reading {
  public:
    Reading(std::unique_ptr<rocksdb::FSSequentialFile> file, std::uint64_t bytes)
        : file_(std::move(file)), left_(bytes) {}

    // The next bytes, as many as asked for or all that are left. They stay until the next call.
    std::string_view peek(std::size_t bytes) {
        while (buffer_.size() - at_ < bytes && !is_at_end_) read_more(bytes);
        return std::string_view{buffer_}.substr(at_, bytes);
    }
    void skip(std::size_t bytes) {
        at_ += bytes;
        left_ -= std::min<std::uint64_t>(bytes, left_);
    }
    // Of the file; no more are there.
    std::uint64_t left() const { return left_; }
    // All that is left.
    std::string_view rest() {
        while (!is_at_end_) read_more(buffer_.size() - at_ + kReadBytes);
        return std::string_view{buffer_}.substr(at_);
    }
    const IOStatus& status() const { return status_; }

  private:
    void read_more(std::size_t bytes) {
        buffer_.erase(0, at_);
        at_ = 0;
        const std::size_t had = buffer_.size();
        const std::size_t wanted = std::max(bytes - std::min(bytes, had), kReadBytes);
        buffer_.resize(had + wanted);
        rocksdb::Slice got;
        status_ = file_->Read(wanted, IOOptions(), &got, buffer_.data() + had, nullptr);
        if (status_.ok() && got.data() != buffer_.data() + had)
            std::copy_n(got.data(), got.size(), buffer_.data() + had);
        buffer_.resize(had + (status_.ok() ? got.size() : 0));
        is_at_end_ = !status_.ok() || got.size() == 0;
    }

    std::unique_ptr<rocksdb::FSSequentialFile> file_;
    std::uint64_t left_;
    std::string buffer_;
    std::size_t at_ = 0;
    bool is_at_end_ = false;
    IOStatus status_;
};

bool follows(Position next, Position last) {
    return next.sequence == last.sequence + 1 && next.incarnation >= last.incarnation;
}

// A later batch than `last`, whole, anywhere in the bytes.
bool has_later_frame(std::string_view bytes, Position last) {
    // More batches than fit between are no batches but chance, or a payload.
    const std::uint64_t furthest = last.sequence + 1 + bytes.size() / kFrameHeadBytes;
    for (; bytes.size() >= kFrameHeadBytes; bytes.remove_prefix(1)) {
        const FrameHead head = decode_frame_head(bytes);
        if (head.position > last && head.position.sequence > last.sequence &&
            head.position.sequence <= furthest && is_whole(head, bytes))
            return true;
    }
    return false;
}

class LogReader {
  public:
    LogReader(rocksdb::FileSystem& files, const std::string& directory, Position after,
              LogTrust trust, const LogVisitor& visit)
        : files_(files), directory_(directory), trust_(trust), visit_(visit) {
        content_.last = after;
    }

    Result<LogContent> read() {
        std::vector<std::string> names;
        IOStatus listed = files_.GetChildren(directory_, IOOptions(), &names, nullptr);
        if (!listed.ok()) return failed(directory_, listed);
        for (const std::string& name : names)
            if (const auto number = log_file_number(name)) numbers_.push_back(*number);
        std::sort(numbers_.begin(), numbers_.end());
        for (std::size_t i = 0; i < numbers_.size() && !is_done_; ++i)
            if (auto one = read_file(i); !one) return one.error();
        return std::move(content_);
    }

  private:
    std::string path(std::size_t index) const {
        return directory_ + "/" + log_file_name(numbers_[index]);
    }
    Error failed(const std::string& what, const IOStatus& status) const {
        return {Code::Internal, "reading " + what + " failed: " + status.ToString()};
    }

    Result<> open(std::size_t index, std::optional<Reading>& reading) {
        std::unique_ptr<rocksdb::FSSequentialFile> file;
        IOStatus opened =
            files_.NewSequentialFile(path(index), rocksdb::FileOptions(), &file, nullptr);
        std::uint64_t bytes = 0;
        if (opened.ok()) opened = files_.GetFileSize(path(index), IOOptions(), &bytes, nullptr);
        if (!opened.ok()) return failed(path(index), opened);
        reading.emplace(std::move(file), bytes);
        return {};
    }

    // The position before the first batch of the file; nothing when its head is not whole, or none
    // is there. `reading` goes on behind the head.
    Result<std::optional<Position>> begins_after(std::size_t index, std::optional<Reading>& reading) {
        std::optional<Position> none;
        if (index >= numbers_.size()) return none;
        if (auto opened = open(index, reading); !opened) return opened.error();
        const std::string_view bytes = reading->peek(kLogHeadBytes);
        const auto head = decode_log_head(bytes);
        if (!head && is_of_other_version(bytes))
            return Error{Code::UnsupportedVersion, path(index) + " was written by a newer swarmqd: start that one"};
        if (!reading->status().ok()) return failed(path(index), reading->status());
        reading->skip(bytes.size());
        return head && head->number == numbers_[index] ? std::optional{head->before} : none;
    }

    Result<> read_file(std::size_t index) {
        std::optional<Reading> reading;
        const auto before = begins_after(index, reading);
        if (!before) return before.error();
        if (!*before) return headless(index, *reading);
        if ((*before)->sequence > content_.last.sequence) return gap(index, **before);
        Position last = **before;
        std::uint64_t bytes = kLogHeadBytes;
        while (!is_done_) {
            const FrameHead head = whole_frame(*reading, last);
            if (head.frame_bytes == 0) break;
            last = head.position;
            bytes += head.frame_bytes;
            if (auto taken = take(head, *reading); !taken) return taken;
        }
        if (!reading->status().ok()) return failed(path(index), reading->status());
        content_.files[numbers_[index]] = {last, bytes};
        return is_done_ ? Result<>{} : judge_end(index, *reading, last);
    }

    // No bytes: none follows.
    FrameHead whole_frame(Reading& reading, Position last) {
        const std::string_view first = reading.peek(kFrameHeadBytes);
        if (first.size() < kFrameHeadBytes) return {};
        const FrameHead head = decode_frame_head(first);
        if (head.frame_bytes == 0 || head.frame_bytes > reading.left() || !follows(head.position, last))
            return {};
        return is_whole(head, reading.peek(head.frame_bytes)) ? head : FrameHead{};
    }

    Result<> take(const FrameHead& head, Reading& reading) {
        const std::string_view frame = reading.peek(head.frame_bytes);
        if (follows(head.position, content_.last)) {
            const auto goes_on = visit_(head.position, frame.substr(kFrameHeadBytes));
            if (!goes_on) return goes_on.error();
            content_.last = head.position;
            is_done_ = !*goes_on;
        }
        reading.skip(frame.size());
        return {};
    }

    // What follows the last whole frame: zeros, the write during which the power went, or damage.
    Result<> judge_end(std::size_t index, Reading& reading, Position last) {
        const std::string_view rest = reading.rest();
        const std::size_t torn = rest.find_last_not_of('\0') + 1;
        if (torn == 0) return {};
        std::optional<Reading> next_file;
        const auto next = begins_after(index + 1, next_file);
        if (!next) return next.error();
        // The log went on from what is known here already: this end was judged before.
        if (*next && (*next)->sequence <= content_.last.sequence) return {};
        if (trust_ == LogTrust::EachSynced && has_later_frame(rest, last))
            return damage(path(index) + " is damaged after position " + describe(last) +
                          ": later batches are there. `swarmqd verify` shows what can be read, "
                          "`swarmqd repair` "
                          "keeps what is before the damage");
        content_.torn_bytes += torn;
        return {};
    }

    // Its making was cut short, and nothing is in it; or it is damaged.
    Result<> headless(std::size_t index, Reading& reading) {
        if (trust_ == LogTrust::EachSynced &&
            (index + 1 < numbers_.size() || has_later_frame(reading.rest(), content_.last)))
            return damage("the head of " + path(index) +
                          " is damaged: `swarmqd repair` keeps what is before it");
        rule_out_from(index);
        return {};
    }

    Result<> gap(std::size_t index, Position before) {
        const std::string missing = "the batches after position " + describe(content_.last) +
                                    " up to " + describe(before) + " are missing before " +
                                    path(index);
        if (content_.files.empty() && trust_ != LogTrust::Salvage)
            return Error{Code::NotFound, missing + ": `swarmqd repair` keeps what is before them"};
        if (trust_ == LogTrust::EachSynced)
            return damage(missing + ": `swarmqd repair` keeps what is before them");
        rule_out_from(index);
        return {};
    }

    void rule_out_from(std::size_t index) {
        for (; index < numbers_.size(); ++index)
            content_.ruled_out.push_back(log_file_name(numbers_[index]));
        is_done_ = true;
    }

    rocksdb::FileSystem& files_;
    const std::string& directory_;
    const LogTrust trust_;
    const LogVisitor& visit_;
    std::vector<std::uint64_t> numbers_;
    LogContent content_;
    bool is_done_ = false;
};

}  // namespace

Result<LogContent> read_log(rocksdb::FileSystem& files, const std::string& directory,
                            Position after, LogTrust trust, const LogVisitor& visit) {
    return LogReader{files, directory, after, trust, visit}.read();
}

}  // namespace swarmq::storage
