#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "relay/base/result.hpp"

namespace hal {

/// How the disk below a folder does.
struct StorageHealth {
  enum class Kind : std::uint8_t {
    unknown,  ///< No disk of this machine: memory, network.
    emmc,
    sd_card,
    disk,  ///< Anything else: SSD, USB stick, a virtual machine's.
  };
  enum class Reserve : std::uint8_t { unknown, normal, low, urgent };

  Kind kind = Kind::unknown;
  std::string device;  ///< "mmcblk0", "sda"; empty with Kind::unknown.
  std::string model;   ///< As the disk calls itself; may be empty.
  /// How much of its rated life is used up, at most, in per cent: 10, 20, ... 100; 110: more than it was made for.
  /// Nothing: this disk does not tell. An eMMC is asked by the kernel when that starts, not again.
  std::optional<int> wear_percent;
  Reserve reserve = Reserve::unknown;  ///< Of spare blocks.
  bool read_only = false;              ///< Nothing can be written: often the kernel's answer to a dying disk.
  /// Errors that the file system has counted in its whole life. Nothing: it does not count (only ext4 does).
  std::optional<std::int64_t> errors;
  std::int64_t total_bytes = 0;  ///< 0: unknown
  std::int64_t free_bytes = 0;   ///< For programs that are not root.
};

[[nodiscard]] constexpr const char* name_of(StorageHealth::Kind kind) {
  switch (kind) {
    case StorageHealth::Kind::emmc:
      return "eMMC";
    case StorageHealth::Kind::sd_card:
      return "SD card";
    case StorageHealth::Kind::disk:
      return "disk";
    case StorageHealth::Kind::unknown:
      break;
  }
  return "no disk of this machine";
}

[[nodiscard]] constexpr const char* name_of(StorageHealth::Reserve reserve) {
  switch (reserve) {
    case StorageHealth::Reserve::normal:
      return "normal";
    case StorageHealth::Reserve::low:
      return "low";
    case StorageHealth::Reserve::urgent:
      return "urgent";
    case StorageHealth::Reserve::unknown:
      break;
  }
  return "unknown";
}

/// The disks of this machine.
class Storage {
 public:
  virtual ~Storage() = default;
  /// Of the disk that `path` lies on. Asks the kernel only, never the disk, so that a disk that hangs does not hang the
  /// caller. Errors: not_found (no such path), io.
  [[nodiscard]] virtual relay::Result<StorageHealth> health(const std::string& path) = 0;
};

}  // namespace hal
