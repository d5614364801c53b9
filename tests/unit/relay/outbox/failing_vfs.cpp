#include "tests/unit/relay/outbox/failing_vfs.hpp"

#include <atomic>

#include <sqlite3.h>

namespace outbox_test {
namespace {

std::atomic<bool> failing_syncs{false};
std::atomic<bool> failing_writes{false};
std::atomic<bool> full_disk{false};
std::atomic<bool> full_once{false};
std::atomic<long> sync_count{0};

/// Ours, then the system's file object in the same block (szOsFile says so).
struct File {
  sqlite3_file base;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
File* ours(sqlite3_file* f) { return reinterpret_cast<File*>(f); }
sqlite3_file* real(sqlite3_file* f) { return ours(f)->real(); }
const sqlite3_io_methods* methods(sqlite3_file* f) { return real(f)->pMethods; }

int close(sqlite3_file* f) { return methods(f)->xClose(real(f)); }
int read(sqlite3_file* f, void* to, int n, sqlite3_int64 at) { return methods(f)->xRead(real(f), to, n, at); }
int write(sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
  if (full_disk || full_once.exchange(false)) return SQLITE_FULL;
  if (failing_writes) return SQLITE_IOERR_WRITE;
  return methods(f)->xWrite(real(f), from, n, at);
}
int truncate(sqlite3_file* f, sqlite3_int64 size) { return methods(f)->xTruncate(real(f), size); }
int sync(sqlite3_file* f, int flags) {
  ++sync_count;
  return failing_syncs ? SQLITE_IOERR_FSYNC : methods(f)->xSync(real(f), flags);
}
int file_size(sqlite3_file* f, sqlite3_int64* size) { return methods(f)->xFileSize(real(f), size); }
int lock(sqlite3_file* f, int level) { return methods(f)->xLock(real(f), level); }
int unlock(sqlite3_file* f, int level) { return methods(f)->xUnlock(real(f), level); }
int check_lock(sqlite3_file* f, int* out) { return methods(f)->xCheckReservedLock(real(f), out); }
int file_control(sqlite3_file* f, int op, void* arg) { return methods(f)->xFileControl(real(f), op, arg); }
int sector_size(sqlite3_file* f) { return methods(f)->xSectorSize(real(f)); }
int characteristics(sqlite3_file* f) { return methods(f)->xDeviceCharacteristics(real(f)); }

// Version 1: no shared memory, which proves that the outbox needs none.
const sqlite3_io_methods io_methods{
    1,       close,      read,         write,       truncate,        sync,    file_size, lock,
    unlock,  check_lock, file_control, sector_size, characteristics, nullptr, nullptr,   nullptr,
    nullptr, nullptr,    nullptr};

sqlite3_vfs vfs;

int open(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out_flags) {
  auto* system = static_cast<sqlite3_vfs*>(vfs.pAppData);
  f->pMethods = nullptr;
  const int code = system->xOpen(system, name, real(f), flags, out_flags);
  if (code == SQLITE_OK) f->pMethods = &io_methods;
  return code;
}

}  // namespace

FailingVfs::FailingVfs() {
  sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
  vfs = *system;
  vfs.iVersion = 1;
  vfs.pNext = nullptr;
  vfs.zName = "failing";
  vfs.pAppData = system;
  vfs.szOsFile = static_cast<int>(sizeof(File)) + system->szOsFile;
  vfs.xOpen = open;
  sqlite3_vfs_register(&vfs, 0);
  fail_syncs(false);
  fail_writes(false);
  fill_disk(false);
}

FailingVfs::~FailingVfs() { sqlite3_vfs_unregister(&vfs); }

void FailingVfs::fail_syncs(bool yes) { failing_syncs = yes; }
void FailingVfs::fail_writes(bool yes) { failing_writes = yes; }
void FailingVfs::fill_disk(bool yes) { full_disk = yes; }
void FailingVfs::fill_disk_once() { full_once = true; }
long FailingVfs::syncs() { return sync_count; }

}  // namespace outbox_test
