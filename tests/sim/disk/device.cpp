#include "tests/sim/disk/device.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <sqlite3.h>

namespace sim {
namespace {

/// A disk that lies about syncs writes out what it holds when it holds more than this.
constexpr std::size_t lying_cache_bytes = 1 << 20;

/// As SQLite's unix VFS: the first sync of a journal or a WAL that may be new syncs the folder too.
constexpr int folder_synced_types = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;

}  // namespace

Device::Device(std::uint64_t seed) : random(seed) {}

bool Device::happens(double chance) {
  if (chance <= 0) return false;  // draws nothing: a fault that is off does not shift the others
  return std::ldexp(static_cast<double>(random.next() >> 11), -53) < chance;
}

int Device::begin_operation() {
  if (dead) return SQLITE_IOERR;
  const std::uint64_t number = operations++;
  if (death_at_ && number >= *death_at_) {
    const auto on_death = std::exchange(on_death_, nullptr);
    kill();
    if (on_death) on_death();
    return SQLITE_IOERR;
  }
  if (failure_ && (number == failure_->at || (failure_->sticky && number > failure_->at))) return failure_->code;
  return SQLITE_OK;
}

int Device::open(const char* name, int flags, OpenFile& file) {
  if (dead) return SQLITE_IOERR;
  file.boot = boot_;
  file.sync_folder = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & folder_synced_types) != 0;
  file.delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  if (name == nullptr) {
    file.image = std::make_shared<FileImage>();
    return SQLITE_OK;
  }
  file.name = name;
  file.image = folder.find(file.name);
  if (file.image) return (flags & SQLITE_OPEN_EXCLUSIVE) != 0 ? SQLITE_CANTOPEN : SQLITE_OK;
  if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
  if (const int code = begin_operation(); code != SQLITE_OK) return code;
  if (happens(faults.write_error)) {
    ++counts.write_errors;
    return SQLITE_CANTOPEN;
  }
  file.image = folder.create(operations, file.name);
  return SQLITE_OK;
}

void Device::close(OpenFile& file) {
  if (!alive(file)) return;
  (void)unlock(file, SQLITE_LOCK_NONE);
  if (file.delete_on_close && folder.find(file.name) == file.image) (void)remove(file.name, false);
}

