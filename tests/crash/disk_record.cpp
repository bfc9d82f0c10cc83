// Plays the record up to the cut, and draws what is left of the rest.
#include "crash/disk_record.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <stdexcept>
#include <utility>

namespace swarmq::test {
namespace {

constexpr std::size_t kSectorBytes = 512;

std::string folder_of(const std::string& name) {
    const auto slash = name.rfind('/');
    return slash == std::string::npos ? "" : name.substr(0, slash);
}

void write_at(std::string& content, std::uint64_t offset, std::string_view bytes) {
    if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size(), '\0');
    content.replace(offset, bytes.size(), bytes);
}

}  // namespace

// What is on the disk when the power is gone: certain contents and names, and those that are not.
class DiskRecord::Remains {
  public:
    Remains(Loss loss, std::uint64_t seed) : loss_(loss), random_(seed) {}

    void play(const Operation& operation) {
        switch (operation.kind) {
            case Kind::Write:
            case Kind::Truncate:
                files_[operation.file].unsynced.push_back(&operation);
                break;
            case Kind::Sync: {
                File& file = files_[operation.file];
                for (const Operation* const change : file.unsynced) apply(*change, file.content);
                file.unsynced.clear();
                break;
            }
            case Kind::SyncFolder: {
                Folder& folder = folders_[operation.name];
                for (const Operation* const change : folder.unsynced) apply(*change, folder);
                folder.unsynced.clear();
                break;
            }
            case Kind::Create:
            case Kind::Rename:
            case Kind::Link:
            case Kind::Remove:
                folders_[folder_of(operation.name)].unsynced.push_back(&operation);
                break;
        }
    }

    void write_to(const std::string& directory) {
        for (auto& [name, folder] : folders_) {
            std::filesystem::create_directories(directory + "/" + name);
            const std::size_t kept = draw_kept(folder.unsynced.size());
            for (std::size_t i = 0; i < kept; ++i) apply(*folder.unsynced[i], folder);
        }
        for (auto& [id, file] : files_) keep_some(file);
        for (const auto& [folder_name, folder] : folders_)
            for (const auto& [name, file] : folder.names) {
                std::ofstream out(directory + "/" + name, std::ios::binary);
                out << files_[file].content;
                if (!out.flush()) throw std::runtime_error("cannot write " + directory + "/" + name);
            }
    }

  private:
    struct File {
        std::string content;
        std::vector<const Operation*> unsynced;
    };
    struct Folder {
        std::map<std::string, FileId> names;
        std::vector<const Operation*> unsynced;
    };

    static void apply(const Operation& change, std::string& content) {
        if (change.kind == Kind::Write)
            write_at(content, change.at, change.bytes);
        else
            content.resize(change.at, '\0');
    }

    static void apply(const Operation& change, Folder& folder) {
        if (change.kind == Kind::Create) {
            folder.names[change.name] = change.file;
            return;
        }
        const auto found = folder.names.find(change.name);
        if (found == folder.names.end()) return;
        if (change.kind != Kind::Remove) folder.names[change.to] = found->second;
        if (change.kind != Kind::Link) folder.names.erase(change.name);
    }

    std::size_t draw_kept(std::size_t unsynced) {
        if (loss_ == Loss::Forget) return 0;
        if (loss_ == Loss::Keep) return unsynced;
        return std::uniform_int_distribution<std::size_t>(0, unsynced)(random_);
    }

    void keep_some(File& file) {
        const std::size_t kept = draw_kept(file.unsynced.size());
        for (std::size_t i = 0; i < kept; ++i) apply(*file.unsynced[i], file.content);
        const bool is_cut_short = loss_ == Loss::Part || loss_ == Loss::Torn;
        const Operation* last = kept > 0 ? file.unsynced[kept - 1] : nullptr;
        std::size_t last_bytes = last ? last->bytes.size() : 0;
        if (is_cut_short && kept < file.unsynced.size() &&
            file.unsynced[kept]->kind == Kind::Write) {
            last = file.unsynced[kept];
            last_bytes = std::uniform_int_distribution<std::size_t>(0, last->bytes.size())(random_);
            write_at(file.content, last->at, std::string_view(last->bytes).substr(0, last_bytes));
        }
        if (loss_ == Loss::Torn && last != nullptr && last->kind == Kind::Write)
            tear(file.content, last->at, last_bytes);
    }

