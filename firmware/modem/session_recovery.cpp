// What Session does about a modem that does not work: the rungs of the ladder, the path taken down, alarms.
#include <utility>

#include "firmware/modem/session.hpp"
#include "relay/base/concat.hpp"

namespace modem {
namespace {

using relay::Millis;
using relay::Task;

constexpr Millis usb_pause{2000};      // Between detach and attach.
constexpr Millis power_pause{10'000};  // Between off and on (facts/modem.md 4, rung 6).

}  // namespace

/// Asks the ladder, counts and logs what it says, with its reason.
RecoveryLadder::Decision Session::climb(Trouble trouble) {
  const auto decision = ladder_.next(trouble, runtime_.clock.steady());
  const std::string rung{decision.rung ? name_of(*decision.rung) : "none"};
  runtime_.log.warning("modem_recovery", {{"provider", settings_.name},
                                          {"trouble", name_of(trouble)},
                                          {"reason", status_.detail.empty() ? status_.last_failure : status_.detail},
                                          {"rung", rung},
                                          {"skipped", decision.skipped}});
  if (decision.rung) {
    ++status_.recoveries;
    ++status_.rungs[static_cast<std::size_t>(*decision.rung)];
  }
  if (decision.gave_up) {
    ++status_.gave_up;
    runtime_.log.error("modem_gave_up", {{"provider", settings_.name}, {"trouble", name_of(trouble)}});
  }
  status_.gave_up_until = ladder_.resting_until();
  return decision;
}

/// One rung for a modem that does not answer. False: the line must be opened anew.
Task<bool> Session::recover() {
  if (status_.detail.empty()) status_.detail = "the modem does not answer";
  const auto decision = climb(Trouble::no_answer);
  const bool goes_on = co_await take_rung(decision.rung.value_or(Rung::reopen));
  co_return goes_on;
}

/// One rung for a modem that answers and is of no use. Never while a message is at the modem: work() calls it.
Task<> Session::cure() {
  const Trouble trouble = *std::exchange(trouble_, std::nullopt);
  const auto decision = climb(trouble);
  if (decision.rung) {
    const bool goes_on = co_await take_rung(*decision.rung);
    if (!goes_on) link_->close();
  } else if (trouble == Trouble::not_sending && ladder_.resting_until()) {
    take_down(*ladder_.resting_until());
  }
}

/// Somebody has asked for it: neither the ladder nor its spacing is touched, but it is counted and logged as its rungs.
Task<bool> Session::take_asked_reset() {
  const Rung rung = *std::exchange(asked_reset_, std::nullopt);
  runtime_.log.warning(
      "modem_recovery",
      {{"provider", settings_.name}, {"trouble", "none"}, {"reason", "asked for"}, {"rung", name_of(rung)}});
  ++status_.recoveries;
  ++status_.rungs[static_cast<std::size_t>(rung)];
  fail_errands("the modem is being reset");
  if (rung == Rung::resync) must_start_ = true;
  const bool goes_on = co_await take_rung(rung);
  co_return goes_on;
}

/// False: the line must be opened anew.
Task<bool> Session::take_rung(Rung rung) {
  switch (rung) {
    case Rung::resync: {
      const bool answers = co_await link_->resync();
      if (answers && status_.phase == Phase::in_service) status_.detail.clear();
      if (answers && status_.phase == Phase::recovering) must_start_ = true;
      if (!answers) enter(Phase::recovering, "the modem does not answer");
      co_return true;
    }
    case Rung::reopen:
      enter(Phase::recovering, "the modem does not answer");
      co_return false;
    case Rung::radio_cycle:
      co_await cycle_radio();
      co_return true;
    case Rung::restart_modem:
      enter(Phase::recovering, "the modem is being restarted");
      co_await restart_modem();
      co_return false;
    case Rung::usb_reset:
      enter(Phase::recovering, "the modem's USB device is being reset");
      co_await reset_usb();
      co_return false;
    case Rung::power_cycle:
      enter(Phase::recovering, "the modem is being switched off and on");
      co_await cycle_power();
      co_return false;
  }
  co_return false;
}

Task<> Session::cycle_radio() {
  enter(Phase::recovering, "the radio is being switched off and on");
  co_await link_->command(profile_->recovery.radio_off);
  co_await link_->listen_until(runtime_.clock.steady() + profile_->radio_wait, [] { return false; });
  co_await link_->command(profile_->recovery.radio_on);
  must_start_ = true;  // Settings may be lost, and messages may have come meanwhile.
}

/// Blind: a modem that does not answer may still listen.
Task<> Session::restart_modem() {
  at::Command command = at::command(profile_->recovery.restart);
  command.limit = at::command("AT+CFUN=1,1").limit;
  at::CommandExchange exchange(std::move(command));
  co_await link_->converse(exchange);
  link_->close();
  co_await relay::sleep_for(runtime_, profile_->restart_wait);
}

Task<> Session::reset_usb() {
  if (link_) link_->close();
  const hal::UsbPort port = *usb_;  // The ladder has this rung only with one.
  const auto detached = serial_ports_.detach_usb(port);
  if (!detached) {
    runtime_.log.warning("modem_usb_not_reset", {{"provider", settings_.name}, {"reason", detached.error().message}});
    co_return;
  }
  co_await relay::sleep_for(runtime_, usb_pause);
  const auto attached = serial_ports_.attach_usb(port);
  if (!attached) {
    runtime_.log.error("modem_usb_not_attached", {{"provider", settings_.name}, {"reason", attached.error().message}});
  }
  co_await relay::sleep_for(runtime_, profile_->restart_wait);
}

bool Session::has_power_line() const { return ports_.power != nullptr && ports_.power->can_cycle(profile_->power); }

bool Session::can_cycle_power() const { return has_power_line() || (usb_ && !usb_->power_switch.empty()); }

/// By the board's line to the module, else by the power of its USB port.
Task<> Session::cycle_power() {
  if (link_) link_->close();
  const auto not_done = [this](const relay::Error& error) {
    runtime_.log.warning("modem_power_not_cycled", {{"provider", settings_.name}, {"reason", error.message}});
  };
  if (has_power_line()) {
    const auto done = co_await ports_.power->cycle(profile_->power);
    if (!done) not_done(done.error());
    co_await relay::sleep_for(runtime_, profile_->power.ready_wait);
    co_return;
  }
  const hal::UsbPort port = *usb_;  // can_cycle_power()
  const auto off = serial_ports_.set_usb_power(port, false);
  co_await relay::sleep_for(runtime_, power_pause);
  const auto on = serial_ports_.set_usb_power(port, true);
  if (!off || !on) not_done((off ? on : off).error());
  co_await relay::sleep_for(runtime_, profile_->restart_wait);
}

// --- proof of sending
// ---------------------------------------------------------------------------------------------------------

/// After each send that reached the modem.
void Session::judge_send(const SendJob& job, relay::Outcome outcome) {
  const auto advice = health_.note(outcome, job.final);
  if (health_.failures() > 0) {
    status_.last_failure = relay::concat(name_of(job.final), ", ", job.meaning);
    status_.last_failure_code = job.final.kind == at::Final::Kind::cms ? job.final.code : 0;
  }
  status_.failures_in_a_row = health_.failures();
  status_.account_failures = health_.account();
  if (outcome == relay::Outcome::accepted) {
    ladder_.recovered();  // The proof that all is well is a message that went out, not an OK to AT.
    status_.gave_up_until.reset();
    on_probation_ = false;
    down_time_ = RecoveryLadder::first_rest;
    last_proof_ = runtime_.clock.steady();
    status_.last_sent_at = runtime_.clock.wall();
    status_.down_until.reset();
    note_alarm();
    return;
  }
  if (health_.failures() == 0) return;
  if (advice == SendingHealth::Advice::take_down || on_probation_) {
    take_down(runtime_.clock.steady() + down_time_);
  } else if (advice == SendingHealth::Advice::recover) {
    trouble_ = Trouble::not_sending;
  }
}

/// Nobody sends here until then; after that one message (or the canary) may show whether it works again.
void Session::take_down(relay::SteadyTime until) {
  down_time_ = std::min(down_time_ * 2, RecoveryLadder::longest_rest);
  on_probation_ = true;
  status_.down_until = until;
  runtime_.log.error("modem_taken_down", {{"provider", settings_.name},
                                          {"failures", status_.failures_in_a_row},
                                          {"reason", status_.last_failure},
                                          {"s", (until - runtime_.clock.steady()) / Millis{1000}}});
  next_housekeeping_ = std::min(next_housekeeping_, until);
  note_ready();
}

// --- alarms
// -------------------------------------------------------------------------------------------------------------------

void Session::note_alarm() {
  const auto found = explain(status_, runtime_.clock.steady());
  const std::string kind{found && found->is_alarm ? name_of(found->kind) : ""};
  // A start in between proves nothing: the alarm stays until the modem is in service without the reason.
  // Nor does the end of the time for which it was taken down: only a message that goes out.
  const bool unproven = status_.phase != Phase::in_service || on_probation_;
  if (kind == status_.alarm || (kind.empty() && unproven)) return;
  const std::string before = std::exchange(status_.alarm, kind);
  status_.alarm_sentence = kind.empty() ? "" : found->sentence;
  status_.alarm_since = kind.empty() ? std::nullopt : std::optional{runtime_.clock.wall()};
  if (!before.empty()) {
    runtime_.log.info("modem_alarm_over", {{"provider", settings_.name}, {"kind", before}});
    if (ports_.on_alarm) ports_.on_alarm({settings_.name, before, {}, false});
  }
  if (kind.empty()) return;
  ++status_.alarms_raised[kind];
  runtime_.log.error("modem_alarm", {{"provider", settings_.name}, {"kind", kind}, {"what", found->sentence}});
  if (ports_.on_alarm) ports_.on_alarm({settings_.name, kind, found->sentence, true});
}

}  // namespace modem
