#pragma once

#include <string>
#include <utility>

#include "hal/storage.hpp"

namespace hal {

/// By statvfs(3), /sys/dev/block, the eMMC's life time in sysfs (JEDEC eMMC 5.0, registers DEVICE_LIFE_TIME_EST_TYP_A,
/// _B and PRE_EOL_INFO) and /sys/fs/ext4. SD cards have no such registers; those of NVMe and ATA disks are for root.
class LinuxStorage final : public Storage {
 public:
  /// `sys`: where sysfs is; another folder in tests.
  explicit LinuxStorage(std::string sys = "/sys") : sys_(std::move(sys)) {}
  [[nodiscard]] relay::Result<StorageHealth> health(const std::string& path) override;

 private:
  std::string sys_;
};

}  // namespace hal
