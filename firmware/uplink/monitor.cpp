#include "firmware/uplink/monitor.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace firmware::uplink {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

constexpr relay::Millis least_pause{200};  // suspicions come in bursts: at most so many rounds

Result<Target> parse_target(const std::string& text) {
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  const bool port_ok = colon != std::string::npos && colon > 0 && [&] {
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + colon + 1, end, port);
    return parsed.ec == std::errc{} && parsed.ptr == end && port != 0;
  }();
  if (!port_ok) {
    return fail(ErrorCode::invalid_argument,
                "[uplink] targets: \"" + text + "\" is not HOST:PORT; write for example \"192.0.2.1:443\"");
  }
  std::string host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return Target{std::move(host), port};
}

}  // namespace

UplinkMonitor::UplinkMonitor(relay::Runtime runtime, hal::Network& network, UplinkSettings settings,
                             std::function<void(bool)> on_verdict)
    : runtime_(runtime),
      network_(network),
      settings_(std::move(settings)),
      on_verdict_(std::move(on_verdict)),
      judge_(settings_.judge),
      simulation_changed_(runtime),
      hurry_(runtime),
      tasks_(runtime) {}

void UplinkMonitor::start() {
  tasks_.spawn("uplink.simulation", run_simulation());
  if (!watched()) return;
  network_.on_change([this] { hurry_.notify(); });
  tasks_.spawn("uplink.monitor", run());
}

Task<> UplinkMonitor::stop() {
  network_.on_change(nullptr);
  co_await tasks_.stop();
}

void UplinkMonitor::suspect() {
  if (watched()) hurry_.notify();
}

Task<> UplinkMonitor::run() {
  while (true) {
    const bool reached = co_await any_target_reached();
    if (judge_.round(reached, runtime_.clock.steady())) {
      runtime_.log.warning("uplink", {{"state", judge_.up() ? "up" : "down"}});
      tell();
    }
    co_await sleep_for(runtime_, std::min(least_pause, judge_.pause()));
    co_await hurry_.wait_until(runtime_.clock.steady() + judge_.pause());
  }
}

void UplinkMonitor::simulate_down(relay::Millis duration) {
  simulated_until_ = runtime_.clock.steady() + duration;
  runtime_.log.warning("uplink_simulated_down", {{"seconds", duration.count() / 1000}});
  tell();
  simulation_changed_.notify();
}

void UplinkMonitor::end_simulation() {
  if (!simulated_until_) return;
  simulated_until_.reset();
  runtime_.log.warning("uplink_simulation_ended");
  tell();
}

Task<> UplinkMonitor::run_simulation() {
  while (true) {
    co_await simulation_changed_.wait_until(simulated_until_.value_or(relay::SteadyTime::max()));
    if (simulated_until_ && runtime_.clock.steady() >= *simulated_until_) end_simulation();
  }
}

void UplinkMonitor::tell() {
  if (up() == told_up_) return;
  told_up_ = up();
  on_verdict_(told_up_);
}

Task<bool> UplinkMonitor::any_target_reached() {
  const std::size_t count = settings_.targets.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = (first_target_ + i) % count;
    const Target& target = settings_.targets[at];
    const bool reached =
        co_await network_.reachable(target.host, target.port, runtime_.clock.steady() + settings_.timeout);
    if (reached) {
      first_target_ = at;
      co_return true;
    }
  }
  co_return false;
}

const relay::config::Table& settings_table() {
  using relay::config::Setting;
  using enum relay::config::Type;
  static constexpr std::array settings{
      Setting{.name = "targets",
              .type = list,
              .default_value = "",
              .text = "Where to probe, as HOST:PORT; one that accepts a TCP connection proves the uplink. None: the "
                      "uplink is not "
                      "watched and only the providers' breakers notice that it is down."},
      Setting{.name = "interval",
              .type = duration,
              .default_value = "10s",
              .text = "Pause between probes while all is well.",
              .min = 100,
              .max = 3'600'000},
      Setting{.name = "retry_interval",
              .type = duration,
              .default_value = "1s",
              .text = "Pause between probes while the uplink is down or in doubt.",
              .min = 50,
              .max = 3'600'000},
      Setting{.name = "timeout",
              .type = duration,
              .default_value = "3s",
              .text = "How long one target may take to answer.",
              .min = 50,
              .max = 60'000},
      Setting{.name = "failures_to_down",
              .type = integer,
              .default_value = "2",
              .text = "Failed rounds in a row that make it down.",
              .min = 1,
              .max = 100},
      Setting{.name = "successes_to_up",
              .type = integer,
              .default_value = "3",
              .text = "Good rounds in a row that make it up again; more when it flaps.",
              .min = 1,
              .max = 100},
  };
  static constexpr relay::config::Table table{
      .path = "uplink",
      .kind = "",
      .text = "Is the internet there? While it is down, cloud providers are skipped at once.",
      .settings = settings};
  return table;
}

Result<UplinkSettings> read_settings(const relay::config::Section& section) {
  UplinkSettings settings;
  for (const auto& text : section.list("targets")) {
    auto target = parse_target(text);
    if (!target) return std::unexpected(target.error());
    settings.targets.push_back(std::move(*target));
  }
  settings.timeout = section.duration("timeout");
  settings.judge.interval = section.duration("interval");
  settings.judge.retry_interval = section.duration("retry_interval");
  settings.judge.failures_to_down = static_cast<int>(section.integer("failures_to_down"));
  settings.judge.successes_to_up = static_cast<int>(section.integer("successes_to_up"));
  return settings;
}

}  // namespace firmware::uplink
