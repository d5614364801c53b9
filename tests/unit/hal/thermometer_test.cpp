#include "hal/linux/thermometer.hpp"

#include <CppUTest/TestHarness.h>

#include "hal/sim/thermometer.hpp"
#include "tests/unit/hal/kernel_files.hpp"

using relay::ErrorCode;

TEST_GROUP(Thermometer) {
  KernelFiles files;
  hal::LinuxThermometer kernel{files.sys()};
};

TEST(Thermometer, zonesAreFoundByTheirNames) {
  files.say("class/thermal/thermal_zone0/type", "gpu-thermal");
  files.say("class/thermal/thermal_zone0/temp", "41000");
  files.say("class/thermal/thermal_zone1/type", "cpu-thermal");
  files.say("class/thermal/thermal_zone1/temp", "48312");
  DOUBLES_EQUAL(48.312, *kernel.celsius("cpu-thermal"), 0.0005);
  DOUBLES_EQUAL(41.0, *kernel.celsius(""), 0.0005);
  CHECK(kernel.celsius("soc-thermal").error().code == ErrorCode::not_found);
}

TEST(Thermometer, belowNoughtIsATemperatureToo) {
  files.say("class/thermal/thermal_zone0/type", "cpu-thermal");
  files.say("class/thermal/thermal_zone0/temp", "-12500");
  DOUBLES_EQUAL(-12.5, *kernel.celsius(""), 0.0005);
}

TEST(Thermometer, noSensorAndASensorThatIsSilentAreTwoThings) {
  CHECK(kernel.celsius("").error().code == ErrorCode::not_found);
  files.say("class/thermal/thermal_zone0/type", "cpu-thermal");
  CHECK(kernel.celsius("").error().code == ErrorCode::io);
}

TEST(Thermometer, theSimulatedOneHasTheZonesThatItIsGiven) {
  hal::SimThermometer simulated;
  CHECK(simulated.celsius("").error().code == ErrorCode::not_found);
  simulated.zones["cpu-thermal"] = 61.5;
  DOUBLES_EQUAL(61.5, *simulated.celsius("cpu-thermal"), 0.0005);
  DOUBLES_EQUAL(61.5, *simulated.celsius(""), 0.0005);
}
