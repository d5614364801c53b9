#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "firmware/api/maintenance.hpp"
#include "firmware/uplink/monitor.hpp"
#include "relay/dispatch/dispatcher.hpp"

namespace firmware {

/// Carries out an operator's orders, and ends those that end by themselves.
class Maintenance final : public api::Maintenance {
 public:
  /// What only the program around the appliance can do; empty in the simulator, which has no settings file.
  struct Program {
    std::function<relay::Result<std::vector<std::string>>()> reload;
    std::function<void()> restart;
  };
  explicit Maintenance(relay::Runtime runtime);

  /// Before start(); both outlive this.
  void connect(relay::dispatch::Dispatcher& dispatcher, uplink::UplinkMonitor& uplink);
  void connect(Program program) { program_ = std::move(program); }
  void start();
  [[nodiscard]] relay::Task<> stop() { return tasks_.stop(); }
  [[nodiscard]] std::optional<relay::SteadyTime> paused_until() const { return paused_until_; }

  void pause(relay::Millis duration) override;
  void resume() override;
  [[nodiscard]] relay::Result<void> enable_provider(const std::string& name, bool enabled) override;
  [[nodiscard]] relay::Result<void> reset_breaker(const std::string& name) override;
  [[nodiscard]] relay::Result<void> send_only_by(relay::MessageId id, const std::string& provider) override;
  [[nodiscard]] relay::Task<relay::Result<bool>> retry_now(relay::MessageId id) override;
  void simulate_uplink_down(relay::Millis duration) override;
  [[nodiscard]] relay::Result<std::vector<std::string>> reload() override;
  [[nodiscard]] relay::Result<void> restart() override;

 private:
  relay::Task<> end_pauses();

  relay::Runtime runtime_;
  relay::dispatch::Dispatcher* dispatcher_ = nullptr;
  uplink::UplinkMonitor* uplink_ = nullptr;
  Program program_;
  std::optional<relay::SteadyTime> paused_until_;
  relay::Notification pause_changed_;
  relay::TaskGroup tasks_;
};

}  // namespace firmware
