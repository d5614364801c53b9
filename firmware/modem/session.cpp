#include "firmware/modem/session.hpp"

#include <utility>

#include "firmware/modem/at/answers.hpp"
#include "firmware/modem/at/lines.hpp"
#include "firmware/modem/tpdu/delivery_status.hpp"

namespace modem {
namespace {

using relay::Millis;
using relay::Task;

constexpr Millis blocked_retry{30'000};  // A SIM may be put in, or unlocked by hand.
constexpr Millis housekeeping_interval{60'000};
constexpr Millis after_modem_restart{5'000};  // The device stays away for 5 to 30 s (facts/modem.md 4).

/// What a log may show of a line that nobody knows: its name, or only its length. It might be part of a message.
std::string shape_of(std::string_view line) {
  const auto colon = line.find(':');
  const bool named =
      !line.empty() && std::string_view{"+^*#$%"}.find(line.front()) != std::string_view::npos && colon < 16;
  return named ? std::string{line.substr(0, colon)} : std::to_string(line.size()) + " characters";
}

}  // namespace

Session::Session(relay::Runtime runtime, Settings settings, hal::SerialPorts& serial_ports, ModemPorts ports)
    : runtime_(runtime),
      settings_(std::move(settings)),
      serial_ports_(serial_ports),
      ports_(std::move(ports)),
      wake_(runtime),
      reports_changed_(runtime) {
  status_.device = settings_.line.device;
  status_.detail = "not opened yet";
  status_.phase_since = runtime_.clock.steady();
}

void Session::start(relay::TaskGroup& group) {
  mailbox_ = std::make_unique<Mailbox>(runtime_, settings_.name, ports_, status_, group, wake_,
                                       [this](const tpdu::StatusReport& report) { take_report(report); });
  group.spawn("modem-session", run(group));
  group.spawn("modem-reports", deliver_reports());
}

// --- the line
// -----------------------------------------------------------------------------------------------------------------

Task<> Session::run(relay::TaskGroup& group) {
  while (true) {
    auto port = co_await open_line();
    link_ = std::make_shared<Link>(runtime_, std::move(port), wake_, settings_.command_gap,
                                   [this](const at::Incoming& incoming) { return take_unsolicited(incoming); });
    group.spawn("modem-listen", Link::listen(link_));
    must_start_ = true;
    co_await serve();
    const bool gone = link_->lost();
    link_->close();  // At once: an unplugged device gets its old name back only when nobody holds it open.
    link_.reset();
    if (gone && status_.phase != Phase::recovering) enter(Phase::no_port, "the line was lost");
    fail_waiting();
    co_await relay::sleep_for(runtime_, backoff_.next());
  }
}

Task<std::unique_ptr<hal::SerialPort>> Session::open_line() {
  while (true) {
    auto port = serial_ports_.open(settings_.line);
    if (port) co_return std::move(*port);
    if (status_.phase != Phase::no_port || status_.detail != port.error().message) {
      runtime_.log.warning("modem_not_opened", {{"provider", settings_.name}, {"reason", port.error().message}});
    }
    enter(Phase::no_port, port.error().message);
    co_await relay::sleep_for(runtime_, backoff_.next());
  }
}

/// Until the line is lost, or only opening it anew may help.
Task<> Session::serve() {
  while (!link_->lost()) {
    if (link_->out_of_sync()) {
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
  StartSequence sequence(runtime_, *link_, settings_, status_, pin_guard_);
  const StartResult result = co_await sequence.run();
  if (must_start_ || link_->lost()) co_return false;  // It restarted meanwhile.
  if (result.kind == StartResult::Kind::ready) {
    indications_ = sequence.service().indications;
    mailbox_->begin(sequence.service());
    backoff_.reset();
    keeps_link_refused_ = false;
    next_housekeeping_ = runtime_.clock.steady();  // when the line is first idle
    next_sweep_ = runtime_.clock.steady() + settings_.sweep_interval;
    enter(Phase::in_service, {});
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
  co_await link_->listen_until(runtime_.clock.steady() + blocked_retry, [&] { return status_.restarts != before; });
  co_return false;
}

// --- recovery
// -----------------------------------------------------------------------------------------------------------------

/// One rung. False: the line must be opened anew.
Task<bool> Session::recover() {
  const Rung rung = ladder_.next(runtime_.clock.steady());
  ++status_.recoveries;
  runtime_.log.warning("modem_recovery", {{"provider", settings_.name}, {"rung", name_of(rung)}});
  switch (rung) {
    case Rung::resync: {
      const bool answers = co_await link_->resync();
      if (answers && status_.phase == Phase::recovering) must_start_ = true;
      if (!answers) enter(Phase::recovering, "the modem does not answer");
      co_return true;
    }
    case Rung::restart_modem:
      enter(Phase::recovering, "the modem is being restarted");
      co_await restart_modem();
      co_return false;
    case Rung::reopen:
      enter(Phase::recovering, "the modem does not answer");
      co_return false;
  }
  co_return false;
}

/// Blind: a modem that does not answer may still listen.
Task<> Session::restart_modem() {
  at::CommandExchange exchange(at::command("AT+CFUN=1,1"));
  co_await link_->converse(exchange);
  link_->close();
  co_await relay::sleep_for(runtime_, after_modem_restart);
}

// --- work
// ---------------------------------------------------------------------------------------------------------------------

/// One piece of work, the most urgent first, or a wait for some.
Task<> Session::work() {
  link_->hand_over_unsolicited();
  if (must_start_) co_return;
  const bool can_send = status_.registered() && queue_.size() > 0;
  const bool mail_first = !can_send || (mail_turn_ && !queue_.urgent_waiting());
  if (mailbox_->must_acknowledge() || (mailbox_->has_work() && mail_first)) {
    mail_turn_ = false;
    co_await mailbox_->work(*link_);
  } else if (can_send) {
    mail_turn_ = true;  // One piece of mail between two sends: neither starves the other.
    co_await transmit(queue_.pop());
  } else if (signal_due_ || runtime_.clock.steady() >= next_housekeeping_) {
    co_await housekeeping();
  } else {
    co_await wake_.wait_until(next_housekeeping_);
  }
}

Task<> Session::housekeeping() {
  const relay::SteadyTime now = runtime_.clock.steady();
  signal_due_ = false;
  next_housekeeping_ = now + housekeeping_interval;
  const auto signal = co_await link_->command("AT+CSQ");
  status_.signal_dbm = at::parse_signal_dbm(signal.first());
  for (const char* query : {"AT+CREG?", "AT+CGREG?", "AT+CEREG?"}) {
    if (status_.registered()) break;  // Its news comes unasked; only a modem without a network is asked too.
    const auto answer = co_await link_->command(query);
    for (const auto& line : answer.lines) note_registration(status_, line.text);
    note_ready();
  }
  if (status_.registered() && status_.operator_code.empty()) {
    const auto network = co_await link_->command("AT+COPS?");
    const auto fields = at::fields_of(network.first());
    if (fields.size() >= 3) status_.operator_code = fields[2];
  }
  mailbox_->expire();
  if (now < next_sweep_) co_return;
  next_sweep_ = now + settings_.sweep_interval;
  mailbox_->sweep_soon();
  if (indications_.empty()) co_return;
  const auto set =
      co_await link_->command("AT+CNMI?");  // Lost by some firmware at re-registration, and after a missed +CNMA.
  std::string current = set.first();
  std::erase(current, ' ');
  if (set.ok() && current != "+CNMI:" + indications_) {
    runtime_.log.warning("modem_indications_lost", {{"provider", settings_.name}});
    co_await link_->command("AT+CNMI=" + indications_);
  }
}

// --- what comes unasked
// -------------------------------------------------------------------------------------------------------

bool Session::take_unsolicited(const at::Incoming& incoming) {
  const std::string& line = incoming.text;
  if (incoming.kind != at::Incoming::Kind::line) return false;
  if (line.starts_with("+CMTI:") || line.starts_with("+CDSI:")) {
    mailbox_->announced(line);
  } else if (line.starts_with("+CMT:") || line.starts_with("+CDS:")) {
    mailbox_->handed_over(incoming);
  } else if (at::parse_registration(line)) {
    if (note_registration(status_, line)) {
      signal_due_ = true;
      status_.operator_code.clear();
      note_ready();
    }
  } else if (is_restart(line)) {
    runtime_.log.warning("modem_restarted",
                         {{"provider", settings_.name}, {"sign", at::is_start_of_modem(line) ? line : shape_of(line)}});
    ++status_.restarts;
    must_start_ = true;
    note_ready();
    return true;
  } else if (!at::is_unsolicited(line) && !at::parse_final(line)) {
    runtime_.log.debug("modem_line_dropped", {{"provider", settings_.name}, {"line", shape_of(line)}});
  }
  return false;
}

bool Session::is_restart(std::string_view line) {
  if (at::is_start_of_modem(line)) return true;
  if (line.starts_with("^BOOT:")) {
    const bool news = boot_mark_ != line;
    boot_mark_ = line;
    return news && status_.phase == Phase::in_service;
  }
  // In a start it is the answer to the PIN; in service, or while a SIM is missing, it is news.
  return line.starts_with("+CPIN:") && line.ends_with("READY") && status_.phase != Phase::starting;
}

// --- reports
// ------------------------------------------------------------------------------------------------------------------

void Session::take_report(const tpdu::StatusReport& report) {
  if (report.for_command) return;
  static constexpr std::string_view hex = "0123456789ABCDEF";
  relay::outbox::Receipt receipt;
  receipt.provider = settings_.name;
  receipt.ref = std::to_string(report.message_reference);
  receipt.status = tpdu::outcome_of(report.status);
  receipt.code = std::string{"ST "} + hex[report.status >> 4U] + hex[report.status & 15U];
  receipt.at = runtime_.clock.wall();
  receipt.recipient_digits = comparable_digits(report.recipient.number);
  receipt.sent_after = receipt.at - settings_.receipt_window;  // References repeat after 256 sends.
  reports_.add(std::move(receipt), runtime_.clock.steady());
  reports_changed_.notify();
}

Task<> Session::deliver_reports() {
  while (true) {
    for (auto& receipt : reports_.due(runtime_.clock.steady())) {
      if (ports_.on_receipt) ports_.on_receipt(std::move(receipt));
    }
    const auto next = reports_.next_due();
    if (next) {
      co_await reports_changed_.wait_until(*next);
    } else {
      co_await reports_changed_.wait();
    }
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
  const bool ready = !not_ready();
  if (!ready) fail_waiting();  // The chain has other ways out; nobody waits here for a network to come back.
  if (std::exchange(was_ready_, ready) == ready) return;
  wake_.notify();
  for (const auto& listener : ready_listeners_) listener();
}

std::optional<std::string> Session::not_ready() const {
  const auto seconds = (runtime_.clock.steady() - status_.phase_since) / Millis{1000};
  const std::string since = " since " + std::to_string(seconds) + " s";
  switch (status_.phase) {
    case Phase::no_port:
      return "no modem at " + status_.device + since + " (" + status_.detail + ")";
    case Phase::starting:
      return "the modem is starting" + since;
    case Phase::blocked:
      return status_.detail;
    case Phase::recovering:
      return "the modem is being recovered" + since + " (" + status_.detail + ")";
    case Phase::in_service:
      break;
  }
  if (must_start_) return "the modem has restarted";
  if (status_.registered()) return std::nullopt;
  const auto& [circuit, packet, lte] = status_.registration;
  const int state = circuit != 4 ? circuit : lte != 4 ? lte : packet;
  return "not registered (" + std::string{at::describe_registration(state)} + ")";
}

}  // namespace modem
