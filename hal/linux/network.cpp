#include "hal/linux/network.hpp"

#include <array>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <asio/connect.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/use_awaitable.hpp>

#include "relay/base/within.hpp"

namespace hal {
namespace {

using relay::Task;

constexpr auto as_values = asio::experimental::as_tuple(asio::use_awaitable);

class LinuxNetwork final : public Network {
 public:
  explicit LinuxNetwork(relay::Runtime runtime) : runtime_(runtime), changes_(runtime.executor) { open_netlink(); }
  ~LinuxNetwork() override { close(); }

  Task<bool> reachable(std::string host, std::uint16_t port, relay::SteadyTime deadline) override {
    auto connected = co_await relay::within(runtime_, deadline, connect(std::move(host), port));
    co_return connected.value_or(false);
  }

  void on_change(std::function<void()> listener) override { *listener_ = std::move(listener); }

  void close() override {
    asio::error_code ignored;  // closing what may be closed already
    changes_.close(ignored);
  }

 private:
  Task<bool> connect(std::string host, std::uint16_t port) {
    asio::ip::tcp::resolver resolver(runtime_.executor);
    auto [resolve_error, endpoints] = co_await resolver.async_resolve(host, std::to_string(port), as_values);
    if (resolve_error) co_return false;
    asio::ip::tcp::socket socket(runtime_.executor);
    auto [connect_error, endpoint] = co_await asio::async_connect(socket, endpoints, as_values);
    co_return !connect_error;
  }

  void open_netlink() {
    const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0) return;
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(fd);
      runtime_.log.info("network_changes_not_watched",
                        {{"reason", "rtnetlink refused; changes are noticed by probes only"}});
      return;
    }
    changes_.assign(fd);
    wait_for_change();
  }

  void wait_for_change() {
    changes_.async_wait(asio::posix::stream_descriptor::wait_read,
                        [this, listener = listener_](const asio::error_code& error) {
                          if (error) return;  // closed: `this` may be gone
                          // What changed does not matter: the probe tells. Drain, so that a burst is one change.
                          std::array<char, 8192> buffer{};
                          while (::recv(changes_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
                          }
                          if (*listener) (*listener)();
                          wait_for_change();
                        });
  }

  relay::Runtime runtime_;
  asio::posix::stream_descriptor changes_;
  std::shared_ptr<std::function<void()>> listener_ = std::make_shared<std::function<void()>>();
};

}  // namespace

std::unique_ptr<Network> make_linux_network(relay::Runtime runtime) { return std::make_unique<LinuxNetwork>(runtime); }

}  // namespace hal
