// Outcomes of children lie with their parent and go with it.
#include "records_children.h"

#include "keys.h"
#include "records.h"
#include "records_values.h"

#include <algorithm>
#include <map>
#include <set>

namespace swarmq::storage {
namespace {

constexpr unsigned kAnyChildRows = kChildRows | kLargeChildRows;

// What this turn does with the outcomes of one parent's children.
struct ChildrenOfJob {
    std::map<std::uint32_t, const ChildRecord*> ended;  // By index.
    const RemovedJob* gone = nullptr;
};

void write_child(ShardId shard, const ChildRecord& child, Batch& batch) {
    const Key key = child_key(shard, child.parent, child.index);
    if (child.kind == ChildKind::None) {
        batch.erase(Table::Main, key);
        return;
    }
    stored::StoredChild row;
    fill_child(child, row);
    if (row.result_is_large()) batch.put(Table::Large, key, *child.result);
    batch.put(Table::Main, key, row.SerializeAsString());
}

std::size_t bytes_of(const ChildRecord& child, const stored::StoredChild& row) {
    return 128 + child.queue.size() + child.name.size() + child.chosen_id.size() +
           child.failed_reason.size() + (child.result ? child.result->size() : 0) +
           row.large_result_bytes();
}

// Fills in the results that lie apart. Where one is missing the parent was removed meanwhile.
Result<> read_results(const Store& store, ShardId shard, const std::vector<std::size_t>& large,
                      std::vector<ChildRecord>& children) {
    if (large.empty()) return {};
    std::vector<std::string> keys;
    for (const std::size_t i : large)
        keys.push_back(child_key(shard, children[i].parent, children[i].index).str());
    auto rows = store.get_many(Table::Large, keys);
    if (!rows.ok()) return rows.error();
    for (std::size_t i = 0; i < large.size(); ++i)
        if ((*rows)[i])
            children[large[i]].result = std::make_shared<const std::string>(*std::move((*rows)[i]));
    return {};
}

}  // namespace

void encode_condemned(ShardId shard, const Changes& changes, Batch& batch) {
    std::map<JobSeq, bool> rows;
    for (const JobSeq seq : changes.condemned) rows[seq] = true;
    for (const JobSeq seq : changes.condemned_done)
        if (rows.erase(seq) == 0) rows[seq] = false;
    for (const auto& [seq, is_there] : rows) {
        if (is_there)
            batch.put(Table::Main, condemned_key(shard, seq), {});
        else
            batch.erase(Table::Main, condemned_key(shard, seq));
    }
}

void encode_children(ShardId shard, const Changes& changes, const std::vector<RemovedJob>& removed,
                     Batch& batch) {
    std::map<JobSeq, ChildrenOfJob> parents;
    for (const ChildRecord& child : changes.children)
        parents[child.parent].ended[child.index] = &child;
    std::set<JobSeq> added;
    for (const RemovedJob& job : removed)
        if ((job.rows & kAnyChildRows) != 0) parents[job.seq].gone = &job;
    if (parents.empty()) return;
    for (const JobRecord& job : changes.added) added.insert(job.seq);
    for (const auto& [seq, parent] : parents) {
        if (parent.gone == nullptr) {
            for (const auto& [index, child] : parent.ended) write_child(shard, *child, batch);
            continue;
        }
        // A job that comes and goes in one turn has no rows to erase.
        if (added.count(seq) > 0) continue;
        const KeyRange rows = children_of_job(shard, seq);
        batch.erase_range(Table::Main, rows.first, rows.last);
        if (parent.gone->rows & kLargeChildRows)
            batch.erase_range(Table::Large, rows.first, rows.last);
    }
}

void fill_child(const ChildRecord& child, stored::StoredChild& row) {
    const bool large = is_large(child.result);
    row.set_queue(child.queue);
    row.set_seq(raw(child.seq));
    row.set_chosen_id(child.chosen_id);
    row.set_name(child.name);
    row.set_kind(static_cast<std::uint32_t>(child.kind));
    if (child.result && !large) row.set_result(*child.result);
    row.set_content_type(child.content_type);
    row.set_failure_kind(static_cast<std::uint32_t>(child.failure_kind));
    row.set_failed_reason(child.failed_reason);
    row.set_result_is_large(large);
    row.set_large_result_bytes(large ? static_cast<std::uint32_t>(child.result->size()) : 0);
}

std::optional<ChildRecord> child_from(JobSeq parent, std::uint32_t index,
                                      const stored::StoredChild& row) {
    ChildRecord child;
    if (!to_enum(row.kind(), ChildKind::Removed, child.kind) || child.kind == ChildKind::None ||
        !to_enum(row.failure_kind(), FailureKind::Dependency, child.failure_kind))
        return std::nullopt;
    child.parent = parent;
    child.index = index;
    child.queue = row.queue();
    child.seq = JobSeq{row.seq()};
    child.chosen_id = row.chosen_id();
    child.name = row.name();
    if (row.has_result()) child.result = std::make_shared<const std::string>(row.result());
    child.content_type = row.content_type();
    child.failed_reason = row.failed_reason();
    return child;
}

Result<ChildPage> read_children(const Store& store, ShardId shard, JobSeq parent,
                                std::uint32_t from, std::size_t limit, std::size_t bytes_max) {
    ChildPage page;
    std::vector<std::size_t> large;
    std::size_t bytes = 0;
    std::string bad_key;
    stored::StoredChild row;
    auto scanned = store.scan(
        Table::Main, child_key(shard, parent, from), children_of_job(shard, parent).last,
        [&](std::string_view key, std::string_view value) {
            const auto parsed = parse_key(key);
            auto child =
                parsed && parse(row, value) ? child_from(parent, parsed->part, row) : std::nullopt;
            if (!child) {
                bad_key = key;
                return false;
            }
            bytes += bytes_of(*child, row);
            page.has_more =
                page.children.size() == limit || (bytes > bytes_max && !page.children.empty());
            if (page.has_more) return false;
            if (row.result_is_large()) large.push_back(page.children.size());
            page.children.push_back(*std::move(child));
            return true;
        });
    if (!scanned.ok()) return scanned.error();
    if (!bad_key.empty()) return unreadable(bad_key);
    if (auto read = read_results(store, shard, large, page.children); !read.ok())
        return read.error();
    return page;
}

}  // namespace swarmq::storage
