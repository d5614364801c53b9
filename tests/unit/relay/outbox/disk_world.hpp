#pragma once

#include <optional>
#include <string>

#include "tests/sim/disk/disk.hpp"
#include "tests/unit/relay/outbox/outbox_world.hpp"

namespace outbox_test {

/// What a set of files says to whoever opens them, judged on a copy: nothing of the world is disturbed.
struct Examined {
  std::string trouble;  ///< Of opening, integrity_check or foreign_key_check; empty: none.
  std::string rows;     ///< Everything that the outbox keeps, table by table, but the count of its probes.
};
[[nodiscard]] Examined examine(const sim::Disk::Files& files);

/// An outbox on a simulated disk. Two worlds that do the same have the same ids and times.
class DiskWorld : public OutboxWorld {
 public:
  explicit DiskWorld(std::uint64_t seed = 1);
  ~DiskWorld();

  /// The next boot, on a disk without faults. The error when the outbox does not open.
  [[nodiscard]] std::optional<relay::Error> reboot();
  /// What of Counters a new start counts, and what is kept now, as text.
  [[nodiscard]] std::string kept_counters() const;
  [[nodiscard]] Examined examine() const { return outbox_test::examine(disk.files()); }

  sim::Disk disk;
};

[[nodiscard]] std::string text_of(const relay::outbox::Counters& counters);

}  // namespace outbox_test
