// A shard in a directory of its own, that tests close, damage and open again.
#pragma once

#include "local_journal.h"
#include "records.h"
#include "rocks_store.h"
#include "support/temporary_directory.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

namespace swarmq::test {

struct DiskShard {
    Result<> open(storage::Durability durability = storage::Durability::Sync) {
        close();
        auto opened = storage::RocksStore::open({.directory = paths.store});
        if (!opened.ok()) return opened.error();
        store = std::move(opened).value();
        auto journal_opened =
            storage::LocalJournal::open(*store, {.durability = durability,
                                                 .superblock_path = paths.superblock,
                                                 .now_ms = 1'700'000'000'000});
        if (!journal_opened.ok()) return journal_opened.error();
        journal = std::move(journal_opened).value();
        return {};
    }
    void close() {
        journal.reset();
        store.reset();
    }
    void append(const storage::Batch& batch) {
        const auto appended = journal->append(batch, journal->last());
        if (!appended.ok()) FAIL(appended.error().detail);
    }
    void add_jobs(std::uint64_t first, std::uint64_t count, std::size_t payload_bytes = 100) {
        Changes changes;
        for (std::uint64_t i = 0; i < count; ++i) {
            JobRecord& job = changes.added.emplace_back();
            job.seq = JobSeq{first + i};
            job.job_class = std::make_shared<JobClass>();
            job.payload = std::make_shared<const std::string>(payload_bytes, 'p');
        }
        append_changes(changes);
    }
    void append_changes(const Changes& changes) {
        storage::Batch batch;
        encoder.encode(changes, batch);
        append(batch);
    }
    // Moves the rows from the log into table files, as a copy does.
    void write_tables() {
        const TemporaryDirectory copy;
        const auto copied = store->copy_to(copy.path(), [](const auto&) { return true; });
        if (!copied.ok()) FAIL(copied.error().detail);
    }
    // The table file with most rows.
    std::string largest_table() const {
        std::string largest;
        for (const auto& entry : std::filesystem::directory_iterator{paths.store})
            if (entry.path().extension() == ".sst" &&
                (largest.empty() || entry.file_size() > std::filesystem::file_size(largest)))
                largest = entry.path().string();
        return largest;
    }
    // The newest file of the store with this extension.
    std::string newest_file(const std::string& extension) const {
        std::string newest;
        for (const auto& entry : std::filesystem::directory_iterator{paths.store})
            if (entry.path().extension() == extension)
                newest = std::max(newest, entry.path().string());
        return newest;
    }

    TemporaryDirectory directory;
    storage::ShardPaths paths = storage::shard_paths(directory.path(), ShardId{0});
    std::unique_ptr<storage::RocksStore> store;
    std::unique_ptr<storage::LocalJournal> journal;
    storage::Encoder encoder{ShardId{0}};
};

inline void overwrite(const std::string& path, std::streamoff at, const std::string& bytes) {
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(at);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    REQUIRE(file.good());
}

// Up to the last byte that is not zero: an open log has zeros behind what is in it.
inline std::streamoff end_of_content(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    return static_cast<std::streamoff>(bytes.find_last_not_of('\0') + 1);
}

inline bool mentions(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace swarmq::test
