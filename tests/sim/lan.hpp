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

/// A TCP connection of the LAN: the box's end is a ByteStream, the application's end is calls and callbacks of the
/// world. Lives as long as either end; after `sever` neither reaches the other.
class LanConnection {
 public:
  LanConnection(relay::Runtime box, std::string peer);

  // the application's end
  void send(std::string_view bytes);
  void close();
  std::function<void(std::string_view)> on_bytes;
  std::function<void()> on_closed;  ///< The box closed, or died.

  /// The box died: the application sees a reset, and what the dead process still writes goes nowhere.
  void sever();

 private:
  friend class LanStream;
  std::string peer_;
  std::string unread_;
  bool app_closed_ = false;
  bool box_closed_ = false;
  relay::Notification readable_;
};

/// Where the box listens, in one boot.
class LanListener final : public relay::http::Listener {
 public:
  LanListener(relay::Runtime box, std::string address) : runtime_(box), address_(std::move(address)), arrived_(box) {}

  /// Null when nobody listens any more.
  [[nodiscard]] std::shared_ptr<LanConnection> connect(std::string peer);

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
