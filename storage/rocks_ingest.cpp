// Writes sorted table files beside the database's, and has it take them in.
#include "rocks_ingest.h"

#include "rocks_slice.h"

#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>

#include <vector>

namespace swarmq::storage {
namespace {

std::string file_name(const std::string& directory, std::size_t table) {
    return directory + "/next-" + std::to_string(table) + ".rows";
}

// A file of this name may be a table that was taken in: its name goes, never its bytes.
rocksdb::Status remove_leftover(rocksdb::Env& env, const std::string& path) {
    const rocksdb::Status there = env.FileExists(path);
    if (there.IsNotFound()) return rocksdb::Status::OK();
    return there.ok() ? env.DeleteFile(path) : there;
}

rocksdb::Status write_file(const rocksdb::Options& options, const RowWindow::Rows& rows,
                           const std::string& path) {
    if (rocksdb::Status removed = remove_leftover(*options.env, path); !removed.ok()) return removed;
    rocksdb::SstFileWriter writer{rocksdb::EnvOptions(options), options};
    rocksdb::Status status = writer.Open(path);
    for (const auto& [key, row] : rows) {
        if (!status.ok()) return status;
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
        file.external_files = {file_name(directory, table)};
        file.options.move_files = true;
        file.options.write_global_seqno = false;  // It would be written and synced under the database's lock.
        const rocksdb::Status written =
            write_file(db.GetOptions(tables[table]), rows, file.external_files[0]);
        if (!written.ok()) return written;
    }
    return files.empty() ? rocksdb::Status::OK() : db.IngestExternalFiles(files);
}

}  // namespace swarmq::storage