int Device::read(const OpenFile& file, std::span<std::byte> to, std::int64_t at) {
  if (!alive(file)) return SQLITE_IOERR;
  ++counts.reads;
  if (happens(faults.read_error)) {
    ++counts.read_errors;
    return SQLITE_IOERR_READ;
  }
  return file.image->read(to, at) == to.size() ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int Device::write(const OpenFile& file, std::span<const std::byte> from, std::int64_t at) {
  if (!alive(file)) return SQLITE_IOERR;
  ++counts.writes;
  int code = begin_operation();
  if (code == SQLITE_OK && happens(faults.write_error)) {
    ++counts.write_errors;
    code = SQLITE_IOERR_WRITE;
  }
  if (code == SQLITE_OK) {
    const std::int64_t growth = at + std::ssize(from) - file.image->size();
    const bool over = faults.capacity_bytes > 0 && growth > 0 && bytes() + growth > faults.capacity_bytes;
    if (over || happens(faults.full)) {
      ++counts.full;
      return SQLITE_FULL;
    }
    file.image->write(operations, from, at);
    return SQLITE_OK;
  }
  write_partly(file, from, at);
  return code;
}

void Device::write_partly(const OpenFile& file, std::span<const std::byte> from, std::int64_t at) {
  const std::uint64_t sectors = from.size() / FileImage::sector_bytes;
  const std::size_t bytes_done = random.below(sectors + 1) * FileImage::sector_bytes;
  if (faults.capacity_bytes > 0 && at + std::ssize(from) > file.image->size()) return;
  file.image->write(operations, from.first(bytes_done), at);
}

int Device::truncate(const OpenFile& file, std::int64_t size) {
  if (!alive(file)) return SQLITE_IOERR;
  if (const int code = begin_operation(); code != SQLITE_OK) return code;
  if (happens(faults.write_error)) {
    ++counts.write_errors;
    return SQLITE_IOERR_TRUNCATE;
  }
  file.image->truncate(operations, size);
  return SQLITE_OK;
}

int Device::sync(OpenFile& file) {
  if (!alive(file)) return SQLITE_IOERR;
  ++counts.syncs;
  int code = begin_operation();
  if (dead) return code;
  delay += faults.sync_time;
  if (code == SQLITE_OK && happens(faults.sync_error)) {
    ++counts.sync_errors;
    code = SQLITE_IOERR_FSYNC;
  }
  if (code != SQLITE_OK) {
    fail_sync(file);
    return code;
  }
  if (faults.lying_sync && file.image->pending_bytes() < lying_cache_bytes) return SQLITE_OK;
  file.image->sync();
  folder.sync_entry_of(file.image);
  if (std::exchange(file.sync_folder, false)) folder.sync();
  return SQLITE_OK;
}

void Device::fail_sync(const OpenFile& file) {
  if (happens(0.5)) return;  // the changes wait on: the next sync may take them
  file.image->lose_pending([this](std::uint64_t, std::int64_t) { return happens(0.5); });
}

int Device::remove(const std::string& name, bool sync_folder) {
  if (dead) return SQLITE_IOERR;
  if (!folder.find(name)) return SQLITE_IOERR_DELETE_NOENT;
  if (const int code = begin_operation(); code != SQLITE_OK) return code;
  if (happens(faults.write_error)) {
    ++counts.write_errors;
    return SQLITE_IOERR_DELETE;
  }
  folder.remove(operations, name);
  if (sync_folder && !faults.lying_sync) folder.sync();
  return SQLITE_OK;
}

int Device::exists(const std::string& name, bool& out) {
  if (dead) return SQLITE_IOERR;
  out = folder.find(name) != nullptr;
  return SQLITE_OK;
}

/// SQLite's ladder (sqlite.org/lockingv3.html) for the connections of one process. PENDING is not needed: nobody waits.
int Device::lock(OpenFile& file, int level) {
  if (!alive(file)) return SQLITE_IOERR;
  if (level <= file.lock) return SQLITE_OK;
  Locks& locks = locks_[file.image.get()];
  const bool others_write = locks.writer != nullptr && locks.writer != &file;
  if (level == SQLITE_LOCK_SHARED) {
    if (others_write && locks.writer->lock == SQLITE_LOCK_EXCLUSIVE) return SQLITE_BUSY;
    ++locks.shared;
  } else {
    if (others_write || (level == SQLITE_LOCK_EXCLUSIVE && locks.shared > 1)) return SQLITE_BUSY;
    locks.writer = &file;
  }
  file.lock = level;
  return SQLITE_OK;
}

int Device::unlock(OpenFile& file, int level) {
  if (file.boot != boot_ || level >= file.lock) return SQLITE_OK;
  Locks& locks = locks_[file.image.get()];
  if (locks.writer == &file) locks.writer = nullptr;
  if (level == SQLITE_LOCK_NONE) --locks.shared;
  if (locks.shared == 0) locks_.erase(file.image.get());
  file.lock = level;
  return SQLITE_OK;
}

bool Device::reserved(const OpenFile& file) const {
  const auto it = locks_.find(file.image.get());
  return it != locks_.end() && it->second.writer != nullptr;
}

void Device::arm_death(std::optional<std::uint64_t> n, std::function<void()> on_death) {
  death_at_ = n ? std::optional(operations + *n) : std::nullopt;
  on_death_ = std::move(on_death);
}

void Device::arm_failure(std::uint64_t n, int code, bool sticky) { failure_ = Failure{operations + n, code, sticky}; }

void Device::kill() {
  if (std::exchange(dead, true)) return;
  ++counts.deaths;
  ++boot_;
  locks_.clear();
  arm_death(std::nullopt, nullptr);
}

FileImage::Kept Device::kept_by(Disk::Cut cut) {
  switch (cut) {
    case Disk::Cut::lose_all:
      return [](std::uint64_t, std::int64_t) { return false; };
    case Disk::Cut::keep_all:
      return [](std::uint64_t, std::int64_t) { return true; };
    case Disk::Cut::keep_prefix: {
      const std::uint64_t end = operations + 1;
      const std::uint64_t oldest = folder.oldest_pending(end);
      const std::uint64_t torn = oldest + random.below(end - oldest + 1);
      const auto sectors = static_cast<std::int64_t>(random.below(9));  // of the torn write: up to 4 KiB of it
      return [torn, sectors](std::uint64_t sequence, std::int64_t sector) {
        return sequence < torn || (sequence == torn && sector < sectors);
      };
    }
    case Disk::Cut::sectors_half:
      return [this](std::uint64_t, std::int64_t) { return happens(0.5); };
    case Disk::Cut::sectors_most:
      return [this](std::uint64_t, std::int64_t) { return happens(0.9); };
  }
  std::unreachable();
}

void Device::power_cut(Disk::Cut cut) {
  kill();
  ++counts.cuts.at(static_cast<std::size_t>(cut));
  counts.vanished += static_cast<std::uint64_t>(folder.cut(kept_by(cut)));
}

void Device::revive() {
  kill();
  arm_death(std::nullopt, nullptr);
  clear_failure();
  dead = false;
}

void Device::flip_bits(int count) {
  std::vector<Folder::File> large;
  for (const auto& [name, file] : folder.files()) {
    if (file->size() > 4096) large.push_back(file);
  }
  if (large.empty()) return;
  for (int tries = 0; count > 0 && tries < 1000; ++tries) {
    const auto& file = large[random.below(large.size())];
    const auto at = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(file->size())));
    if (file->flip(at, static_cast<int>(random.below(8)))) --count;
  }
}

std::int64_t Device::bytes() const {
  std::int64_t sum = 0;
  for (const auto& [name, file] : folder.files()) sum += file->size();
  return sum;
}

}  // namespace sim
