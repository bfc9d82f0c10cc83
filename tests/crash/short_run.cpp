// Drives the shard and takes notes.
#include "crash/short_run.h"

#include <algorithm>
#include <stdexcept>

#include "crash/driven_shard.h"
#include "crash/recorded_disk.h"

namespace swarmq::test {
namespace {

constexpr TimeMs kStart = 1'700'000'000'000;
constexpr int kTurnsPerBoot = 45;
constexpr int kTurnsPerSync = 6;

}  // namespace

ShortRun::ShortRun(const ShortRunOptions& options)
    : options_(options),
      directory_(quick_directory()),
      disk_(std::make_unique<RecordedDisk>(record_, directory_.path())),
      traffic_(options.seed) {
    disk_->cut_at(options.cut_at);
    last_.now_ms = kStart;
    live();
    shard_.reset();
}

ShortRun::~ShortRun() = default;

void ShortRun::live() {
    for (int i = 0; i < options_.turns; ++i) {
        if (i % kTurnsPerBoot == 0 && !boot()) return;
        if (!turn()) return;
        if (!options_.append_acknowledges && i % kTurnsPerSync == 0 && !sync()) return;
    }
}

bool ShortRun::boot() {
    shard_.reset();
    disk_->look_at_superblock();
    auto opened = DrivenShard::open(
        {.data_dir = directory_.path(),
         .env = disk_->env(),
         .durability = options_.durability,
         .now_ms = last_.now_ms,
         .before_append = [this](const storage::Batch& batch, storage::Position position) {
             issue(batch, position);
         }});
    if (!opened) {
        failure_ = opened.error().detail;
        return false;
    }
    shard_ = std::move(opened).value();
    disk_->look_at_superblock();
    said_.epoch = shard_->epoch();
    said_.acknowledged = said_.issued = shard_->journal().last().sequence;
    note(said_);
    traffic_.connect(shard_->engine());
    return true;
}

void ShortRun::issue(const storage::Batch& batch, storage::Position position) {
    if (auto applied = model_.apply(batch, position, storage::Sync::No); !applied)
        throw std::runtime_error(applied.error().detail);
    last_.now_ms = shard_->now_ms();
    last_.lines = look_at_jobs(shard_->engine());
    last_.rows = look_at_rows(model_);
    sights_[position.sequence] = last_;
    asked_.emplace(position.sequence, traffic_);
    said_.issued = position.sequence;
    note(said_);
}

bool ShortRun::turn() {
    shard_->pass(traffic_.draw_pause());
    traffic_.issue(shard_->engine());
    auto effects = shard_->turn();
    disk_->look_at_superblock();
    if (!effects) {
        failure_ = effects.error().detail;
        return false;
    }
    traffic_.hear(shard_->engine(), *effects);
    for (const auto& ended : effects->ended)
        if (ended.state == JobState::Completed) last_.completed.insert(ended.seq);
    for (const auto& delivery : effects->deliveries)
        for (const auto& job : delivery.jobs)
            last_.newest_token = std::max(last_.newest_token, job.token);
    const std::uint64_t sequence = shard_->journal().last().sequence;
    answered_.insert_or_assign(sequence, traffic_);
    if (options_.append_acknowledges) said_.acknowledged = sequence;
    note(said_);
    return true;
}

bool ShortRun::sync() {
    const auto synced = shard_->journal().sync();
    disk_->look_at_superblock();
    if (!synced) {
        failure_ = synced.error().detail;
        return false;
    }
    said_.acknowledged = shard_->journal().last().sequence;
    note(said_);
    return true;
}

void ShortRun::note(const Said& said) {
    events_.push_back({record_.size(), said});
}

ShortRun::Said ShortRun::said_by(std::size_t cut) const {
    Said said;
    for (const Event& event : events_)
        if (event.operations <= cut) said = event.said;
    return said;
}

const Sight& ShortRun::sight_at(std::uint64_t sequence) const {
    static const Sight kNothing{.now_ms = kStart, .lines = {}, .rows = {}, .completed = {}};
    const auto after = sights_.upper_bound(sequence);
    return after == sights_.begin() ? kNothing : std::prev(after)->second;
}

const Traffic& ShortRun::clients_at(std::uint64_t sequence, std::uint64_t acknowledged) const {
    static const Traffic kNobody(0);
    const auto& known = sequence <= acknowledged ? answered_ : asked_;
    const auto after = known.upper_bound(sequence);
    return after == known.begin() ? kNobody : std::prev(after)->second;
}

}  // namespace swarmq::test
