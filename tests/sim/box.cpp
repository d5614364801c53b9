#include "tests/sim/box.hpp"

#include <utility>

#include "relay/base/concat.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::Millis;

constexpr Millis service_manager_pause{5'000};  // Restart=always, RestartSec=5
constexpr Millis machine_start{20'000};         // from power to the daemon
constexpr int starts_that_must_do = 3;
/// The store may hold an anchor from before the clock was touched for so long.
constexpr Millis clock_settles{30 * 60'000};
/// The timeline's anchor may be so old at a power cut; longer only while the disk fails.
constexpr Millis anchor_age{45 * 60'000};
constexpr relay::Millis epoch_reading{3'600'000};  // what a clock without a battery shows: one o'clock in 1970

}  // namespace

Box::Box(World& world) : world_(world), disk_(seed_of(world.options.seed, "disk")) {}

void Box::end() {
  if (!boot_) return;
  boot_->die();
  disk_.kill();
  boot_->take_apart();
  boot_.reset();
}

void Box::switch_on() {
  powered_ = true;
  machine_started_ = world_.now();
  boot_id_ = concat("boot-", ++machine_boots_);
  if (!battery_works_) {
    wall_offset_ = epoch_reading - world_.true_wall().time_since_epoch();
    clock_touched_ = world_.now();
    world_.hit("fault.no_clock_at_boot");
  }
  // The timeline goes on by what the wall clock says has passed since the anchor; if that is wrong, nobody can know.
  if (off_since_ && (wall_offset_ != Millis{0} || world_.now() < clock_touched_ + clock_settles)) {
    lost_time_ += (world_.now() - *off_since_) + machine_start + anchor_age;
    ++time_leaps_;
  }
  world_.after(machine_start, [this] { start_daemon(); });
}

void Box::start_daemon() {
  if (!powered_ || boot_) return;
  disk_.revive();
  if (!world_.settings) {
    world_.violate("settings", world_.settings.error().message);
    return;
  }
  boot_ = std::make_unique<Boot>(world_, ++boots_, machine_started_, boot_id_, *world_.settings);
  world_.note("boot", concat(boots_));
  for (auto& modem : world_.modems) modem.box_started(*boot_);
  ready_at_ = world_.now();
  if (!boot_->start()) bury(false, service_manager_pause);
}

void Box::kill(Millis down, std::string_view why) {
  if (!boot_) return;
  world_.note("kill", why);
  bury(false, down);
}

void Box::cut_power(Millis off, std::string_view why) {
  if (!powered_) return;
  world_.note("power_cut", why);
  bury(true, off);
}

void Box::restart(Millis down) {
  if (!up()) return;
  stopping_ = true;
  world_.note("restart", "");
  const int number = boot_->number();
  boot_->stop([this, down, number] {
    if (boot_ && boot_->number() == number && !boot_->dead()) {
      world_.after(Millis{0}, [this, down, number] {
        if (boot_ && boot_->number() == number) after_orderly_stop(down);
      });
    }
  });
  world_.after(Millis{90'000}, [this, number] {
    if (boot_ && boot_->number() == number && stopping_) {
      world_.violate("stop", "an orderly stop is not over after 90 s: systemd would kill the daemon");
    }
  });
}

void Box::after_orderly_stop(Millis down) {
  stopping_ = false;
  bury(false, down);
}

void Box::doom(bool power, std::string_view why) {
  if (!doom_ && boot_ && !boot_->dead()) doom_ = Doom{power, std::string{why}};
}

void Box::bury(bool power, Millis down) {
  doom_.reset();
  stopping_ = false;
  bool began_work = false;
  if (boot_) {
    began_work = boot_->listening();
    boot_->die();
    if (power) {
      disk_.power_cut();
    } else {
      disk_.kill();
    }
    boot_->take_apart();
    for (auto& modem : world_.modems) modem.box_gone();
    const bool failed = !boot_->listening();
    failed_starts_ = failed ? failed_starts_ + 1 : 0;
    boot_.reset();
    if (failed && world_.faults.over() && failed_starts_ >= starts_that_must_do) {
      world_.violate("I11", "the daemon does not start, with nothing wrong any more");
    }
  } else if (power) {
    disk_.power_cut();
  }
  disk_.revive();
  // A daemon that did not get as far as its first message has changed nothing worth a look.
  if (power || began_work) world_.judge.look_after_death(power);
  if (power) {
    powered_ = false;
    off_since_ = world_.now();
    for (auto& modem : world_.modems) modem.power_cut();
    world_.after(down, [this] {
      if (!powered_) switch_on();
    });
  } else {
    world_.after(down, [this] { start_daemon(); });
  }
}

void Box::run_ready() {
  while (boot_ && boot_->queue.run_one()) {
    world_.count_handler();
    if (doom_) {
      const Doom doom = *std::exchange(doom_, std::nullopt);
      world_.note(doom.power ? "power_cut" : "kill", doom.why);
      bury(doom.power, doom.power ? Millis{60'000} : service_manager_pause);
      return;
    }
  }
  if (boot_ && boot_->failed()) bury(false, service_manager_pause);
}

std::optional<WorldTime> Box::earliest() const { return boot_ ? boot_->earliest() : std::nullopt; }
void Box::fire_earliest() { boot_->timers.fire_earliest(); }

std::optional<WorldTime> Box::up_since() const {
  if (!boot_ || boot_->dead() || !boot_->listening() || stopping_) return std::nullopt;
  return ready_at_;
}

std::int64_t Box::free_disk_bytes() const { return std::max<std::int64_t>(0, disk_room_ - disk_.bytes()); }

void Box::set_disk_faults(const Disk::Faults& faults, bool well) {
  disk_.set_faults(faults);
  if (well && !disk_well_) disk_well_since_ = world_.now();
  disk_well_ = well;
}

void Box::heal_disk() {
  set_disk_faults({}, true);
  set_disk_room(roomy);
}

relay::WallTime Box::wall_of_box() const { return world_.true_wall() + wall_offset_; }

void Box::jump_clock(Millis by) {
  wall_offset_ += by;
  world_.note("clock", concat("ahead by ", wall_offset_.count(), " ms"));
  clock_touched_ = world_.now();
  ++time_leaps_;
}

void Box::set_clock_right() {
  if (wall_offset_ != Millis{0}) ++time_leaps_;
  wall_offset_ = Millis{0};
  world_.note("clock", "right");
  clock_touched_ = world_.now();
}

}  // namespace sim
