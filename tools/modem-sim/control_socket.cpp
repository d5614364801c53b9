#include "tools/modem-sim/control_socket.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/read_until.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

namespace modem_sim {
namespace {

constexpr std::size_t max_line = 64 * 1024;
constexpr std::size_t max_clients = 16;

}  // namespace

ControlSocket::ControlSocket(asio::any_io_executor executor, Host& host, std::string path, std::function<void()> quit)
    : executor_(std::move(executor)),
      host_(host),
      path_(std::move(path)),
      quit_(std::move(quit)),
      acceptor_(executor_) {}

relay::Result<std::string> ControlSocket::start() {
  struct stat info{};
  if (::lstat(path_.c_str(), &info) == 0) {
    if (!S_ISSOCK(info.st_mode)) {
      return relay::fail(relay::ErrorCode::conflict, path_ + " exists and is not a socket; choose another --control");
    }
    ::unlink(path_.c_str());
  }
  try {
    const asio::local::stream_protocol::endpoint endpoint{path_};
    acceptor_.open();
    acceptor_.bind(endpoint);
    acceptor_.listen();
  } catch (const std::system_error& error) {
    return relay::fail(relay::ErrorCode::io, "cannot listen on " + path_ + ": " + error.what());
  }
  asio::co_spawn(executor_, accept_clients(), asio::detached);
  return path_;
}

void ControlSocket::stop() {
  if (!acceptor_.is_open()) return;
  acceptor_.close();
  for (const auto& client : clients_) client->close();
  ::unlink(path_.c_str());
}

asio::awaitable<void> ControlSocket::accept_clients() {
  for (;;) {
    std::error_code error;
    auto client = std::make_shared<Socket>(executor_);
    co_await acceptor_.async_accept(*client, asio::redirect_error(asio::use_awaitable, error));
    if (!acceptor_.is_open()) co_return;
    if (error || clients_.size() >= max_clients) continue;
    clients_.insert(client);
    asio::co_spawn(executor_, serve(client), asio::detached);
  }
}

asio::awaitable<void> ControlSocket::serve(std::shared_ptr<Socket> client) {
  std::string received;
  std::error_code error;
  for (bool quit = false; !error && !quit;) {
    const auto length = co_await asio::async_read_until(*client, asio::dynamic_buffer(received, max_line), '\n',
                                                        asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
    const auto reply = run_control_command(host_, std::string_view{received}.substr(0, length));
    received.erase(0, length);
    const std::string line = reply.line + "\n";
    co_await asio::async_write(*client, asio::buffer(line), asio::redirect_error(asio::use_awaitable, error));
    quit = reply.quit;
    if (quit) quit_();
  }
  clients_.erase(client);
}

}  // namespace modem_sim
