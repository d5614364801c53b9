#pragma once

#include <string>

#include "hal/storage.hpp"

namespace hal {

/// One disk in memory, new and roomy until somebody wears it out.
class SimStorage final : public Storage {
 public:
  StorageHealth disk{.kind = StorageHealth::Kind::emmc,
                     .device = "mmcblk0",
                     .model = "SIM32G",
                     .wear_percent = 10,
                     .reserve = StorageHealth::Reserve::normal,
                     .errors = 0,
                     .total_bytes = std::int64_t{8} << 30U,
                     .free_bytes = std::int64_t{4} << 30U};
  bool gone = false;  ///< The path is not there any more: not_found.

  [[nodiscard]] relay::Result<StorageHealth> health(const std::string& path) override {
    if (gone) return relay::fail(relay::ErrorCode::not_found, path + ": No such file or directory");
    return disk;
  }
};

}  // namespace hal
