// Writes sorted table files beside the database's, and has it take them in.
#include "rocks_ingest.h"

#include "keys.h"
#include "rocks_slice.h"

#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace swarmq::storage {
namespace {

std::string file_name(const std::string& directory, std::size_t table, std::size_t number) {
    return directory + "/next-" + std::to_string(table) + "-" + std::to_string(number) + ".rows";
}

// Rows of jobs are a file of their own: those of new jobs come behind all that are there, so it goes straight into the last
// level, where no compaction writes it again. The rows before and behind them come anew with each window.
int part_of(std::string_view key) {
    const auto kind = key.size() < kKeyPrefixBytes ? char{} : key[kKeyPrefixBytes - 1];
    const auto job = static_cast<char>(RowKind::Job);
    return kind < job ? 0 : kind == job ? 1 : 2;
}

// A file of this name may be a table that was taken in: its name goes, never its bytes.
rocksdb::Status remove_leftover(rocksdb::Env& env, const std::string& path) {
    const rocksdb::Status there = env.FileExists(path);
    if (there.IsNotFound()) return rocksdb::Status::OK();
    return there.ok() ? env.DeleteFile(path) : there;
}

using At = RowWindow::Rows::const_iterator;

rocksdb::Status write_file(const rocksdb::Options& options, At from, At to, const std::string& path) {
    if (rocksdb::Status removed = remove_leftover(*options.env, path); !removed.ok()) return removed;
    rocksdb::SstFileWriter writer{rocksdb::EnvOptions(options), options};
    rocksdb::Status status = writer.Open(path);
    for (; status.ok() && from != to; ++from) {
        const auto& [key, row] = *from;
        status = row ? writer.Put(slice(key), slice(*row)) : writer.Delete(slice(key));
    }
    return status.ok() ? writer.Finish() : status;
}

}  // namespace

rocksdb::Status ingest(rocksdb::DB& db, std::span<rocksdb::ColumnFamilyHandle* const> tables,
                       const std::string& directory, const RowWindow& window) {
    std::vector<rocksdb::IngestExternalFileArg> files;
    for (std::size_t table = 0; table < tables.size(); ++table) {
        const RowWindow::Rows& rows = window.rows(static_cast<Table>(table));
        if (rows.empty()) continue;
        rocksdb::IngestExternalFileArg& file = files.emplace_back();
        file.column_family = tables[table];
        file.options.move_files = true;
        file.options.write_global_seqno = false;  // It would be written and synced under the database's lock.
        for (At from = rows.begin(); from != rows.end();) {
            const int part = part_of(from->first);
            const At to = std::find_if(from, rows.end(), [&](const auto& row) { return part_of(row.first) != part; });
            file.external_files.push_back(file_name(directory, table, file.external_files.size()));
            const rocksdb::Status written =
                write_file(db.GetOptions(tables[table]), from, to, file.external_files.back());
            if (!written.ok()) return written;
            from = to;
        }
    }
    return files.empty() ? rocksdb::Status::OK() : db.IngestExternalFiles(files);
}

}  // namespace swarmq::storage
