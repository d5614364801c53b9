#include "relay/http/socket_listener.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <asio/generic/stream_protocol.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

namespace relay::http {
namespace {

using asio::ip::tcp;
using LocalSocket = asio::local::stream_protocol;

Error socket_error(const char* what, const asio::error_code& error) {
  const bool closed_by_us = error == asio::error::operation_aborted || error == asio::error::bad_descriptor;
  if (closed_by_us) return {ErrorCode::cancelled, "The connection was closed on this side."};
  return {ErrorCode::io, std::string(what) + ": " + error.message()};
}

class SocketStream final : public ByteStream {
 public:
  SocketStream(asio::generic::stream_protocol::socket socket, std::string peer)
      : socket_(std::move(socket)), peer_(std::move(peer)) {}

  Task<Result<std::size_t>> read_some(std::span<char> buffer) override {
    asio::error_code error;
    const std::size_t size = co_await socket_.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                                                              asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::eof) co_return 0;
    if (error) co_return std::unexpected(socket_error("Reading from the peer failed", error));
    co_return size;
  }

  Task<Result<std::size_t>> write(std::string_view bytes) override {
    asio::error_code error;
    const std::size_t size = co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()),
                                                        asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::unexpected(socket_error("Writing to the peer failed", error));
    co_return size;
  }

  void close() override {
    asio::error_code ignored;
    socket_.close(ignored);
  }

  std::string peer() const override { return peer_; }

 private:
  asio::generic::stream_protocol::socket socket_;
  std::string peer_;
};

std::string address_text(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

class TcpListener final : public Listener {
 public:
  explicit TcpListener(tcp::acceptor acceptor) : acceptor_(std::move(acceptor)) {
    asio::error_code ignored;
    const auto local = acceptor_.local_endpoint(ignored);
    const std::string host = address_text(local.address());
    address_ = (local.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(local.port());
  }

  Task<Result<std::unique_ptr<ByteStream>>> accept() override {
    asio::error_code error;
    tcp::endpoint peer;
    tcp::socket socket = co_await acceptor_.async_accept(peer, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::unexpected(socket_error("Accepting a connection failed", error));
    // Without it a small answer waits for the acknowledgement of the one before.
    socket.set_option(tcp::no_delay(true), error);
    std::unique_ptr<ByteStream> stream =
        std::make_unique<SocketStream>(std::move(socket), address_text(peer.address()));
    co_return stream;
  }

  void close() override {
    asio::error_code ignored;
    acceptor_.close(ignored);
  }

  std::string address() const override { return address_; }

 private:
  tcp::acceptor acceptor_;
  std::string address_;
};

std::string peer_credentials(int descriptor) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return "unix:uid=unknown";
  return "unix:uid=" + std::to_string(credentials.uid);
}

class UnixListener final : public Listener {
 public:
  UnixListener(LocalSocket::acceptor acceptor, std::string path)
      : acceptor_(std::move(acceptor)), path_(std::move(path)) {}
  ~UnixListener() override { UnixListener::close(); }

  Task<Result<std::unique_ptr<ByteStream>>> accept() override {
    asio::error_code error;
    LocalSocket::socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::unexpected(socket_error("Accepting a connection failed", error));
    std::string peer = peer_credentials(socket.native_handle());
    std::unique_ptr<ByteStream> stream = std::make_unique<SocketStream>(std::move(socket), std::move(peer));
    co_return stream;
  }

  void close() override {
    if (!acceptor_.is_open()) return;
    asio::error_code ignored;
    acceptor_.close(ignored);
    ::unlink(path_.c_str());
  }

  std::string address() const override { return "unix:" + path_; }

 private:
  LocalSocket::acceptor acceptor_;
  std::string path_;
};

std::unexpected<Error> listen_failure(const std::string& where, const asio::error_code& error) {
  const auto code = error == asio::error::address_in_use ? ErrorCode::conflict : ErrorCode::io;
  return fail(code, "Cannot listen on " + where + ": " + error.message() + ".");
}

/// A socket file that nobody answers is left over from a process that died.
void remove_dead_socket(const asio::any_io_executor& executor, const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  LocalSocket::socket probe(executor);
  asio::error_code error;
  probe.connect(LocalSocket::endpoint(path), error);
  if (error == asio::error::connection_refused) ::unlink(path.c_str());
}

}  // namespace

Result<std::unique_ptr<Listener>> listen_tcp(Runtime runtime, const std::string& host, std::uint16_t port) {
  asio::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return fail(ErrorCode::invalid_argument, "\"" + host + "\" is not a numeric IP address to listen on.");
  const std::string where = host + " port " + std::to_string(port);
  const tcp::endpoint endpoint(address, port);
  tcp::acceptor acceptor(runtime.executor);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return listen_failure(where, error);
  return std::make_unique<TcpListener>(std::move(acceptor));
}

Result<std::unique_ptr<Listener>> listen_unix(Runtime runtime, const std::string& path, unsigned mode) {
  constexpr std::size_t max_path = sizeof(sockaddr_un::sun_path) - 1;
  if (path.empty() || path.size() > max_path) {
    return fail(ErrorCode::invalid_argument, "A Unix socket's path has 1 to " + std::to_string(max_path) + " bytes.");
  }
  remove_dead_socket(runtime.executor, path);
  asio::error_code error;
  LocalSocket::acceptor acceptor(runtime.executor);
  acceptor.open(LocalSocket(), error);
  if (!error) acceptor.bind(LocalSocket::endpoint(path), error);
  if (error) return listen_failure(path, error);
  // Between bind and listen nobody can connect yet.
  if (::chmod(path.c_str(), mode) != 0) error = asio::error_code(errno, asio::error::get_system_category());
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    ::unlink(path.c_str());
    return listen_failure(path, error);
  }
  return std::make_unique<UnixListener>(std::move(acceptor), path);
}

}  // namespace relay::http
