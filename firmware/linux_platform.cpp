#include "firmware/linux_platform.hpp"

#include <utility>

#include "hal/linux/network.hpp"
#include "relay/http/socket_listener.hpp"

namespace firmware {

using relay::Result;
using relay::http::Listener;

LinuxPlatform::LinuxPlatform(relay::Runtime runtime)
    : runtime_(runtime),
      http_(runtime),
      serial_ports_(runtime),
      gpio_lines_(runtime.executor),
      network_(hal::make_linux_network(runtime)) {}

std::unique_ptr<relay::http::Client> LinuxPlatform::make_client(relay::http::ClientOptions options) {
  return relay::http::make_client(http_, std::move(options));
}

Result<std::unique_ptr<Listener>> LinuxPlatform::listen_tcp(const std::string& host, std::uint16_t port) {
  return relay::http::listen_tcp(runtime_, host, port);
}

Result<std::unique_ptr<Listener>> LinuxPlatform::listen_unix(const std::string& path, unsigned mode) {
  return relay::http::listen_unix(runtime_, path, mode);
}

}  // namespace firmware
