#include "firmware/modem/session.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/concat.hpp"

namespace modem {
namespace {

using relay::Millis;
using relay::Task;

constexpr Millis blocked_retry{30'000};  // A SIM may be put in, or unlocked by hand.
constexpr std::string_view usb_scheme = "usb:";

}  // namespace

Session::Session(relay::Runtime runtime, Settings settings, ProfileLibrary profiles, hal::SerialPorts& serial_ports,
                 ModemPorts ports)
    : runtime_(runtime),
      settings_(std::move(settings)),
      profiles_(std::move(profiles)),
      serial_ports_(serial_ports),
      ports_(std::move(ports)),
      wake_(runtime),
      reports_changed_(runtime),
      health_(settings_.failure_run),
      pin_guard_(ports_.sim_memory),
      budget_(settings_.limits),
      budget_changed_(runtime),
      busy_(runtime.clock.steady()),
      profile_(&profiles_.choose({})),
      down_time_(RecoveryLadder::first_rest),
      last_proof_(runtime.clock.steady()) {
  if (const Profile* chosen = profiles_.find(settings_.profile)) profile_ = chosen;
  status_.device = settings_.line.device;
  status_.detail = "not opened yet";
  status_.phase_since = runtime_.clock.steady();
  status_.roaming_allowed = settings_.allow_roaming;
  status_.balance_alarm_below = settings_.balance.alarm_below;
}

void Session::start(relay::TaskGroup& group) {
  mailbox_ = std::make_unique<Mailbox>(
      runtime_, settings_.name, ports_, status_, group, wake_,
      Mailbox::Listeners{
          .on_report = [this](const tpdu::StatusReport& report) { take_report(report); },
          .is_own = [this](const relay::outbox::InboundMessage& message) { return is_canary(message); }});
  group.spawn("modem-session", run(group));
  group.spawn("modem-reports", deliver_reports());
  group.spawn("modem-budget", keep_budget());
}

// --- the line
// -----------------------------------------------------------------------------------------------------------------

Task<> Session::run(relay::TaskGroup& group) {
  while (true) {
    auto port = co_await open_line();
    link_ =
        std::make_shared<Link>(runtime_, std::move(port), wake_, settings_.command_gap.value_or(profile_->command_gap),
                               [this](const at::Incoming& incoming) { return take_unsolicited(incoming); });
    group.spawn("modem-listen", Link::listen(link_));
    must_start_ = true;
    co_await serve();
    const bool gone = link_->lost();
    const std::string why = link_->loss().empty() ? "the line was lost" : link_->loss();
    link_->close();  // At once: an unplugged device gets its old name back only when nobody holds it open.
    link_.reset();
    if (gone && status_.phase != Phase::recovering) enter(Phase::no_port, why);
    fail_waiting();
    fail_errands("the line to the modem was lost");
    co_await relay::sleep_for(runtime_, backoff_.next());
  }
}

/// A USB device by its id needs the interface of its AT port, which its profile knows.
hal::SerialSettings Session::line_settings() const {
  hal::SerialSettings line = settings_.line;
  constexpr std::size_t without_interface = usb_scheme.size() + 9;  // "usb:1e0e:9001"
  if (!line.device.starts_with(usb_scheme) || line.device.size() != without_interface) return line;
  const Profile* profile = profiles_.find(settings_.profile);
  if (profile == nullptr) profile = &profiles_.choose({.usb_id = line.device.substr(usb_scheme.size())});
  if (!profile->at_interface.empty()) line.device += ":" + profile->at_interface;
  return line;
}

Task<std::unique_ptr<hal::SerialPort>> Session::open_line() {
  const hal::SerialSettings line = line_settings();
  while (true) {
    ++turns_;
    auto port = serial_ports_.open(line);
    if (port) {
      if (auto usb = serial_ports_.usb_port(line.device)) usb_ = std::move(usb);
      ladder_.use({.usb_reset = usb_.has_value(), .power_cycle = can_cycle_power()});
      co_return std::move(*port);
    }
    if (status_.phase != Phase::no_port || status_.detail != port.error().message) {
      runtime_.log.warning("modem_not_opened", {{"provider", settings_.name}, {"reason", port.error().message}});
    }
    enter(Phase::no_port, port.error().message);
    const relay::SteadyTime again = runtime_.clock.steady() + backoff_.next();
    while (runtime_.clock.steady() < again && !asked_reset_) co_await wake_.wait_until(again);
    if (!asked_reset_) continue;
    // USB and power are there without a line; the next try to open shows whether it helped.
    (void)co_await take_asked_reset();
  }
}

/// Until the line is lost, or only opening it anew may help.
Task<> Session::serve() {
  while (!link_->lost()) {
    ++turns_;
    if (asked_reset_) {
      const bool goes_on = co_await take_asked_reset();
      if (!goes_on) co_return;
    } else if (link_->out_of_sync()) {
      const bool goes_on = co_await recover();
      if (!goes_on) co_return;
    } else if (must_start_) {
      const bool up = co_await bring_up();
      if (!up) continue;
    } else {
      co_await work();
    }
  }
}

/// False: not in service; either the line is out of sync now, or it is tried again.
Task<bool> Session::bring_up() {
  enter(Phase::starting, "the modem is being started");
  must_start_ = false;
  const std::string iccid_before = status_.iccid;
  StartSequence sequence({.runtime = runtime_,
                          .link = *link_,
                          .settings = settings_,
                          .profiles = profiles_,
                          .usb_id = usb_ ? usb_->id : "",
                          .status = status_,
                          .pin_guard = pin_guard_});
  const StartResult result = co_await sequence.run();
  profile_ = sequence.profile();
  ladder_.follow(profile_->recovery);
  if (must_start_ || link_->lost()) co_return false;  // It restarted meanwhile.
  if (result.kind == StartResult::Kind::ready) {
    co_await recall_sim();
    if (must_start_ || link_->lost()) co_return false;
    started(sequence, iccid_before);
    co_return true;
  }
  runtime_.log.warning("modem_not_started", {{"provider", settings_.name}, {"reason", result.reason}});
  must_start_ = true;
  if (result.kind == StartResult::Kind::failed) {
    enter(Phase::recovering, result.reason);
    link_->mark_out_of_sync();
    co_return false;
  }
  enter(Phase::blocked, result.reason);
  const auto before = status_.restarts;  // A SIM that is put in or unlocked looks like a restart: +CPIN: READY.
  const relay::SteadyTime again = runtime_.clock.steady() + blocked_retry;
  while (status_.restarts == before && !asked_reset_ && !link_->lost() && !link_->out_of_sync() &&
         runtime_.clock.steady() < again) {
    co_await link_->listen_until(
        again, [&] { return status_.restarts != before || asked_reset_.has_value() || !errands_.empty(); });
    if (!errands_.empty()) co_await do_errand();  // A technician may look what is wrong.
  }
  co_return false;
}

void Session::started(const StartSequence& sequence, const std::string& iccid_before) {
  if (!iccid_before.empty() && !status_.iccid.empty() && iccid_before != status_.iccid) {
    runtime_.log.warning("modem_sim_changed", {{"provider", settings_.name}});
    unsettled_.forget();  // Another SIM: its numbers, references and troubles are its own.
    health_.forget();
    status_.failures_in_a_row = 0;
    status_.down_until.reset();
    on_probation_ = false;
    status_.operator_code.clear();
  }
  indications_ = sequence.service().indications;
  mailbox_->begin(sequence.service());
  backoff_.reset();
  keeps_link_refused_ = !profile_->keeps_link;
  extended_signal_refused_ = false;
  charset_.clear();
  ussd_open_ = false;
  next_housekeeping_ = runtime_.clock.steady();  // when the line is first idle
  next_sweep_ = runtime_.clock.steady() + settings_.sweep_interval;
  enter(Phase::in_service, {});
}

// --- work
// ---------------------------------------------------------------------------------------------------------------------

/// One piece of work, the most urgent first, or a wait for some.
Task<> Session::work() {
  link_->hand_over_unsolicited();
  if (must_start_ || asked_reset_) co_return;
  const relay::SteadyTime now = runtime_.clock.steady();
  // While the network talks by USSD it takes no messages on many modems; an alarm does not wait for that.
  const bool talking = ussd_ || ussd_open_;
  const bool can_send = queue_.size() > 0 && !not_ready() && !talking;
  const bool mail_first = !can_send || (mail_turn_ && !queue_.urgent_waiting());
  if (trouble_) {
    co_await cure();
  } else if (talking && (now >= ussd_until_ || queue_.urgent_waiting())) {
    co_await close_ussd(now >= ussd_until_ ? "the network did not answer in time" : "an alarm had to be sent");
  } else if (!errands_.empty() && !queue_.urgent_waiting() &&
             (!talking || errands_.front()->kind != Errand::Kind::ussd || ussd_open_)) {
    co_await do_errand();
  } else if (unsettled_.any_stored()) {
    co_await check_stored();
  } else if (mailbox_->must_acknowledge() || (mailbox_->has_work() && mail_first)) {
    mail_turn_ = false;
    co_await mailbox_->work(*link_);
  } else if (can_send) {
    mail_turn_ = true;  // One piece of mail between two sends: neither starves the other.
    co_await transmit(queue_.pop());
  } else if (signal_due_ || now >= next_housekeeping_) {
    co_await housekeeping();
  } else {
    co_await wake_.wait_until(talking ? std::min(ussd_until_, next_housekeeping_) : next_housekeeping_);
  }
}

// --- readiness
// ----------------------------------------------------------------------------------------------------------------

void Session::enter(Phase phase, std::string detail) {
  if (status_.phase != phase) {
    status_.phase_since = runtime_.clock.steady();
    runtime_.log.info("modem_phase", {{"provider", settings_.name}, {"phase", name_of(phase)}, {"detail", detail}});
  }
  status_.phase = phase;
  status_.detail = std::move(detail);
  note_ready();
}

void Session::note_ready() {
  const bool registered = status_.registered();
  if (registered) status_.unregistered_since.reset();
  if (!registered && !status_.unregistered_since) status_.unregistered_since = runtime_.clock.steady();
  note_alarm();
  const bool ready = !not_ready();
  if (!ready) fail_waiting();  // The chain has other ways out; nobody waits here for a network to come back.
  if (std::exchange(was_ready_, ready) == ready) return;
  wake_.notify();
  for (const auto& listener : ready_listeners_) listener();
}

ModemStatus Session::snapshot() const {
  ModemStatus status = status_;
  const relay::SteadyTime now = runtime_.clock.steady();
  status.busy = busy_.total(now);
  status.busy_share = busy_.share(now);
  status.waiting = waiting();
  status.sim_use = budget_.uses(timeline_now());
  return status;
}

relay::TimelineTime Session::timeline_now() const {
  return ports_.timeline ? ports_.timeline() : relay::TimelineTime{runtime_.clock.wall().time_since_epoch()};
}

std::optional<Obstacle> Session::obstacle() const {
  auto found = explain(status_, runtime_.clock.steady());
  if (!found && must_start_) return Obstacle{ObstacleKind::starting, "the modem has restarted"};
  return found;
}

std::optional<std::string> Session::not_ready() const {
  const auto found = obstacle();
  if (!found || !found->blocks) return std::nullopt;
  return found->sentence;
}

}  // namespace modem
