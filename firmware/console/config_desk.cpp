#include "firmware/console/config_desk.hpp"

#include <csignal>

#include "firmware/console/condition.hpp"
#include "relay/base/concat.hpp"

namespace firmware::console {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

constexpr relay::Millis guard_interval{2'000};
constexpr relay::Millis restart_patience{30'000};
constexpr relay::Millis look_pause{200};

/// Another process than `before` answers, or any if there was none.
Task<bool> comes_back(AdminClient& daemon, relay::Runtime runtime, std::int64_t was_up_for, relay::Millis patience) {
  const auto deadline = runtime.clock.steady() + patience;
  while (runtime.clock.steady() < deadline) {
    auto health = co_await daemon.call("GET", "/v1/health", nullptr, relay::Millis{1'000});
    if (health && (was_up_for < 0 || health->value("uptime_seconds", std::int64_t{0}) < was_up_for)) co_return true;
    if (!health) was_up_for = -1;  // it is gone: whoever answers next is the new one
    co_await sleep_for(runtime, look_pause);
  }
  co_return false;
}

}  // namespace

Result<std::string> ConfigDesk::running() const { return Host::read_file(host_.places().settings); }

Result<std::string> ConfigDesk::candidate() const {
  auto candidate = store_.candidate();
  if (!candidate) return std::unexpected(candidate.error());
  if (*candidate) return std::move(**candidate);
  return running();
}

/// Beside the real file: names of secrets' files in it are relative to it.
Task<Result<void>> ConfigDesk::check(std::string text) {
  const std::string path = host_.places().settings + ".candidate";
  if (auto written = Host::replace_file(path, text); !written) co_return written;
  auto checked = co_await host_.check_settings(path);
  Host::remove_file(path);
  if (!checked) {
    std::string said = checked.error().message;
    for (auto at = said.find(path); at != std::string::npos; at = said.find(path))
      said.replace(at, path.size(), "line");
    co_return fail(checked.error().code, said);
  }
  co_return checked;
}

Task<Result<ConfigDesk::Applied>> ConfigDesk::apply(std::string text, std::string by,
                                                    std::optional<relay::Millis> confirm_within) {
  auto checked = co_await check(text);
  if (!checked) co_return std::unexpected(checked.error());
  const auto before = running();
  if (!before) co_return std::unexpected(before.error());
  const auto kept = store_.keep_revision(*before, by);
  if (!kept) co_return std::unexpected(kept.error());
  std::optional<Unconfirmed> unconfirmed;
  if (confirm_within) {
    unconfirmed = Unconfirmed{.revision = *kept,
                              .by = by,
                              .boot_id = runtime_.clock.boot_id(),
                              .until = runtime_.clock.steady() + *confirm_within};
  }
  // First the promise to take it back, then the change: a power cut in between takes back what never was.
  if (auto set = store_.set_unconfirmed(unconfirmed); !set) co_return std::unexpected(set.error());
  if (auto written = Host::replace_file(host_.places().settings, text); !written) {
    [[maybe_unused]] const auto cleared = store_.set_unconfirmed(std::nullopt);
    co_return std::unexpected(written.error());
  }
  if (auto cleared = store_.set_candidate(std::nullopt); !cleared) co_return std::unexpected(cleared.error());
  runtime_.log.warning("settings_committed",
                       {{"by", by}, {"revision_before", *kept}, {"confirm", confirm_within.has_value()}});
  Applied applied{.revision = *kept, .restarted_for = {}, .state = {}};
  applied.restarted_for = co_await make_daemon_read();
  const Condition condition = co_await look_at(daemon_);
  applied.state = condition.line;
  co_return applied;
}

/// Running where it can, else by a restart; a daemon that is dead is started.
Task<std::vector<std::string>> ConfigDesk::make_daemon_read() {
  std::vector<std::string> names;
  auto reloaded = co_await daemon_.call("POST", "/v1/admin/reload", nlohmann::ordered_json::object());
  if (reloaded) {
    for (const auto& name : (*reloaded)["needs_restart"]) names.push_back(name.get<std::string>());
    if (names.empty()) co_return names;
  } else {
    names.emplace_back("the daemon did not take them over: " + reloaded.error().message);
  }
  auto restarted = co_await restart_daemon(daemon_, host_, restart_patience);
  if (!restarted) names.push_back(restarted.error().message);
  co_return names;
}

Result<void> ConfigDesk::confirm() {
  const auto waiting = store_.unconfirmed();
  if (!waiting) return std::unexpected(waiting.error());
  if (!*waiting) return fail(ErrorCode::conflict, "no change waits to be confirmed; was it taken back already?");
  return store_.set_unconfirmed(std::nullopt);
}

Task<Result<ConfigDesk::Applied>> ConfigDesk::roll_back(std::optional<std::int64_t> revision, std::string by) {
  if (!revision) {
    const auto waiting = store_.unconfirmed();
    if (!waiting) co_return std::unexpected(waiting.error());
    if (*waiting) revision = (*waiting)->revision;
  }
  if (!revision) {
    const auto all = store_.revisions();
    if (!all) co_return std::unexpected(all.error());
    if (all->empty()) co_return fail(ErrorCode::not_found, "there is nothing to go back to");
    revision = all->front().id;
  }
  const auto kept = store_.revision(*revision);
  if (!kept) co_return std::unexpected(kept.error());
  auto applied = co_await apply(kept->text, std::move(by), std::nullopt);
  co_return applied;
}

Task<> ConfigDesk::guard() {
  while (true) {
    co_await take_back_if_over();
    co_await sleep_for(runtime_, guard_interval);
  }
}

Task<bool> ConfigDesk::take_back_if_over() {
  const auto waiting = store_.unconfirmed();
  if (!waiting || !*waiting) co_return false;
  const bool same_boot = (*waiting)->boot_id == runtime_.clock.boot_id();
  if (same_boot && runtime_.clock.steady() < (*waiting)->until) co_return false;
  const auto kept = store_.revision((*waiting)->revision);
  if (!kept) {
    runtime_.log.error("settings_not_taken_back", {{"reason", kept.error().message}});
    [[maybe_unused]] const auto cleared = store_.set_unconfirmed(std::nullopt);
    co_return false;
  }
  // Not through check(): what was in effect before goes back even if edge-relayd cannot be asked.
  if (const auto written = Host::replace_file(host_.places().settings, kept->text); !written) {
    runtime_.log.error("settings_not_taken_back", {{"reason", written.error().message}});
    co_return false;
  }
  [[maybe_unused]] const auto cleared = store_.set_unconfirmed(std::nullopt);
  [[maybe_unused]] const auto noted = store_.audit({.id = 0,
                                                    .at = {},
                                                    .origin = "console",
                                                    .user = (*waiting)->by,
                                                    .action = concat("config rollback ", kept->id),
                                                    .outcome = "not confirmed in time"});
  runtime_.log.warning("settings_taken_back", {{"revision", kept->id}, {"by", (*waiting)->by}});
  co_await make_daemon_read();
  co_return true;
}

Task<Result<void>> restart_daemon(AdminClient& daemon, Host& host, relay::Millis patience) {
  const relay::Runtime runtime = host.runtime();
  auto health = co_await daemon.call("GET", "/v1/health", nullptr, relay::Millis{1'000});
  const std::int64_t was_up_for = health ? health->value("uptime_seconds", std::int64_t{0}) : -1;
  auto asked = co_await daemon.call("POST", "/v1/admin/restart", nlohmann::ordered_json::object());
  if (!asked) {
    auto started = co_await run_program(runtime, {"systemctl", "restart", host.places().unit}, patience);
    const UnitState unit = co_await host.unit_state();
    const bool by_manager = started && started->status == 0;
    // The service manager does not take orders from us, but it starts what ends: same user, so a signal is allowed.
    const bool by_signal = !by_manager && unit.main_pid > 1 && ::kill(unit.main_pid, SIGTERM) == 0;
    if (!by_manager && !by_signal) {
      co_return fail(ErrorCode::unavailable,
                     unit.known ? "the service manager did not restart " + host.places().unit + ": it is " + unit.active
                                : "there is no service manager here that knows " + host.places().unit);
    }
  }
  const bool back = co_await comes_back(daemon, runtime, was_up_for, patience);
  if (!back) co_return fail(ErrorCode::timeout, "edge-relayd did not come back in time; show status, show log");
  co_return Result<void>{};
}

}  // namespace firmware::console
