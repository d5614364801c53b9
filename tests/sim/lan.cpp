#include "tests/sim/lan.hpp"

#include <algorithm>
#include <utility>

namespace sim {

using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

/// The box's end.
class LanStream final : public relay::http::ByteStream {
 public:
  explicit LanStream(std::shared_ptr<LanConnection> connection) : connection_(std::move(connection)) {}
  ~LanStream() override { LanStream::close(); }

  Task<Result<std::size_t>> read_some(std::span<char> buffer) override {
    auto connection = connection_;
    while (connection->unread_.empty() && !connection->app_closed_ && !connection->box_closed_) {
      const bool woken = co_await connection->readable_.wait();
      if (!woken) co_return fail(ErrorCode::cancelled, "the read was cancelled");
    }
    if (connection->box_closed_) co_return fail(ErrorCode::cancelled, "the connection was closed on this side");
    const std::size_t size = std::min(buffer.size(), connection->unread_.size());
    std::copy_n(connection->unread_.begin(), size, buffer.begin());
    connection->unread_.erase(0, size);
    co_return size;
  }

  Task<Result<std::size_t>> write(std::string_view bytes) override {
    if (connection_->box_closed_) co_return fail(ErrorCode::cancelled, "the connection was closed on this side");
    if (connection_->app_closed_) co_return fail(ErrorCode::io, "the peer has closed the connection");
    const auto tell = connection_->on_bytes;  // it may close the connection, and with that forget itself
    if (tell) tell(bytes);
    co_return bytes.size();
  }

  void close() override {
    if (std::exchange(connection_->box_closed_, true)) return;
    connection_->readable_.notify();
    const auto tell = connection_->on_closed;
    if (tell) tell();
  }

  [[nodiscard]] std::string peer() const override { return connection_->peer_; }

 private:
  std::shared_ptr<LanConnection> connection_;
};

LanConnection::LanConnection(relay::Runtime box, std::string peer) : peer_(std::move(peer)), readable_(box) {}

void LanConnection::send(std::string_view bytes) {
  if (box_closed_) return;
  unread_ += bytes;
  readable_.notify();
}

void LanConnection::close() {
  on_bytes = nullptr;
  on_closed = nullptr;
  if (std::exchange(app_closed_, true) || box_closed_) return;
  readable_.notify();
}

void LanConnection::sever() {
  const auto closed = std::exchange(on_closed, nullptr);
  on_bytes = nullptr;
  if (closed) closed();
}

std::shared_ptr<LanConnection> LanListener::connect(std::string peer) {
  if (closed_) return nullptr;
  auto connection = std::make_shared<LanConnection>(runtime_, std::move(peer));
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
