#include "hal/linux/usb_device.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "hal/linux/sysfs.hpp"
#include "relay/base/concat.hpp"

namespace hal {
namespace {

using relay::ErrorCode;
using relay::fail;
namespace fs = std::filesystem;

/// The first word of a file of the kernel's; empty when there is none.
std::string word_in(const fs::path& file) {
  std::ifstream in(file);
  std::string word;
  in >> word;
  return word;
}

/// Sorted, so that the same device is found each time. A folder that vanishes meanwhile is an empty one.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator{}; entry.increment(error))
    entries.push_back(entry->path());
  std::ranges::sort(entries);
  return entries;
}

/// A serial converter has "ttyUSB2" in its interface's folder, a CDC-ACM modem "tty/ttyACM0".
std::string tty_of_interface(const fs::path& interface) {
  for (const auto& folder : {interface, interface / "tty"}) {
    for (const auto& entry : entries_of(folder)) {
      const std::string name = entry.filename().string();
      if (name.starts_with("tty") && name != "tty") return name;
    }
  }
  return {};
}

struct UsbName {
  std::string vendor;
  std::string product;
  std::string interface;  ///< Empty: any.
};

std::optional<UsbName> parse_name(const std::string& name) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  std::vector<std::string> fields(1);
  for (const char c : name) {
    if (c == ':') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  const bool sound = (fields.size() == 3 || (fields.size() == 4 && fields[3].size() == 2)) && fields[0] == "usb" &&
                     fields[1].size() == 4 && fields[2].size() == 4 &&
                     std::all_of(fields.begin() + 1, fields.end(),
                                 [&](const std::string& field) { return std::ranges::all_of(field, is_hex); });
  if (!sound) return std::nullopt;
  return UsbName{fields[1], fields[2], fields.size() == 4 ? fields[3] : ""};
}

std::string tty_of_device(const fs::path& device, const std::string& wanted) {
  const std::string its_interfaces = device.filename().string() + ":";  // "1-1.2:1.2"
  for (const auto& entry : entries_of(device)) {
    if (!entry.filename().string().starts_with(its_interfaces)) continue;
    if (!wanted.empty() && word_in(entry / "bInterfaceNumber") != wanted) continue;
    if (auto tty = tty_of_interface(entry); !tty.empty()) return tty;
  }
  return {};
}

}  // namespace

relay::Result<std::string> find_usb_tty(const std::string& sys, const std::string& name) {
  const auto wanted = parse_name(name);
  if (!wanted) {
    return fail(
        ErrorCode::invalid_argument,
        relay::concat("\"", name, "\" names no USB device: write usb:1e0e:9001 or usb:1e0e:9001:02, in small letters"));
  }
  bool seen = false;
  for (const auto& device : entries_of(fs::path(sys) / "bus/usb/devices")) {
    if (word_in(device / "idVendor") != wanted->vendor || word_in(device / "idProduct") != wanted->product) continue;
    seen = true;
    if (auto tty = tty_of_device(device, wanted->interface); !tty.empty()) return tty;
  }
  return fail(ErrorCode::not_found,
              relay::concat(seen ? "the USB device has no serial line " : "there is no USB device ", name, " now"));
}

std::optional<UsbPort> usb_port_of_tty(const std::string& sys, const std::string& tty) {
  std::error_code error;
  fs::path folder = fs::canonical(fs::path(sys) / "class/tty" / tty / "device", error);
  if (error) return std::nullopt;
  UsbPort port;
  for (; folder.has_relative_path() && folder != folder.parent_path(); folder = folder.parent_path()) {
    if (port.interface.empty()) port.interface = word_in(folder / "bInterfaceNumber");
    const std::string vendor = word_in(folder / "idVendor");
    if (vendor.empty()) continue;
    port.id = relay::concat(vendor, ":", word_in(folder / "idProduct"));
    port.bus_id = folder.filename().string();
    // "1-1:1.0/1-1-port2", kept because the device's own folder goes with its power.
    const fs::path hub_port = fs::canonical(folder / "port", error);
    if (!error && fs::exists(hub_port / "disable", error)) port.power_switch = hub_port.string();
    return port;
  }
  return std::nullopt;
}

relay::Result<bool> bind_usb(const std::string& sys, const UsbPort& port, bool bound) {
  const std::string authorized = relay::concat(sys, "/bus/usb/devices/", port.bus_id, "/authorized");
  if (word_in(authorized) == (bound ? "0" : "1") && tell_kernel(authorized, bound ? "1" : "0")) return true;
  return tell_kernel(relay::concat(sys, "/bus/usb/drivers/usb/", bound ? "bind" : "unbind"), port.bus_id);
}

relay::Result<bool> switch_usb_power(const std::string& sys, const UsbPort& port, bool on) {
  if (port.power_switch.empty() || !port.power_switch.starts_with(sys))
    return fail(ErrorCode::not_found, relay::concat("the power of USB port ", port.bus_id, " cannot be switched"));
  return tell_kernel(relay::concat(port.power_switch, "/disable"), on ? "0" : "1");
}

}  // namespace hal
