#pragma once

#include <string>

namespace outbox_test {

/// A SQLite VFS over the system's whose writes and syncs fail on demand. Registered while the object lives; one at a
/// time.
class FailingVfs {
 public:
  FailingVfs();
  ~FailingVfs();
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;

  [[nodiscard]] std::string name() const { return "failing"; }
  static void fail_syncs(bool yes);
  static void fail_writes(bool yes);
  /// The disk is full: writes give SQLITE_FULL.
  static void fill_disk(bool yes);
  /// Full for the next write only.
  static void fill_disk_once();
  static long syncs();
};

}  // namespace outbox_test
