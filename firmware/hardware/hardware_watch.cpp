#include "firmware/hardware/hardware_watch.hpp"

#include <algorithm>
#include <utility>

namespace firmware {

using relay::Task;

HardwareWatch::HardwareWatch(relay::Runtime runtime, Ports ports, std::string path)
    : runtime_(runtime), ports_(std::move(ports)), path_(std::move(path)), confirmed_at_(runtime.clock.steady()) {}

void HardwareWatch::settle_on(const std::optional<Board>& board) {
  if (!board) return;
  if (board->watchdog) watchdog_device_ = board->watchdog->device;
  if (!board->thermal) return;
  thermal_zone_ = board->thermal->zone;
  health_.hot_celsius = board->thermal->hot_celsius;
}

Task<> HardwareWatch::run() {
  while (true) {
    look();
    tell_changes();
    co_await relay::sleep_for(runtime_, interval);
  }
}

HardwareHealth HardwareWatch::health() const {
  HardwareHealth health = health_;
  const relay::SteadyTime now = runtime_.clock.steady();
  health.clock = judge_.judge(clock_facts_, runtime_.clock.wall(), now);
  health.clock_unconfirmed = clock_facts_.can_tell && !health.clock.believed() && now - confirmed_at_ >= clock_patience;
  return health;
}

void HardwareWatch::look() {
  clock_facts_ = ports_.clock.facts();
  if (health().clock.believed()) confirmed_at_ = runtime_.clock.steady();
  auto storage = ports_.storage.health(path_);
  health_.storage_trouble = storage ? "" : storage.error().message;
  health_.storage.reset();
  if (storage) health_.storage = std::move(*storage);
  look_at_temperature();
  if (watchdog_device_.empty()) return;
  auto watchdog = ports_.watchdog.look(watchdog_device_);
  health_.watchdog_trouble = watchdog ? "" : watchdog.error().message;
  health_.watchdog.reset();
  if (watchdog) health_.watchdog = std::move(*watchdog);
}

void HardwareWatch::look_at_temperature() {
  const auto celsius = ports_.thermometer.celsius(thermal_zone_);
  health_.celsius.reset();
  if (!celsius) return;  // a sensor that is silent for once says nothing about hot or not
  health_.celsius = *celsius;
  const double limit = health_.hot_celsius - (health_.hot ? cooled_by_celsius : 0);
  health_.hot = *celsius >= limit;
}

void HardwareWatch::tell_changes() {
  auto alarms = alarms_of(health());
  const auto lacks = [](const std::vector<HardwareAlarm>& all, const HardwareAlarm& one) {
    return std::ranges::find(all, one.code, &HardwareAlarm::code) == all.end();
  };
  for (const auto& alarm : alarms) {
    if (!lacks(raised_, alarm)) continue;
    runtime_.log.warning("hardware_alarm", {{"code", alarm.code}, {"what", alarm.text}});
    if (ports_.on_alarm) ports_.on_alarm(alarm, true);
  }
  for (const auto& alarm : raised_) {
    if (!lacks(alarms, alarm)) continue;
    runtime_.log.info("hardware_alarm_over", {{"code", alarm.code}});
    if (ports_.on_alarm) ports_.on_alarm(alarm, false);
  }
  raised_ = std::move(alarms);
}

}  // namespace firmware
