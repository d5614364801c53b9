#include "hal/serial_port.hpp"

#include <algorithm>

#include "relay/base/concat.hpp"

namespace hal {

relay::Result<std::optional<SerialServer>> serial_server_of(std::string_view device) {
  constexpr std::string_view scheme = "tcp:";
  constexpr std::size_t longest_port = 5;
  if (!device.starts_with(scheme)) return std::nullopt;
  const std::string_view place = device.substr(scheme.size());
  const auto colon = place.rfind(':');
  std::string_view host = place.substr(0, colon);
  const std::string_view port = colon == std::string_view::npos ? "" : place.substr(colon + 1);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const bool digits = std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  const bool port_good = !port.empty() && port.size() <= longest_port && digits && port != "0";
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || !port_good || (!bracketed && host.find(':') != std::string_view::npos)) {
    return relay::fail(
        relay::ErrorCode::invalid_argument,
        relay::concat("\"", device, "\": a serial server is written tcp:HOST:PORT, tcp:[ADDRESS]:PORT for IPv6"));
  }
  return SerialServer{std::string{host}, std::string{port}};
}

}  // namespace hal
