#pragma once

#include <memory>
#include <string>

#include "tests/sim/disk/device.hpp"

struct sqlite3_vfs;

namespace sim {

/// A device behind SQLite's interface; registered while it lives.
class Vfs {
 public:
  /// `device` must outlive it.
  explicit Vfs(Device& device);
  ~Vfs();
  Vfs(const Vfs&) = delete;
  Vfs& operator=(const Vfs&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  /// Makes SQLite's random generator start anew, from the device's stream.
  ///
  /// That generator is global to the process and outlives connections: it gives the salts of each WAL. Without this, a
  /// scenario would depend on what ran before it in the same process, and its seed would repeat nothing.
  void seed_sqlite();

 private:
  std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
};

/// For a process with one thread, before it opens the first database: SQLite goes without its locks and its statistics
/// of memory, which shortens a simulated day.
void spare_sqlite_its_locks();

}  // namespace sim
