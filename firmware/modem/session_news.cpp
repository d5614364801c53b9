// What Session makes of lines that come unasked: mail, reports, registration, restarts, answers that are late.
#include <algorithm>
#include <utility>

#include "firmware/modem/at/answers.hpp"
#include "firmware/modem/at/lines.hpp"
#include "firmware/modem/session.hpp"
#include "firmware/modem/tpdu/delivery_status.hpp"
#include "relay/base/concat.hpp"

namespace modem {
namespace {

using relay::Millis;
using relay::Task;

/// The service centre's times are whole seconds, and it may put them right a little meanwhile.
constexpr Millis report_time_tolerance{5'000};

/// What a log may show of a line that nobody knows: its name ("+C5GREG"), or only its length. It might be part of a
/// message, or a number that lost its line's beginning.
std::string shape_of(std::string_view line) {
  const auto name = line.substr(0, line.find(':'));
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto in_names = [&](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c); };
  constexpr std::size_t longest_name = 15;
  constexpr std::ptrdiff_t most_digits = 2;
  const bool named = name.size() > 1 && name.size() < line.size() && name.size() <= longest_name &&
                     std::string_view{"+^*#$%"}.contains(name.front()) &&
                     std::ranges::all_of(name.substr(1), in_names) &&
                     std::ranges::count_if(name, is_digit) <= most_digits;
  return named ? std::string{name} : std::to_string(line.size()) + " characters";
}

}  // namespace

bool Session::take_unsolicited(const at::Incoming& incoming) {
  const std::string& line = incoming.text;
  if (incoming.kind != at::Incoming::Kind::line) return false;
  const bool known = at::is_unsolicited(line) || at::parse_final(line);
  if (line.starts_with("+CUSD:") || (ussd_reader_.open() && !known)) {
    take_ussd_line(line);
  } else if (line.starts_with("+CMTI:") || line.starts_with("+CDSI:")) {
    mailbox_->announced(line);
  } else if (line.starts_with("+CMT:") || line.starts_with("+CDS:")) {
    mailbox_->handed_over(incoming);
  } else if (line.starts_with("+CMGS:") || line.starts_with("+CMSS:")) {
    const auto reference = at::number_of(at::fields_of(line)[0]);
    if (!reference) return false;
    if (auto part = unsettled_.take_last(runtime_.clock.steady())) settle_as_sent(std::move(*part), *reference);
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
  } else if (!known) {
    runtime_.log.debug("modem_line_dropped", {{"provider", settings_.name}, {"line", shape_of(line)}});
  }
  return false;
}

bool Session::is_restart(std::string_view line) {
  if (at::is_start_of_modem(line)) return true;
  if (std::ranges::find(profile_->boot_lines, line) != profile_->boot_lines.end()) return true;
  if (line.starts_with("^BOOT:")) {
    const bool news = boot_mark_ != line;
    boot_mark_ = line;
    return news && status_.phase == Phase::in_service;
  }
  // In a start it is the answer to the PIN, in a recovery to AT+CFUN=1; in service, or while a SIM is missing, it is
  // news.
  const bool is_news = status_.phase == Phase::in_service || status_.phase == Phase::blocked;
  return is_news && line.starts_with("+CPIN:") && line.ends_with("READY");
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
  receipt.age = {.heard = runtime_.clock.steady(), .at_least = Millis{0}, .at_most = settings_.receipt_window};
  // How long it was on its way by the service centre's own clock: an attempt younger than that is another message under
  // the same reference. Some modems count from nought again after each restart.
  if (report.service_centre_time && report.discharge_time) {
    const Millis on_its_way = tpdu::to_wall(*report.discharge_time) - tpdu::to_wall(*report.service_centre_time);
    receipt.age->at_least = std::max(on_its_way - report_time_tolerance, Millis{0});
  }
  // The service centre reports on what it has taken: that settles a send whose own answer was lost.
  auto part = unsettled_.take_reported(receipt.recipient_digits, report.message_reference, runtime_.clock.steady());
  if (part) settle_as_sent(std::move(*part), report.message_reference);
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

// --- outcomes learned later
// ---------------------------------------------------------------------------------------------------

void Session::settle_as_sent(UnsettledPart part, int ref) {
  ++status_.messages_settled;
  runtime_.log.info("modem_send_settled", {{"provider", settings_.name}, {"was_sent", true}});
  if (part.stored_at) mailbox_->discard(*part.stored_at);
  parts_sent_.note(part.message, part.marked, part.total, part.part, std::to_string(ref));
  const auto refs = parts_sent_.of(part.message, part.marked, part.total);
  if (std::ranges::find(refs, std::string{}) != refs.end()) return;  // Other parts are missing: the message is not out.
  parts_sent_.forget(part.message);
  // The receipt is applied once this is in the journal.
  reports_.send_started(part.recipient_digits);
  reports_.send_ended(part.recipient_digits, refs, runtime_.clock.steady());
  const bool reported = settings_.delivery_reports && std::ranges::find(refs, "?") == refs.end();
  tell_late({part.message, part.attempt, settings_.name, true, relay::joined(refs, ","),
             reported ? refs : std::vector<std::string>{}, "settled later"});
}

void Session::settle_as_not_sent(const UnsettledPart& part) {
  ++status_.messages_settled;
  runtime_.log.info("modem_send_settled", {{"provider", settings_.name}, {"was_sent", false}});
  // With parts of it out already, "nothing was sent" would be wrong.
  if (!part.refs.empty()) return;
  tell_late({part.message, part.attempt, settings_.name, false, {}, {}, "stored, not sent"});
}

/// Store-then-send: the modem itself tells what became of the message (facts/modem.md 2.5.4).
Task<> Session::check_stored() {
  auto part = unsettled_.take_stored();
  if (!part) co_return;
  const int place = *part->stored_at;
  const auto state = co_await mailbox_->state_of_own(*link_, place);
  constexpr int stored_unsent = 2;
  constexpr int stored_sent = 3;
  if (profile_->stored_state_is_proof && state == stored_unsent) {
    settle_as_not_sent(*part);
  } else if (profile_->stored_state_is_proof && state == stored_sent && part->total == 1) {
    ++status_.messages_settled;
    tell_late({part->message, part->attempt, settings_.name, true, {}, {}, "stored, sent"});
  } else {
    part->stored_at.reset();  // A report may still tell.
    unsettled_.add(std::move(*part));
  }
  mailbox_->discard(place);
}

}  // namespace modem
