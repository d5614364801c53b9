#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "firmware/uplink/judge.hpp"
#include "hal/network.hpp"
#include "relay/base/result.hpp"
#include "relay/base/task.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"

namespace firmware::uplink {

struct Target {
  std::string host;  ///< A name or an address.
  std::uint16_t port = 443;
};

struct UplinkSettings {
  std::vector<Target> targets;   ///< Empty: not watched, the uplink is taken to be up and the breakers alone decide.
  relay::Millis timeout{3'000};  ///< For one target.
  JudgeSettings judge;
};
[[nodiscard]] const relay::config::Table& settings_table();
/// Errors: invalid_argument for a target that is not HOST:PORT.
[[nodiscard]] relay::Result<UplinkSettings> read_settings(const relay::config::Section& section);

/// Watches the internet uplink by active probes: at an interval, at once when a link or a route changes, and at once
/// when a provider fails in a way that may be the uplink's fault.
class UplinkMonitor {
 public:
  /// `on_verdict(up)` is called on the loop at each change.
  UplinkMonitor(relay::Runtime runtime, hal::Network& network, UplinkSettings settings,
                std::function<void(bool)> on_verdict);

  void start();
  [[nodiscard]] relay::Task<> stop();
  /// Something looked like the uplink's fault.
  void suspect();
  /// A drill: the uplink counts as down for `duration`, whatever the probes say. It ends by itself, by
  /// end_simulation(), and with the process.
  void simulate_down(relay::Millis duration);
  void end_simulation();
  /// Until when it lasts; nothing: none is on.
  [[nodiscard]] std::optional<relay::SteadyTime> simulated_until() const { return simulated_until_; }
  [[nodiscard]] bool up() const { return judge_.up() && !simulated_until_; }
  [[nodiscard]] bool watched() const { return !settings_.targets.empty(); }

 private:
  relay::Task<> run();
  relay::Task<> run_simulation();
  void tell();
  relay::Task<bool> any_target_reached();

  relay::Runtime runtime_;
  hal::Network& network_;
  UplinkSettings settings_;
  std::function<void(bool)> on_verdict_;
  Judge judge_;
  bool told_up_ = true;
  std::optional<relay::SteadyTime> simulated_until_;
  relay::Notification simulation_changed_;
  std::size_t first_target_ = 0;  ///< The one that answered last is asked first.
  relay::Notification hurry_;
  relay::TaskGroup tasks_;
};

}  // namespace firmware::uplink
