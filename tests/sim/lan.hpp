#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/task.hpp"
#include "relay/http/byte_stream.hpp"

namespace sim {

/// A TCP connection to a simulated process: its end is a ByteStream, the caller's end is calls and callbacks of the
/// world. Lives as long as either end; after `sever` neither reaches the other.
class LanConnection {
 public:
  /// `peer_certificate` as relay::http::ByteStream tells it.
  LanConnection(relay::Runtime process, std::string peer, std::string peer_certificate);

  // the caller's end
  void send(std::string_view bytes);
  void close();
  std::function<void(std::string_view)> on_bytes;
  std::function<void()> on_closed;  ///< The process closed, or died.

  /// The process died: the caller sees a reset, and what the dead process still writes goes nowhere.
  void sever();

 private:
  friend class LanStream;
  std::string peer_;
  std::string peer_certificate_;
  std::string unread_;
  bool caller_closed_ = false;
  bool process_closed_ = false;
  relay::Notification readable_;
};

/// Where a process listens, in one of its lives.
class LanListener final : public relay::http::Listener {
 public:
  LanListener(relay::Runtime process, std::string address)
      : runtime_(process), address_(std::move(address)), arrived_(process) {}

  /// Null when nobody listens any more.
  [[nodiscard]] std::shared_ptr<LanConnection> connect(std::string peer, std::string peer_certificate = {});

  [[nodiscard]] relay::Task<relay::Result<std::unique_ptr<relay::http::ByteStream>>> accept() override;
  void close() override;
  [[nodiscard]] std::string address() const override { return address_; }

 private:
  relay::Runtime runtime_;
  std::string address_;
  std::deque<std::shared_ptr<LanConnection>> waiting_;
  bool closed_ = false;
  relay::Notification arrived_;
};

}  // namespace sim
