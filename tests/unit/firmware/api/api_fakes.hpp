#pragma once

#include <string>
#include <vector>

#include "firmware/api/health.hpp"
#include "firmware/api/maintenance.hpp"

namespace api_test {

class FakeHealth final : public firmware::api::HealthSource {
 public:
  [[nodiscard]] firmware::api::HealthReport health() const override { return report; }
  firmware::api::HealthReport report;
};

/// Notes what it is told.
class FakeMaintenance final : public firmware::api::Maintenance {
 public:
  void pause(relay::Millis duration) override {
    orders.push_back("pause " + std::to_string(duration.count() / 60'000));
  }
  void resume() override { orders.emplace_back("resume"); }
  relay::Result<void> enable_provider(const std::string& name, bool enabled) override {
    if (name != "cloud") return relay::fail(relay::ErrorCode::not_found, "there is no such provider");
    orders.push_back((enabled ? "enable " : "disable ") + name);
    return {};
  }
  relay::Result<void> reset_breaker(const std::string& name) override {
    orders.push_back("reset " + name);
    return {};
  }
  relay::Result<void> send_only_by(relay::MessageId, const std::string& provider) override {
    if (provider != "cloud") return relay::fail(relay::ErrorCode::not_found, "there is no such provider");
    orders.push_back("only " + provider);
    return {};
  }
  relay::Task<relay::Result<bool>> retry_now(relay::MessageId) override {
    orders.emplace_back("retry");
    co_return true;
  }
  void simulate_uplink_down(relay::Millis duration) override {
    orders.push_back("uplink " + std::to_string(duration.count() / 60'000));
  }
  relay::Result<std::vector<std::string>> reload() override {
    if (!reload_error.empty()) return relay::fail(relay::ErrorCode::invalid_argument, reload_error);
    return std::vector<std::string>{"listen.address"};
  }
  relay::Result<void> restart() override {
    orders.emplace_back("restart");
    return {};
  }
  std::vector<std::string> orders;
  std::string reload_error;
};

}  // namespace api_test
