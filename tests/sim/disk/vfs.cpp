#include "tests/sim/disk/vfs.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

#include <sqlite3.h>

#include "relay/base/concat.hpp"

namespace sim {
namespace {

/// What SQLite allocates for each open file (szOsFile); ours to construct and destroy.
struct Handle {
  sqlite3_file base{};
  Device* device = nullptr;
  OpenFile file;
};

Handle& handle(sqlite3_file* f) { return *reinterpret_cast<Handle*>(f); }
Device& device(sqlite3_file* f) { return *handle(f).device; }
Device& device(sqlite3_vfs* vfs) { return *static_cast<Device*>(vfs->pAppData); }

int close(sqlite3_file* f) {
  device(f).close(handle(f).file);
  handle(f).~Handle();
  return SQLITE_OK;
}
int read(sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
  return device(f).read(handle(f).file, {static_cast<std::byte*>(to), static_cast<std::size_t>(n)}, at);
}
int write(sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
  return device(f).write(handle(f).file, {static_cast<const std::byte*>(from), static_cast<std::size_t>(n)}, at);
}
int truncate(sqlite3_file* f, sqlite3_int64 size) { return device(f).truncate(handle(f).file, size); }
int sync(sqlite3_file* f, int /*flags*/) { return device(f).sync(handle(f).file); }
int file_size(sqlite3_file* f, sqlite3_int64* size) {
  *size = handle(f).file.image->size();
  return SQLITE_OK;
}
int lock(sqlite3_file* f, int level) { return device(f).lock(handle(f).file, level); }
int unlock(sqlite3_file* f, int level) { return device(f).unlock(handle(f).file, level); }
int check_reserved_lock(sqlite3_file* f, int* out) {
  *out = device(f).reserved(handle(f).file) ? 1 : 0;
  return SQLITE_OK;
}
int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 4096; }
int device_characteristics(sqlite3_file*) { return 0; }

constexpr sqlite3_io_methods io_methods{1,
                                        close,
                                        read,
                                        write,
                                        truncate,
                                        sync,
                                        file_size,
                                        lock,
                                        unlock,
                                        check_reserved_lock,
                                        file_control,
                                        sector_size,
                                        device_characteristics,
                                        nullptr,
                                        nullptr,
                                        nullptr,
                                        nullptr,
                                        nullptr,
                                        nullptr};

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* f, int flags, int* out_flags) {
  auto* opened = new (f) Handle;
  opened->device = &device(vfs);
  const int code = opened->device->open(name, flags, opened->file);
  if (code != SQLITE_OK) {
    opened->~Handle();
    f->pMethods = nullptr;  // SQLite must not close it
    return code;
  }
  opened->base.pMethods = &io_methods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}
int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) { return device(vfs).remove(name, sync_folder != 0); }
int access(sqlite3_vfs* vfs, const char* name, int /*flags*/, int* out) {
  bool exists = false;
  const int code = device(vfs).exists(name, exists);
  *out = exists ? 1 : 0;
  return code;
}
int full_pathname(sqlite3_vfs*, const char* name, int n, char* out) {
  const std::size_t length = std::strlen(name);
  if (length >= static_cast<std::size_t>(n)) return SQLITE_CANTOPEN;
  std::copy_n(name, length + 1, out);
  return SQLITE_OK;
}
int randomness(sqlite3_vfs* vfs, int n, char* out) {
  device(vfs).random.fill(std::as_writable_bytes(std::span{out, static_cast<std::size_t>(n)}));
  return n;
}
int sleep(sqlite3_vfs*, int microseconds) { return microseconds; }
/// Days since noon in Greenwich on November 24, 4714 B.C., as SQLite counts.
int current_time(sqlite3_vfs* vfs, double* out) {
  *out = static_cast<double>(relay::to_ms(device(vfs).now)) / 86'400'000.0 + 2'440'587.5;
  return SQLITE_OK;
}
int last_error(sqlite3_vfs*, int, char*) { return 0; }

sqlite3_vfs make(Device& device, const char* name) {
  sqlite3_vfs vfs{};
  vfs.iVersion = 1;
  vfs.szOsFile = static_cast<int>(sizeof(Handle));
  vfs.mxPathname = 1024;
  vfs.zName = name;
  vfs.pAppData = &device;
  vfs.xOpen = open;
  vfs.xDelete = remove;
  vfs.xAccess = access;
  vfs.xFullPathname = full_pathname;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep;
  vfs.xCurrentTime = current_time;
  vfs.xGetLastError = last_error;
  return vfs;
}

std::atomic<int> made_so_far{0};

}  // namespace

Vfs::Vfs(Device& device)
    : name_(relay::concat("sim-disk-", ++made_so_far)),
      vfs_(std::make_unique<sqlite3_vfs>(make(device, name_.c_str()))) {
  sqlite3_vfs_register(vfs_.get(), 0);
  seed_sqlite();
}

Vfs::~Vfs() { sqlite3_vfs_unregister(vfs_.get()); }

void Vfs::seed_sqlite() {
  // SQLite takes the seed from the default VFS, when the first byte is asked for after the reset.
  sqlite3_vfs* const usual = sqlite3_vfs_find(nullptr);
  sqlite3_vfs_register(vfs_.get(), 1);
  char drawn = 0;
  sqlite3_randomness(0, nullptr);
  sqlite3_randomness(1, &drawn);
  sqlite3_vfs_register(usual, 1);
}

void spare_sqlite_its_locks() {
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

}  // namespace sim
