#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tests/sim/boot.hpp"
#include "tests/sim/disk/disk.hpp"
#include "tests/sim/ledger.hpp"

namespace sim {

class World;

/// The machine: its disk, its clock, its power, and the service manager that starts the daemon again.
class Box {
 public:
  explicit Box(World& world);
  /// Takes a daemon that still runs apart. Before anything else of the world goes.
  void end();

  void switch_on();
  /// The daemon dies now, between two handlers.
  void kill(relay::Millis down, std::string_view why);
  void cut_power(relay::Millis off, std::string_view why);
  void restart(relay::Millis down);
  /// From inside a handler: the process dies when the handler returns, and nothing it does until then counts.
  void doom(bool power, std::string_view why);

  /// Runs what is ready. Buries the daemon if it died meanwhile.
  void run_ready();
  [[nodiscard]] std::optional<WorldTime> earliest() const;
  void fire_earliest();

  [[nodiscard]] bool up() const { return boot_ && !boot_->dead() && boot_->listening() && !stopping_; }
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] Boot* boot() { return boot_.get(); }
  /// Since when applications are answered without a break; nothing while they are not.
  [[nodiscard]] std::optional<WorldTime> up_since() const;
  [[nodiscard]] Disk& disk() { return disk_; }
  [[nodiscard]] std::int64_t free_disk_bytes() const;
  void set_disk_room(std::int64_t bytes) { disk_room_ = bytes; }
  void heal_disk();
  [[nodiscard]] bool disk_is_well() const { return disk_well_; }
  void set_disk_faults(const Disk::Faults& faults, bool well);
  [[nodiscard]] WorldTime disk_well_since() const { return disk_well_since_; }

  [[nodiscard]] relay::WallTime wall_of_box() const;
  void jump_clock(relay::Millis by);
  void set_clock_right();
  /// The clock shows 1970 at each power-up until somebody sets it.
  void set_battery(bool works) { battery_works_ = works; }
  /// By how much the box's timeline may lag behind the world, for want of a clock through power cuts: it grows.
  [[nodiscard]] relay::Millis lost_time() const { return lost_time_; }
  /// How often the box's timeline may have gone ahead (a clock wrong at a power-up).
  [[nodiscard]] int time_leaps() const { return time_leaps_; }

  [[nodiscard]] int boots() const { return boots_; }

 private:
  void start_daemon();
  void bury(bool power, relay::Millis down);
  void after_orderly_stop(relay::Millis down);

  World& world_;
  Disk disk_;
  std::unique_ptr<Boot> boot_;
  std::string boot_id_;
  WorldTime machine_started_{};
  WorldTime ready_at_{};
  int boots_ = 0;
  int machine_boots_ = 0;
  int failed_starts_ = 0;
  bool powered_ = false;
  bool stopping_ = false;
  struct Doom {
    bool power = false;
    std::string why;
  };
  std::optional<Doom> doom_;
  relay::Millis wall_offset_{0};
  std::optional<WorldTime> off_since_;
  WorldTime clock_touched_{std::chrono::hours{-24}};
  bool battery_works_ = true;
  relay::Millis lost_time_{0};
  int time_leaps_ = 0;
  static constexpr std::int64_t roomy = std::int64_t{1} << 30;
  std::int64_t disk_room_ = roomy;
  bool disk_well_ = true;
  WorldTime disk_well_since_{};
};

}  // namespace sim
