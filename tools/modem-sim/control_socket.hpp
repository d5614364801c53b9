#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/local/stream_protocol.hpp>

#include "relay/base/result.hpp"
#include "tools/modem-sim/control.hpp"

namespace modem_sim {

/// Serves the control commands on a Unix socket: up to 16 clients, lines up to 64 KiB. Must outlive the loop's last
/// turn.
class ControlSocket {
 public:
  /// `quit` is called once a client has said so and has its answer.
  ControlSocket(asio::any_io_executor executor, Host& host, std::string path, std::function<void()> quit);

  /// Replaces a socket left behind at the path. Errors: conflict when something else is there, io.
  [[nodiscard]] relay::Result<std::string> start();
  void stop();

 private:
  using Socket = asio::local::stream_protocol::socket;
  asio::awaitable<void> accept_clients();
  asio::awaitable<void> serve(std::shared_ptr<Socket> client);

  asio::any_io_executor executor_;
  Host& host_;
  std::string path_;
  std::function<void()> quit_;
  asio::local::stream_protocol::acceptor acceptor_;
  std::set<std::shared_ptr<Socket>> clients_;
};

}  // namespace modem_sim
