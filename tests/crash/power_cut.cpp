// The checks, in the order in which a start would notice.
#include "crash/power_cut.h"

#include <stdexcept>

#include "crash/driven_shard.h"
#include "verify.h"

namespace swarmq::test {
namespace {

constexpr int kTurnsAfterwards = 5;
// A second start takes as long as the first.
constexpr std::uint64_t kSecondStartOneIn = 5;

class Check {
  public:
    Check(const ShortRun& run, std::size_t cut, Loss loss, std::uint64_t seed)
        : run_(run), said_(run.said_by(cut)), starts_again_(seed % kSecondStartOneIn == 0), directory_(quick_directory()) {
        run.record().leave(cut, loss, seed, directory_.path());
    }

    std::vector<std::string> run() {
        try {
            if (!start()) return problems_;
            look();
            go_on();
            if (starts_again_) start_again();
        } catch (const std::runtime_error& error) {
            problems_.emplace_back(error.what());
        }
        return problems_;
    }

  private:
    void expect(bool holds, const std::string& otherwise) {
        if (!holds) problems_.push_back(otherwise);
    }
    void expect_none(const std::vector<std::string>& problems) {
        problems_.insert(problems_.end(), problems.begin(), problems.end());
    }

    bool start();
    void look();
    void look_at_ends(const Sight& sight);
    void go_on();
    void start_again();

    const ShortRun& run_;
    const ShortRun::Said said_;
    const bool starts_again_;
    TemporaryDirectory directory_;
    std::unique_ptr<DrivenShard> shard_;
    std::uint64_t found_ = 0;
    std::vector<std::string> problems_;
};

bool Check::start() {
    auto opened = DrivenShard::open(
        {.data_dir = directory_.path(),
         .durability = run_.durability(),
         .now_at = [this](std::uint64_t sequence) {
             return run_.sight_at(sequence).now_ms;
         }});
    if (!opened) {
        problems_.push_back("it does not start: " + opened.error().detail);
        return false;
    }
    shard_ = std::move(opened).value();
    found_ = shard_->found().sequence;
    expect(found_ >= said_.acknowledged, "sequence " + std::to_string(found_) +
                                             " was found, and up to " +
                                             std::to_string(said_.acknowledged) +
                                             " was acknowledged");
    expect(shard_->epoch() > said_.epoch,
           "epoch " + std::to_string(raw(shard_->epoch())) + " does not follow " +
               std::to_string(raw(said_.epoch)));
    return problems_.empty();
}

void Check::look() {
    const Sight& sight = run_.sight_at(found_);
    expect_none(differences(sight.rows, look_at_rows(shard_->store())));
    expect_none(differences(sight.lines, look_at_jobs(shard_->engine())));
    expect_none(shard_->engine().broken_invariants());
    look_at_ends(sight);
    expect_none(storage::verify(shard_->store(), ShardId{}, {}).problems);
    const Traffic& clients = run_.clients_at(found_, said_.acknowledged);
    for (const auto& [key, answer] : clients.answers()) {
        const Answer* const again = shard_->engine().find_answer(key.first, key.second);
        expect(again != nullptr && *again == answer,
               "request " + std::to_string(key.second) + " of " + key.first +
                   " is not answered as it was");
    }
}

void Check::look_at_ends(const Sight& sight) {
    for (const auto& queue : shard_->engine().queue_views())
        for (const auto state : {JobState::Waiting, JobState::Delayed, JobState::Active}) {
            const auto page = shard_->engine().list_jobs({queue.record.name, state, 1'000, ""});
            for (const auto& job : page->jobs)
                expect(sight.completed.count(job.seq) == 0,
                       "job " + std::to_string(raw(job.seq)) + " was completed and would run again");
        }
}

// The clients come back, with what they know, and work goes on.
void Check::go_on() {
    Traffic clients = run_.clients_at(found_, said_.acknowledged);
    clients.connect(shard_->engine());
    const LeaseToken newest = run_.sight_at(found_).newest_token;
    for (int i = 0; i < kTurnsAfterwards; ++i) {
        shard_->pass(clients.draw_pause());
        clients.issue(shard_->engine());
        const auto effects = shard_->turn();
        if (!effects) throw std::runtime_error("afterwards: " + effects.error().detail);
        clients.hear(shard_->engine(), *effects);
        for (const auto& delivery : effects->deliveries)
            for (const auto& job : delivery.jobs)
                expect(job.token > newest, "a lease has the token of an earlier one, or a lower");
        expect_none(shard_->engine().broken_invariants());
    }
}

void Check::start_again() {
    const auto before = look_at_jobs(shard_->engine());
    const auto last = shard_->journal().last();
    const TimeMs now_ms = shard_->now_ms();
    shard_.reset();
    auto opened = DrivenShard::open({.data_dir = directory_.path(),
                                     .durability = run_.durability(),
                                     .now_ms = now_ms});
    if (!opened) throw std::runtime_error("the second start: " + opened.error().detail);
    expect((*opened)->found() == last, "the second start found sequence " +
                                           std::to_string((*opened)->found().sequence) + ", not " +
                                           std::to_string(last.sequence));
    expect_none(differences(before, look_at_jobs((*opened)->engine())));
}

}  // namespace

std::vector<std::string> problems_after(const ShortRun& run, std::size_t cut, Loss loss,
                                        std::uint64_t seed) {
    return Check(run, cut, loss, seed).run();
}

}  // namespace swarmq::test
