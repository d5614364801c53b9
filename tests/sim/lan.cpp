#include "tests/sim/lan.hpp"

#include <algorithm>
#include <utility>

namespace sim {

using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

/// The process's end.
class LanStream final : public relay::http::ByteStream {
 public:
  explicit LanStream(std::shared_ptr<LanConnection> connection) : connection_(std::move(connection)) {}
  ~LanStream() override { LanStream::close(); }

  Task<Result<std::size_t>> read_some(std::span<char> buffer) override {
    auto connection = connection_;
    while (connection->unread_.empty() && !connection->caller_closed_ && !connection->process_closed_) {
      const bool woken = co_await connection->readable_.wait();
      if (!woken) co_return fail(ErrorCode::cancelled, "the read was cancelled");
    }
    if (connection->process_closed_) co_return fail(ErrorCode::cancelled, "the connection was closed on this side");
    const std::size_t size = std::min(buffer.size(), connection->unread_.size());
    std::copy_n(connection->unread_.begin(), size, buffer.begin());
    connection->unread_.erase(0, size);
    co_return size;
  }

  Task<Result<std::size_t>> write(std::string_view bytes) override {
    if (connection_->process_closed_) co_return fail(ErrorCode::cancelled, "the connection was closed on this side");
    if (connection_->caller_closed_) co_return fail(ErrorCode::io, "the peer has closed the connection");
    const auto tell = connection_->on_bytes;  // it may close the connection, and with that forget itself
    if (tell) tell(bytes);
    co_return bytes.size();
  }

  void close() override {
    if (std::exchange(connection_->process_closed_, true)) return;
    connection_->readable_.notify();
    const auto tell = connection_->on_closed;
    if (tell) tell();
  }

  [[nodiscard]] std::string peer() const override { return connection_->peer_; }
  [[nodiscard]] std::string peer_certificate() const override { return connection_->peer_certificate_; }

 private:
  std::shared_ptr<LanConnection> connection_;
};

LanConnection::LanConnection(relay::Runtime process, std::string peer, std::string peer_certificate)
    : peer_(std::move(peer)), peer_certificate_(std::move(peer_certificate)), readable_(process) {}

void LanConnection::send(std::string_view bytes) {
  if (process_closed_) return;
  unread_ += bytes;
  readable_.notify();
}

void LanConnection::close() {
  on_bytes = nullptr;
  on_closed = nullptr;
  if (std::exchange(caller_closed_, true) || process_closed_) return;
  readable_.notify();
}

void LanConnection::sever() {
  const auto closed = std::exchange(on_closed, nullptr);
  on_bytes = nullptr;
  if (closed) closed();
}

std::shared_ptr<LanConnection> LanListener::connect(std::string peer, std::string peer_certificate) {
  if (closed_) return nullptr;
  auto connection = std::make_shared<LanConnection>(runtime_, std::move(peer), std::move(peer_certificate));
  waiting_.push_back(connection);
  arrived_.notify();
  return connection;
}

Task<Result<std::unique_ptr<relay::http::ByteStream>>> LanListener::accept() {
  while (waiting_.empty()) {
    if (closed_) co_return fail(ErrorCode::cancelled, "the listener was closed");
    const bool woken = co_await arrived_.wait();
    if (!woken) co_return fail(ErrorCode::cancelled, "the listener was closed");
  }
  auto connection = std::move(waiting_.front());
  waiting_.pop_front();
  co_return std::make_unique<LanStream>(std::move(connection));
}

void LanListener::close() {
  if (std::exchange(closed_, true)) return;
  for (const auto& connection : waiting_) connection->sever();
  waiting_.clear();
  arrived_.notify();
}

}  // namespace sim
