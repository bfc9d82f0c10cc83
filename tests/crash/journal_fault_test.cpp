// A journal that answers "not known", "not the owner" or "full": the shard's memory is thrown away each
// time and rebuilt from the store, which holds all that was acknowledged, and the failed turn or not.
#include <catch2/catch.hpp>

#include <iostream>
#include <memory>
#include <random>

#include "crash/driven_shard.h"
#include "crash/sight.h"
#include "crash/traffic.h"
#include "faulty_journal.h"
#include "memory_store.h"
#include "support/temporary_directory.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

constexpr int kBoots = 60;
constexpr int kTurnsPerBoot = 40;

// What a client and an onlooker know before and after a turn.
struct Moment {
    std::uint64_t sequence = 0;
    Sight sight;
    Traffic clients;
};

class FaultyLife {
  public:
    explicit FaultyLife(std::uint64_t seed)
        : seed_(seed), before_{0, {}, Traffic(seed)}, after_(before_) {
        before_.sight.now_ms = after_.sight.now_ms = 1'700'000'000'000;
    }

    void live() {
        for (int i = 0; i < kBoots; ++i) {
            boot();
            run_until_fault(i);
        }
        INFO("seed " << seed_);
        CHECK(kept_ > 3);
        CHECK(lost_ > 3);
    }

  private:
    void boot() {
        shard_.reset();
        auto opened = DrivenShard::open(
            {.data_dir = directory_.path(),
             .now_at = [this](std::uint64_t sequence) { return moment_of(sequence).sight.now_ms; },
             .before_append = [this](const storage::Batch& batch, storage::Position position) {
                 note(batch, position);
             }});
        if (!opened.ok()) FAIL(opened.error().detail);
        shard_ = std::move(opened).value();
        INFO("seed " << seed_ << ", found sequence " << shard_->found().sequence);
        check(shard_->found().sequence);
    }

    bool is_after(std::uint64_t sequence) const {
        return after_.sequence > 0 && sequence >= after_.sequence;
    }
    const Moment& moment_of(std::uint64_t sequence) const {
        return is_after(sequence) ? after_ : before_;
    }

    // The failed turn is there as a whole, or not at all, for rows, jobs and answers alike.
    void check(std::uint64_t found) {
        const bool is_kept = is_after(found);
        const Moment moment = moment_of(found);
        (is_kept ? kept_ : lost_) += 1;
        for (const auto& told : differences(moment.sight.rows, look_at_rows(shard_->store())))
            FAIL_CHECK(told);
        for (const auto& told : differences(moment.sight.lines, look_at_jobs(shard_->engine())))
            FAIL_CHECK(told);
        CHECK(shard_->engine().broken_invariants() == std::vector<std::string>{});
        for (const auto& [key, answer] : after_.clients.answers()) {
            const Answer* const again = shard_->engine().find_answer(key.first, key.second);
            if (moment.clients.answers().count(key) == 0)
                CHECK(again == nullptr);
            else
                CHECK((again != nullptr && *again == answer));
        }
        if (!is_kept) copy_rows();
        before_ = after_ = moment;
        after_.sequence = 0;
        before_.clients.connect(shard_->engine());
    }

    // The model goes back to what is stored.
    void copy_rows() {
        storage::Batch batch;
        static const std::string kAfterAll(32, '\xff');
        for (const auto table : {storage::Table::Main, storage::Table::Large})
            REQUIRE(shard_->store()
                        .scan(table, "", kAfterAll,
                              [&](std::string_view key, std::string_view value) {
                                  batch.put(table, key, value);
                                  return true;
                              })
                        .ok());
        model_ = std::make_unique<storage::MemoryStore>();
        REQUIRE(model_->apply(batch, shard_->found(), storage::Sync::No).ok());
    }

    void note(const storage::Batch& batch, storage::Position position) {
        REQUIRE(model_->apply(batch, position, storage::Sync::No).ok());
        after_.sequence = position.sequence;
        after_.sight.now_ms = shard_->now_ms();
        after_.sight.lines = look_at_jobs(shard_->engine());
        after_.sight.rows = look_at_rows(*model_);
        after_.clients = clients_;
    }

    void run_until_fault(int boot_number) {
        storage::FaultyJournal faulty(
            shard_->journal(), {.seed = seed_ * 1'000 + static_cast<std::uint64_t>(boot_number),
                                .delay = 0.1,
                                .unknown_kept = 0.04,
                                .unknown_lost = 0.02,
                                .fenced = 0.02,
                                .full = 0.02});
        shard_->go_through(faulty);
        clients_ = before_.clients;
        for (int i = 0; i < kTurnsPerBoot; ++i) {
            shard_->pass(clients_.draw_pause());
            clients_.issue(shard_->engine());
            const auto effects = shard_->turn();
            if (!effects) return;
            clients_.hear(shard_->engine(), *effects);
            if (after_.sequence > 0) before_ = after_;
            before_.clients = clients_;
            after_ = before_;
            after_.sequence = 0;
        }
    }

    const std::uint64_t seed_;
    TemporaryDirectory directory_{quick_directory()};
    std::unique_ptr<DrivenShard> shard_;
    std::unique_ptr<storage::MemoryStore> model_ = std::make_unique<storage::MemoryStore>();
    Traffic clients_{0};
    Moment before_;  // All that was acknowledged.
    Moment after_;   // With the turn that is not answered; its sequence 0: none is.
    int kept_ = 0;
    int lost_ = 0;
};

}  // namespace

TEST_CASE("a shard rebuilt after its journal failed has the failed turn wholly or not at all",
          "[crash][R12][R34][R35]") {
    const std::uint64_t seed = std::random_device{}() % 1'000'000;
    std::cout << "seed " << seed << '\n' << std::flush;
    FaultyLife(seed).live();
}
