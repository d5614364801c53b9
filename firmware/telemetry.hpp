#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "firmware/api/metrics.hpp"
#include "firmware/hardware/hardware_alarms.hpp"
#include "firmware/modem/ports.hpp"
#include "relay/dispatch/dispatcher.hpp"
#include "relay/events/webhooks.hpp"
#include "relay/outbox/outbox.hpp"

namespace firmware {

/// Hears what happens to messages and paths: counts it, and turns what an operator must know into log lines and events.
class Telemetry final : public relay::dispatch::DispatchObserver {
 public:
  struct Ports {
    std::function<void(const relay::Message&, const std::string& provider, const relay::providers::SendResult&)>
        accepted;
    std::function<void()> uplink_suspect;
    std::function<void()> events_added;
  };
  Telemetry(relay::Runtime runtime, relay::outbox::Outbox& outbox, api::Metrics& metrics, std::string alert_url);

  /// Before anything happens; what they call outlives the dispatcher.
  void connect(Ports ports) { ports_ = std::move(ports); }
  [[nodiscard]] relay::Task<> stop() { return tasks_.stop(); }

  void attempt_ended(const std::string& provider, const relay::Message& message,
                     const relay::providers::SendResult& result, relay::Millis duration) override;
  void accepted_after_all(const std::string& provider, const relay::Message& message,
                          const relay::providers::SendResult& result) override {
    ports_.accepted(message, provider, result);
  }
  void message_moved(const relay::Message& message, relay::State to) override;
  void breaker_changed(const std::string& provider, bool open, std::string_view code, std::string_view detail) override;
  void fallback_changed(bool active, const std::string& primary, const std::string& used) override;
  void path_changed(relay::Channel channel, bool available) override;
  void daily_limit_reached(relay::AppId app) override;
  void uplink_suspect() override { ports_.uplink_suspect(); }
  void uplink_changed(bool up);
  /// The modem has logged it already.
  void modem_alarm(const modem::Alarm& alarm);
  /// The hardware's watch has logged it already.
  void hardware_alarm(const HardwareAlarm& alarm, bool raised);

 private:
  void raise(std::string type, std::string data);
  relay::Task<> tell_limit(relay::AppId app);
  relay::Task<> store(relay::outbox::Event event);

  relay::Runtime runtime_;
  relay::outbox::Outbox& outbox_;
  api::Metrics& metrics_;
  std::string alert_url_;
  Ports ports_;
  relay::TaskGroup tasks_;
};

}  // namespace firmware
