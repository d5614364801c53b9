#include "hal/linux/storage.hpp"

#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <CppUTest/TestHarness.h>

#include "hal/sim/storage.hpp"
#include "relay/base/concat.hpp"
#include "tests/unit/hal/kernel_files.hpp"

using hal::StorageHealth;
using Kind = StorageHealth::Kind;
using Reserve = StorageHealth::Reserve;

TEST_GROUP(Storage) {
  KernelFiles files;

  /// The kernel's name for whatever the test's own folder lies on.
  [[nodiscard]] std::string our_device() const {
    struct stat found{};
    CHECK(::stat(files.sys().c_str(), &found) == 0);
    return relay::concat("dev/block/", major(found.st_dev), ":", minor(found.st_dev));
  }
  /// Puts the folder onto the second partition of a card.
  void be_on_card(const std::string& type) const {
    files.link(our_device(), "devices/mmc0/block/mmcblk0/mmcblk0p2");
    files.say("devices/mmc0/block/mmcblk0/mmcblk0p2/partition", "2");
    files.say("devices/mmc0/block/mmcblk0/device/type", type);
    files.say("devices/mmc0/block/mmcblk0/device/name", "DG4032");
  }
  [[nodiscard]] StorageHealth look() const {
    const auto health = hal::LinuxStorage(files.sys()).health(files.sys());
    CHECK_TEXT(health.has_value(), health ? "" : health.error().message.c_str());
    return *health;
  }
};

TEST(Storage, anEmmcTellsHowWornItIs) {
  be_on_card("MMC");
  files.say("devices/mmc0/block/mmcblk0/device/life_time", "0x02 0x03");
  files.say("devices/mmc0/block/mmcblk0/device/pre_eol_info", "0x02");
  const auto health = look();
  CHECK(health.kind == Kind::emmc);
  STRCMP_EQUAL("mmcblk0", health.device.c_str());
  STRCMP_EQUAL("DG4032", health.model.c_str());
  LONGS_EQUAL(30, *health.wear_percent);  // the more worn of its two kinds of cells
  CHECK(health.reserve == Reserve::low);
  CHECK(health.total_bytes > 0);
  CHECK(health.free_bytes <= health.total_bytes);
}

TEST(Storage, beyondItsLifeIsMoreThanAHundred) {
  be_on_card("MMC");
  files.say("devices/mmc0/block/mmcblk0/device/life_time", "0x0b 0x01");
  LONGS_EQUAL(110, *look().wear_percent);
  files.say("devices/mmc0/block/mmcblk0/device/life_time", "0x00 0x00");  // undefined
  CHECK_FALSE(look().wear_percent.has_value());
}

TEST(Storage, anSdCardTellsNothingAndThatIsSaid) {
  be_on_card("SD");
  files.say("devices/mmc0/block/mmcblk0/device/life_time", "0x01 0x01");  // no such register on SD
  const auto health = look();
  CHECK(health.kind == Kind::sd_card);
  CHECK_FALSE(health.wear_percent.has_value());
  CHECK(health.reserve == Reserve::unknown);
}

TEST(Storage, theFileSystemsErrorsAreCounted) {
  be_on_card("SD");
  CHECK_FALSE(look().errors.has_value());
  files.say("fs/ext4/mmcblk0p2/errors_count", "3");
  LONGS_EQUAL(3, *look().errors);
}

TEST(Storage, belowAMappedDeviceTheDiskIsFound) {
  files.link(our_device(), "devices/virtual/block/dm-0");
  files.link("devices/virtual/block/dm-0/slaves/sda3", "devices/pci/sda/sda3");
  files.say("devices/pci/sda/sda3/partition", "3");
  files.say("devices/pci/sda/device/model", "M.2 64GB");
  files.say("fs/ext4/dm-0/errors_count", "0");
  const auto health = look();
  CHECK(health.kind == Kind::disk);
  STRCMP_EQUAL("sda", health.device.c_str());
  STRCMP_EQUAL("M.2 64GB", health.model.c_str());
  LONGS_EQUAL(0, *health.errors);
}

TEST(Storage, onNoDiskOnlyTheSpaceIsKnown) {
  const auto health = look();
  CHECK(health.kind == Kind::unknown);
  CHECK(health.device.empty());
  CHECK(health.total_bytes > 0);
}

TEST(Storage, aFileSystemThatTakesNothingIsReadOnly) {
  CHECK_FALSE(look().read_only);
  CHECK(hal::LinuxStorage(files.sys()).health("/nonexistent").error().code == relay::ErrorCode::not_found);
}

TEST(Storage, theSimulatedDiskWearsOutAndGoesAway) {
  hal::SimStorage storage;
  LONGS_EQUAL(10, *storage.health("/data")->wear_percent);
  storage.disk.read_only = true;
  CHECK(storage.health("/data")->read_only);
  storage.gone = true;
  CHECK(storage.health("/data").error().code == relay::ErrorCode::not_found);
}
