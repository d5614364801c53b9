#pragma once

#include <optional>
#include <string>

#include "hal/serial_port.hpp"
#include "relay/base/result.hpp"

namespace hal {

/// The USB devices as the kernel shows them below `sys` ("/sys"; only tests name another place).

/// The tty of "usb:1e0e:9001:02" (vendor, product, bInterfaceNumber; without the last the first that is a tty), as
/// "ttyUSB2". Of several devices with the same id the first by place: where there are two, name them by path. Errors:
/// invalid_argument when it is not written so, not_found.
[[nodiscard]] relay::Result<std::string> find_usb_tty(const std::string& sys, const std::string& name);

/// The USB device behind a tty ("ttyUSB2", "ttyACM0"). Nothing: it is not on USB.
[[nodiscard]] std::optional<UsbPort> usb_port_of_tty(const std::string& sys, const std::string& tty);

/// Takes the device from its drivers, or gives it back (Documentation/ABI/testing/sysfs-bus-usb): by its `authorized`,
/// which packaging/udev lets the daemon's group write, else by the generic driver's `unbind`, for root. Errors: io with
/// the kernel's word.
[[nodiscard]] relay::Result<bool> bind_usb(const std::string& sys, const UsbPort& port, bool bound);

/// Switches the power of the hub's port (`disable`, Linux 6.0). Errors: not_found (the port has no switch), io.
[[nodiscard]] relay::Result<bool> switch_usb_power(const std::string& sys, const UsbPort& port, bool on);

}  // namespace hal
