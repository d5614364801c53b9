#include "hal/linux/usb_device.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <CppUTest/TestHarness.h>

namespace fs = std::filesystem;

/// A tree as the kernel's: a modem with three interfaces, and a CDC-ACM one.
TEST_GROUP(UsbDevice) {
  fs::path sys = fs::temp_directory_path() / ("edge-relay-sys-" + std::to_string(getpid()));

  static void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text << "\n";
  }
  void add_interface(const std::string& bus_id, const std::string& number, const std::string& tty) {
    const fs::path device = sys / "devices/pci0" / bus_id;
    const fs::path interface = device / (bus_id + ":1." + number.substr(1));
    write(interface / "bInterfaceNumber", number);
    if (tty.empty()) return;
    const bool acm = tty.starts_with("ttyACM");
    fs::create_directories(acm ? interface / "tty" / tty : interface / tty / "tty" / tty);
    fs::create_directories(sys / "class/tty" / tty);
    fs::create_directory_symlink(acm ? interface : interface / tty, sys / "class/tty" / tty / "device");
  }
  void add_device(const std::string& bus_id, const std::string& vendor, const std::string& product) {
    const fs::path device = sys / "devices/pci0" / bus_id;
    write(device / "idVendor", vendor);
    write(device / "idProduct", product);
    fs::create_directories(sys / "bus/usb/devices");
    fs::create_directory_symlink(device, sys / "bus/usb/devices" / bus_id);
  }
  void setup() override {
    add_device("1-1.2", "1e0e", "9001");
    add_interface("1-1.2", "00", "ttyUSB0");
    add_interface("1-1.2", "02", "ttyUSB2");
    add_interface("1-1.2", "05", "");
    add_device("2-1", "1546", "1102");
    add_interface("2-1", "00", "ttyACM0");
    fs::create_directories(sys / "class/tty/ttyS0");
  }
  void teardown() override { fs::remove_all(sys); }
};

TEST(UsbDevice, findsTheLineOfAnInterface) {
  STRCMP_EQUAL("ttyUSB2", hal::find_usb_tty(sys, "usb:1e0e:9001:02")->c_str());
  STRCMP_EQUAL("ttyUSB0", hal::find_usb_tty(sys, "usb:1e0e:9001")->c_str());
  STRCMP_EQUAL("ttyACM0", hal::find_usb_tty(sys, "usb:1546:1102:00")->c_str());
}

TEST(UsbDevice, saysWhatIsMissing) {
  STRCMP_EQUAL("there is no USB device usb:2c7c:0125 now",
               hal::find_usb_tty(sys, "usb:2c7c:0125").error().message.c_str());
  STRCMP_EQUAL("the USB device has no serial line usb:1e0e:9001:05 now",
               hal::find_usb_tty(sys, "usb:1e0e:9001:05").error().message.c_str());
  for (const char* name :
       {"usb:", "usb:1e0e", "usb:1E0E:9001", "usb:1e0e:9001:2", "usb:1e0e:9001:02:00", "usb:../x:9001"})
    CHECK_TEXT(hal::find_usb_tty(sys, name).error().code == relay::ErrorCode::invalid_argument, name);
}

TEST(UsbDevice, knowsWhatIsBehindALine) {
  const auto port = hal::usb_port_of_tty(sys, "ttyUSB2");
  CHECK(port.has_value());
  STRCMP_EQUAL("1e0e:9001", port->id.c_str());
  STRCMP_EQUAL("02", port->interface.c_str());
  STRCMP_EQUAL("1-1.2", port->bus_id.c_str());
  STRCMP_EQUAL("2-1", hal::usb_port_of_tty(sys, "ttyACM0")->bus_id.c_str());
  CHECK_FALSE(hal::usb_port_of_tty(sys, "ttyS0").has_value());
  CHECK_FALSE(hal::usb_port_of_tty(sys, "pts").has_value());
}

TEST(UsbDevice, deauthorizesWhereItMay) {
  const fs::path authorized = sys / "bus/usb/devices/1-1.2/authorized";
  write(authorized, "1");
  const hal::UsbPort port{"1e0e:9001", "02", "1-1.2"};
  CHECK(hal::bind_usb(sys, port, false).has_value());
  std::string word;
  std::ifstream(authorized) >> word;
  STRCMP_EQUAL("0", word.c_str());
  CHECK(hal::bind_usb(sys, port, true).has_value());
  std::ifstream(authorized) >> word;
  STRCMP_EQUAL("1", word.c_str());
}

TEST(UsbDevice, switchesThePowerOfAPortThatHasASwitch) {
  CHECK(hal::usb_port_of_tty(sys, "ttyUSB2")->power_switch.empty());
  const fs::path hub_port = sys / "devices/pci0/1-1:1.0/1-1-port2";
  write(hub_port / "disable", "0");
  fs::create_directory_symlink(hub_port, sys / "devices/pci0/1-1.2/port");
  const auto port = hal::usb_port_of_tty(sys, "ttyUSB2");
  STRCMP_EQUAL(fs::canonical(hub_port).c_str(), port->power_switch.c_str());
  fs::remove_all(sys / "devices/pci0/1-1.2");  // with the power the device goes
  for (const bool on : {false, true}) {
    CHECK(hal::switch_usb_power(sys, *port, on).has_value());
    std::string word;
    std::ifstream(hub_port / "disable") >> word;
    STRCMP_EQUAL(on ? "0" : "1", word.c_str());
  }
  CHECK(hal::switch_usb_power(sys, {"1e0e:9001", "02", "1-1.2"}, false).error().code == relay::ErrorCode::not_found);
}

TEST(UsbDevice, unbindsAndBinds) {
  const hal::UsbPort port{"1e0e:9001", "02", "1-1.2"};
  CHECK(hal::bind_usb(sys, port, false).error().code == relay::ErrorCode::io);  // no such driver here
  write(sys / "bus/usb/drivers/usb/unbind", "");
  write(sys / "bus/usb/drivers/usb/bind", "");
  CHECK(hal::bind_usb(sys, port, false).has_value());
  CHECK(hal::bind_usb(sys, port, true).has_value());
  std::string word;
  std::ifstream(sys / "bus/usb/drivers/usb/unbind") >> word;
  STRCMP_EQUAL("1-1.2", word.c_str());
}
