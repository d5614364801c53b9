#include "tests/sim/disk/disk.hpp"

#include <utility>

#include "tests/sim/disk/device.hpp"
#include "tests/sim/disk/vfs.hpp"

namespace sim {

struct Disk::Parts {
  explicit Parts(std::uint64_t seed) : device(seed), vfs(device) {}
  Device device;
  Vfs vfs;
};

Disk::Disk(std::uint64_t seed) : parts_(std::make_unique<Parts>(seed)) {}
Disk::~Disk() = default;

const std::string& Disk::vfs_name() const { return parts_->vfs.name(); }
void Disk::set_time(relay::WallTime now) { parts_->device.now = now; }
void Disk::set_faults(const Faults& faults) { parts_->device.faults = faults; }

void Disk::die_at_operation(std::optional<std::uint64_t> n, std::function<void()> on_death) {
  parts_->device.arm_death(n, std::move(on_death));
}
void Disk::fail_operation(std::uint64_t n, int sqlite_code, bool sticky) {
  parts_->device.arm_failure(n, sqlite_code, sticky);
}
void Disk::clear_failure() { parts_->device.clear_failure(); }

void Disk::kill() { parts_->device.kill(); }
void Disk::power_cut() { power_cut(static_cast<Cut>(parts_->device.random.below(5))); }
void Disk::power_cut(Cut cut) { parts_->device.power_cut(cut); }
void Disk::revive() {
  parts_->device.revive();
  parts_->vfs.seed_sqlite();  // as a new process has a new generator
}
bool Disk::dead() const { return parts_->device.dead; }

std::uint64_t Disk::operations() const { return parts_->device.operations; }
void Disk::flip_bits(int count) { parts_->device.flip_bits(count); }
relay::Millis Disk::take_delay() { return std::exchange(parts_->device.delay, relay::Millis{}); }
const Disk::Counts& Disk::counts() const { return parts_->device.counts; }
std::int64_t Disk::bytes() const { return parts_->device.bytes(); }

Disk::Files Disk::files() const {
  Files out;
  for (const auto& [name, file] : parts_->device.folder.files()) out[name] = file->content();
  return out;
}
void Disk::load(const Files& files) { parts_->device.folder.load(files); }

bool Disk::rename(const std::string& from, const std::string& to) {
  if (!parts_->device.folder.find(from)) return false;
  parts_->device.folder.rename(from, to);
  return true;
}

}  // namespace sim
