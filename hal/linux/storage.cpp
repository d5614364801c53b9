#include "hal/linux/storage.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "hal/linux/sysfs.hpp"
#include "relay/base/concat.hpp"

namespace hal {
namespace {

namespace fs = std::filesystem;
using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using Kind = StorageHealth::Kind;
using Reserve = StorageHealth::Reserve;

std::unexpected<relay::Error> refused(const std::string& path) {
  const int error = errno;
  return fail(error == ENOENT ? ErrorCode::not_found : ErrorCode::io, concat(path, ": ", std::strerror(error)));
}

/// The folder of the block device that the file system is on. Empty: it is on none.
fs::path block_folder(const std::string& sys, const struct stat& found) {
  std::error_code none;
  return fs::canonical(concat(sys, "/dev/block/", major(found.st_dev), ":", minor(found.st_dev)), none);
}

/// The first device below a mapped one (encrypted, for instance); the same where nothing is below.
fs::path undermost(fs::path folder) {
  constexpr int deepest = 4;
  for (int depth = 0; depth < deepest; ++depth) {
    std::error_code error;
    const fs::directory_iterator slaves(folder / "slaves", error);
    if (error || slaves == fs::directory_iterator{}) break;
    const fs::path below = fs::canonical(slaves->path(), error);
    if (error) break;
    folder = below;
  }
  return folder;
}

/// 0x00: undefined; 0x01: up to 10 % are used; ... 0x0a: up to 100 %; 0x0b: more than it was made for.
std::optional<int> percent_of(std::int64_t estimate) {
  constexpr std::int64_t beyond = 0x0b;
  if (estimate < 1 || estimate > beyond) return std::nullopt;
  return static_cast<int>(estimate * 10);
}

/// "0x02 0x01": two kinds of cells in one chip. The more worn one counts.
std::optional<int> wear_of(const std::string& life_time) {
  std::optional<int> worst;
  for (std::size_t at = 0; at != std::string::npos && at < life_time.size();) {
    const auto number = kernel_number(std::string_view{life_time}.substr(at));
    const auto percent = number ? percent_of(*number) : std::nullopt;
    if (percent) worst = std::max(worst.value_or(0), *percent);
    at = life_time.find(' ', at);
    if (at != std::string::npos) ++at;
  }
  return worst;
}

void ask_card(const std::string& device, StorageHealth& health) {
  const auto type = ask_kernel(device + "type");
  health.kind = type == "MMC" ? Kind::emmc : type == "SD" ? Kind::sd_card : Kind::disk;
  health.model = ask_kernel(device + (health.kind == Kind::disk ? "model" : "name")).value_or("");
  if (health.kind != Kind::emmc) return;
  if (const auto life_time = ask_kernel(device + "life_time")) health.wear_percent = wear_of(*life_time);
  const auto reserve = kernel_number(ask_kernel(device + "pre_eol_info").value_or(""));
  if (reserve && *reserve >= 1 && *reserve <= 3) health.reserve = static_cast<Reserve>(*reserve);
}

}  // namespace

Result<StorageHealth> LinuxStorage::health(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return refused(path);
  struct statvfs space{};
  if (::statvfs(path.c_str(), &space) != 0) return refused(path);
  StorageHealth health;
  health.read_only = (space.f_flag & ST_RDONLY) != 0;
  health.total_bytes = static_cast<std::int64_t>(space.f_blocks) * static_cast<std::int64_t>(space.f_frsize);
  health.free_bytes = static_cast<std::int64_t>(space.f_bavail) * static_cast<std::int64_t>(space.f_frsize);
  const fs::path block = block_folder(sys_, found);
  if (block.empty()) return health;
  std::error_code ignored;
  const fs::path part = undermost(block);
  const fs::path disk = fs::exists(part / "partition", ignored) ? part.parent_path() : part;
  health.device = disk.filename().string();
  ask_card((disk / "device/").string(), health);
  const auto errors = ask_kernel(concat(sys_, "/fs/ext4/", block.filename().string(), "/errors_count"));
  if (errors) health.errors = kernel_number(*errors);
  return health;
}

}  // namespace hal
