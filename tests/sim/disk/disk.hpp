#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/base/time.hpp"

namespace sim {

/// Files in memory as a real disk keeps them: what was synced, and the writes since. SQLite reaches them by a VFS of
/// this object's own, of version 1 (so locking_mode=EXCLUSIVE for a WAL), with 4096-byte sectors and no promise about
/// overwriting (no POWERSAFE_OVERWRITE, no atomic writes).
///
/// Nothing but the seed and the calls decides what happens: the constructor and revive() also seed SQLite's own random
/// generator from here (see there). One thread. Connections must be closed before the disk goes.
class Disk {
 public:
  explicit Disk(std::uint64_t seed);
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  /// The registered name of the VFS ("sim-disk-1"), another for each object.
  [[nodiscard]] const std::string& vfs_name() const;
  /// What SQLite takes for the time of day (SELECT datetime()); it stands still. 2026-09-21 until set.
  void set_time(relay::WallTime now);

  /// Chances are per operation, 0..1. A failed write leaves a part of its sectors written; after a failed sync what
  /// was pending is partly lost for good in half of the cases, as on Linux.
  struct Faults {
    double write_error = 0;  ///< SQLITE_IOERR_WRITE; of deletions and creations too.
    double sync_error = 0;   ///< SQLITE_IOERR_FSYNC
    double read_error = 0;   ///< SQLITE_IOERR_READ
    double full = 0;         ///< SQLITE_FULL on a write.
    /// Files that would grow beyond this in sum get SQLITE_FULL; 0: no limit.
    std::int64_t capacity_bytes = 0;
    relay::Millis sync_time{0};  ///< How long each sync takes: see take_delay().
    /// Syncs say yes and do nothing; what they promised is on the medium only about a MiB of writes later.
    bool lying_sync = false;
  };
  void set_faults(const Faults& faults);

  /// The storage operation with this number from now on (0: the next) kills the process: it and everything after it
  /// fail with SQLITE_IOERR until revive(). `on_death` is called once, from inside SQLite: it must not close
  /// connections or destroy the disk, only take note. nullopt disarms.
  void die_at_operation(std::optional<std::uint64_t> n, std::function<void()> on_death);
  /// Operation n from now (0: the next) fails with this SQLite code; sticky: all that follow too, until clear_failure()
  /// or revive().
  void fail_operation(std::uint64_t n, int sqlite_code, bool sticky);
  void clear_failure();

  /// The process dies, from outside: its connections fail from now on (on_death is not called). Un-synced writes stay:
  /// they are in the page cache.
  void kill();
  /// What of the un-synced changes (writes by 512-byte sectors, truncations, creations, deletions) is on the medium
  /// when the power comes back.
  enum class Cut : std::uint8_t {
    lose_all,
    keep_all,
    keep_prefix,  ///< Those before some moment, of all files; the last one torn.
    sectors_half,
    sectors_most,  ///< 90 %
  };
  /// The power goes, and with it the process. Without an argument the kind is drawn.
  void power_cut();
  void power_cut(Cut cut);
  /// The next boot: nothing is open, die_at_operation and fail_operation are disarmed. Faults stay as set.
  void revive();
  [[nodiscard]] bool dead() const;

  /// Writes, syncs, truncations, deletions, creations so far. Reads are not counted.
  [[nodiscard]] std::uint64_t operations() const;
  /// Flips bits in what is on the medium and not being written, of files longer than 4 KiB.
  void flip_bits(int count);
  /// The sum of sync_time since the last call.
  [[nodiscard]] relay::Millis take_delay();

  struct Counts {
    std::uint64_t writes = 0;
    std::uint64_t syncs = 0;
    std::uint64_t reads = 0;
    std::uint64_t write_errors = 0;
    std::uint64_t sync_errors = 0;
    std::uint64_t read_errors = 0;
    std::uint64_t full = 0;
    std::uint64_t deaths = 0;
    std::array<std::uint64_t, 5> cuts{};  ///< By Cut.
    std::uint64_t vanished = 0;           ///< Files that a cut took away.
  };
  [[nodiscard]] const Counts& counts() const;
  /// The sum of the sizes of all files.
  [[nodiscard]] std::int64_t bytes() const;

  /// All files as the process sees them, by name; and a disk that has held exactly these for ever.
  using Files = std::map<std::string, std::vector<std::byte>>;
  [[nodiscard]] Files files() const;
  void load(const Files& files);
  /// As rename(2) and an fsync of the folder. False: there is no such file.
  bool rename(const std::string& from, const std::string& to);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace sim
