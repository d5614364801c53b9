#include "firmware/maintenance.hpp"

namespace firmware {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

Result<void> known(bool found, const std::string& provider) {
  if (found) return {};
  return fail(ErrorCode::not_found, "there is no provider \"" + provider + "\" in [chain] sms");
}

}  // namespace

Maintenance::Maintenance(relay::Runtime runtime) : runtime_(runtime), pause_changed_(runtime), tasks_(runtime) {}

void Maintenance::connect(relay::dispatch::Dispatcher& dispatcher, uplink::UplinkMonitor& uplink) {
  dispatcher_ = &dispatcher;
  uplink_ = &uplink;
}

void Maintenance::start() { tasks_.spawn("maintenance.pauses", end_pauses()); }

void Maintenance::pause(relay::Millis duration) {
  paused_until_ = runtime_.clock.steady() + duration;
  runtime_.log.warning("queue_paused", {{"seconds", duration.count() / 1000}});
  dispatcher_->set_paused(true);
  pause_changed_.notify();
}

void Maintenance::resume() {
  if (!paused_until_) return;
  paused_until_.reset();
  runtime_.log.warning("queue_resumed");
  dispatcher_->set_paused(false);
}

Task<> Maintenance::end_pauses() {
  while (true) {
    co_await pause_changed_.wait_until(paused_until_.value_or(relay::SteadyTime::max()));
    if (paused_until_ && runtime_.clock.steady() >= *paused_until_) resume();
  }
}

Result<void> Maintenance::enable_provider(const std::string& name, bool enabled) {
  return known(dispatcher_->set_enabled(name, enabled), name);
}

Result<void> Maintenance::reset_breaker(const std::string& name) {
  return known(dispatcher_->reset_breaker(name), name);
}

Result<void> Maintenance::send_only_by(relay::MessageId id, const std::string& provider) {
  return known(dispatcher_->send_only_by(id, provider), provider);
}

Task<Result<bool>> Maintenance::retry_now(relay::MessageId id) { return dispatcher_->retry_now(id); }

void Maintenance::simulate_uplink_down(relay::Millis duration) {
  if (duration > relay::Millis{0}) {
    uplink_->simulate_down(duration);
  } else {
    uplink_->end_simulation();
  }
}

Result<std::vector<std::string>> Maintenance::reload() {
  if (!program_.reload) return fail(ErrorCode::unavailable, "this program has no settings file to read again");
  return program_.reload();
}

Result<void> Maintenance::restart() {
  if (!program_.restart) return fail(ErrorCode::unavailable, "this program cannot restart itself");
  program_.restart();
  return {};
}

}  // namespace firmware