    // The last sectors of the last write have a length and no content, or someone else's.
    void tear(std::string& content, std::uint64_t offset, std::size_t bytes) {
        const std::size_t torn = std::min(bytes, 1 + random_() % kSectorBytes);
        const bool is_zero = random_() % 2 == 0;
        for (std::size_t i = offset + bytes - torn; i < offset + bytes && i < content.size(); ++i)
            content[i] = is_zero ? '\0' : static_cast<char>(random_());
    }

    const Loss loss_;
    std::mt19937_64 random_;
    std::map<FileId, File> files_;
    std::map<std::string, Folder> folders_;
};

void DiskRecord::add(Operation operation) {
    const std::lock_guard lock(mutex_);
    operations_.push_back(std::move(operation));
}

DiskRecord::FileId DiskRecord::create(const std::string& name) {
    const std::lock_guard lock(mutex_);
    operations_.push_back({.kind = Kind::Create, .file = files_, .bytes = {}, .name = name, .to = {}});
    names_[name] = files_;
    return files_++;
}

void DiskRecord::write(FileId file, std::uint64_t offset, std::string bytes) {
    add({.kind = Kind::Write, .file = file, .at = offset, .bytes = std::move(bytes), .name = {}, .to = {}});
}

void DiskRecord::truncate(FileId file, std::uint64_t size) {
    add({.kind = Kind::Truncate, .file = file, .at = size, .bytes = {}, .name = {}, .to = {}});
}

void DiskRecord::sync(FileId file) {
    add({.kind = Kind::Sync, .file = file, .bytes = {}, .name = {}, .to = {}});
}

void DiskRecord::rename(const std::string& from, const std::string& to) {
    const std::lock_guard lock(mutex_);
    operations_.push_back({.kind = Kind::Rename, .bytes = {}, .name = from, .to = to});
    names_[to] = names_[from];
    names_.erase(from);
}

void DiskRecord::link(const std::string& name, const std::string& other) {
    const std::lock_guard lock(mutex_);
    operations_.push_back({.kind = Kind::Link, .bytes = {}, .name = name, .to = other});
    names_[other] = names_[name];
}

void DiskRecord::remove(const std::string& name) {
    const std::lock_guard lock(mutex_);
    operations_.push_back({.kind = Kind::Remove, .bytes = {}, .name = name, .to = {}});
    names_.erase(name);
}

DiskRecord::FileId DiskRecord::file_of(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return names_.at(name);
}

void DiskRecord::sync_folder(const std::string& name) {
    add({.kind = Kind::SyncFolder, .bytes = {}, .name = name, .to = {}});
}

std::size_t DiskRecord::size() const {
    const std::lock_guard lock(mutex_);
    return operations_.size();
}

void DiskRecord::leave(std::size_t cut, Loss loss, std::uint64_t seed,
                       const std::string& directory) const {
    const std::lock_guard lock(mutex_);
    Remains remains(loss, seed);
    for (std::size_t i = 0; i < cut; ++i) remains.play(operations_.at(i));
    remains.write_to(directory);
}

std::string DiskRecord::describe(std::size_t cut) const {
    static const char* const kVerbs[] = {"create", "write",  "truncate",   "sync",
                                         "rename", "link",   "remove",     "sync folder"};
    const std::lock_guard lock(mutex_);
    if (cut == 0) return "the beginning";
    const Operation& last = operations_.at(cut - 1);
    std::string name = last.name;
    for (const Operation& operation : operations_)
        if (last.name.empty() && operation.kind == Kind::Create && operation.file == last.file)
            name = operation.name;
    return std::string(kVerbs[static_cast<std::size_t>(last.kind)]) + " " + name +
           (last.to.empty() ? "" : " to " + last.to);
}

}  // namespace swarmq::test
