#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "relay/http/client.hpp"
#include "tests/sim/bridge_process.hpp"
#include "tests/sim/exchange.hpp"
#include "tests/sim/http_call.hpp"
#include "tests/sim/stream.hpp"

namespace sim {

class World;

/// The server in the cloud on which edge-bridged runs, in the runs that have one: its disk, its power, its service
/// manager, and the internet between it, the box and the providers. Its clock is always right.
class BridgeSite {
 public:
  explicit BridgeSite(World& world);
  /// Takes a bridge that still runs apart.
  void end();

  /// At the very beginning: the bridge starts, and its operator sets up a tenant with a box.
  void switch_on();
  void kill(relay::Millis down, std::string_view why);
  void cut_power(relay::Millis off, std::string_view why);
  [[nodiscard]] bool up() const { return process_ && !process_->dead() && process_->listening(); }

  void run_ready();
  [[nodiscard]] std::optional<WorldTime> earliest() const { return process_ ? process_->earliest() : std::nullopt; }
  void fire_earliest() { process_->timers.fire_earliest(); }

  /// A request of the box, with the certificate that it shows (PEM; empty: none).
  void begin(const relay::http::ClientRequest& request, const std::string& certificate,
             const std::shared_ptr<Exchange>& exchange);
  /// A provider posts a form. Nothing: it got no answer.
  void post_form(const std::string& target, const std::string& signature, const std::string& form, HttpCall::Done done);
  /// Every event that the bridge has for the box must be acknowledged by it.
  void check_nothing_waits();

 private:
  using Door = BridgeProcess::Door;
  void start_daemon();
  void bury(bool power, relay::Millis down);
  /// One request of the operator, over the Unix socket.
  void order(const std::string& method, const std::string& path, const std::string& body, HttpCall::Done done);
  void set_up();
  void travel_back(const std::shared_ptr<Exchange>& exchange, std::optional<HttpAnswer> answer);

  World& world_;
  Stream stream_;
  relay::Result<relay::config::Document> settings_;
  Disk disk_;
  std::unique_ptr<BridgeProcess> process_;
  int lives_ = 0;
  int renewals_ = 0;
  WorldTime machine_started_{};
};

}  // namespace sim
