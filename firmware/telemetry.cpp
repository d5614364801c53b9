#include "firmware/telemetry.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace firmware {
namespace {

using nlohmann::ordered_json;

std::string dump(const ordered_json& data) { return data.dump(-1, ' ', false, ordered_json::error_handler_t::replace); }

}  // namespace

Telemetry::Telemetry(relay::Runtime runtime, relay::outbox::Outbox& outbox, api::Metrics& metrics,
                     std::string alert_url)
    : runtime_(runtime), outbox_(outbox), metrics_(metrics), alert_url_(std::move(alert_url)), tasks_(runtime) {}

void Telemetry::attempt_ended(const std::string& provider, const relay::Message& message,
                              const relay::providers::SendResult& result, relay::Millis duration) {
  metrics_.attempt(provider, result.outcome, duration);
  if (result.outcome == relay::Outcome::accepted) ports_.accepted(message, provider, result);
}

void Telemetry::message_moved(const relay::Message& message, relay::State to) {
  if (relay::is_final(to)) metrics_.moved(message.message_class, to);
  if (!message.callback_url.empty()) ports_.events_added();
  // An alarm that did not get out is itself an alarm.
  const bool failed = to == relay::State::failed || to == relay::State::expired || to == relay::State::unknown ||
                      to == relay::State::blocked;
  if (message.message_class == relay::MessageClass::alarm && failed) {
    runtime_.log.error("alarm_failed", {{"id", message.id.text()}, {"state", relay::name_of(to)}});
    raise("alarm.failed", dump({{"id", message.id.text()}, {"state", relay::name_of(to)}}));
  }
}

void Telemetry::breaker_changed(const std::string& provider, bool open, std::string_view code,
                                std::string_view detail) {
  const std::string type = open ? "breaker.opened" : "breaker.closed";
  runtime_.log.warning(open ? "breaker_opened" : "breaker_closed",
                       {{"provider", provider}, {"code", code}, {"detail", detail}});
  raise(type, dump({{"provider", provider}, {"code", code}, {"detail", detail}}));
}

void Telemetry::fallback_changed(bool active, const std::string& primary, const std::string& used) {
  runtime_.log.warning(active ? "provider_fallback" : "provider_restored", {{"primary", primary}, {"used", used}});
  raise(active ? "provider.fallback" : "provider.restored", dump({{"primary", primary}, {"used", used}}));
}

void Telemetry::path_changed(relay::Channel channel, bool available) {
  const auto name = relay::name_of(channel);
  if (available) {
    runtime_.log.warning("path_up", {{"channel", name}});
  } else {
    runtime_.log.error("path_down", {{"channel", name}, {"queued", outbox_.counters().queued()}});
  }
  raise(available ? "path.up" : "path.down", dump({{"channel", name}, {"queued", outbox_.counters().queued()}}));
}

void Telemetry::daily_limit_reached(relay::AppId app) { tasks_.spawn("telemetry.limit", tell_limit(app)); }

relay::Task<> Telemetry::tell_limit(relay::AppId app) {
  auto applications = co_await outbox_.applications();
  if (!applications) co_return;
  const auto found = std::ranges::find(*applications, app, &relay::outbox::Application::id);
  if (found == applications->end()) co_return;
  runtime_.log.warning("app_daily_limit", {{"app", found->name}, {"daily_limit", found->daily_limit}});
  raise("app.daily_limit", dump({{"app", found->name}, {"daily_limit", found->daily_limit}}));
}

void Telemetry::uplink_changed(bool up) { raise(up ? "uplink.up" : "uplink.down", "{}"); }

void Telemetry::modem_alarm(const modem::Alarm& alarm) {
  ordered_json data{{"modem", alarm.provider}, {"kind", alarm.kind}};
  if (alarm.raised) data["what"] = alarm.sentence;
  raise(alarm.raised ? "modem.alarm" : "modem.alarm_over", dump(data));
}

void Telemetry::hardware_alarm(const HardwareAlarm& alarm, bool raised) {
  ordered_json data{{"code", alarm.code}};
  if (raised) data["what"] = alarm.text;
  raise(raised ? "hardware.alarm" : "hardware.alarm_over", dump(data));
}

void Telemetry::raise(std::string type, std::string data) {
  if (alert_url_.empty()) return;  // the log line is the alert
  relay::outbox::Event event;
  event.type = std::move(type);
  event.url = alert_url_;
  event.data = std::move(data);
  event.at = runtime_.clock.wall();
  event.due = outbox_.timeline().now();
  tasks_.spawn("telemetry.event", store(std::move(event)));
}

relay::Task<> Telemetry::store(relay::outbox::Event event) {
  const std::string type = event.type;
  auto added = co_await outbox_.add_event(std::move(event));
  if (!added) runtime_.log.error("event_not_stored", {{"type", type}, {"reason", added.error().message}});
  ports_.events_added();
}

}  // namespace firmware
