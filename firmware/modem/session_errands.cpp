// What somebody asks of the modem besides messages: commands by hand, USSD, the balance, resets.
#include <algorithm>
#include <utility>

#include "firmware/modem/at/answers.hpp"
#include "firmware/modem/session.hpp"
#include "relay/base/concat.hpp"

namespace modem {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::Millis;
using relay::Result;
using relay::Task;

/// A message at the modem may hold the line for as long as the network takes.
constexpr Millis command_patience{60'000};
constexpr Millis ussd_patience{90'000};
/// The network's own limit (facts/modem.md 2.2).
constexpr Millis ussd_answer_limit{60'000};

}  // namespace

std::string Session::line_trouble() const {
  if (!link_ || link_->lost()) return status_.detail.empty() ? "the line to the modem is lost" : status_.detail;
  return {};
}

/// Errors: unavailable (no line), conflict (too many wait).
Result<ErrandPtr> Session::new_errand(Errand::Kind kind, std::string text) const {
  if (auto trouble = line_trouble(); !trouble.empty()) return fail(ErrorCode::unavailable, std::move(trouble));
  if (errands_.size() >= Errand::max_waiting)
    return fail(ErrorCode::conflict, "others wait for this modem already: try again");
  auto errand = std::make_shared<Errand>(runtime_);
  errand->kind = kind;
  errand->text = std::move(text);
  return errand;
}

/// True: it is done. False: it was not begun in time, or not done.
Task<bool> Session::await_errand(ErrandPtr errand, Millis limit) {
  // Also when who waits is cancelled: nobody wants the answer any more.
  struct Leave {
    Session& session;
    const ErrandPtr& errand;
    ~Leave() { std::erase(session.errands_, errand); }
  } const leave{*this, errand};
  errands_.push_back(errand);
  wake_.notify();
  const relay::SteadyTime until = runtime_.clock.steady() + limit;
  while (!errand->done() && runtime_.clock.steady() < until) {
    const bool told = co_await errand->ended.wait_until(until);
    if (!told) break;
  }
  co_return errand->done();
}

Task<Result<AtReply>> Session::send_command(std::string text) {
  const auto errand = new_errand(Errand::Kind::command, std::move(text));
  if (!errand) co_return std::unexpected(errand.error());
  const bool done = co_await await_errand(*errand, command_patience);
  if (!done) co_return fail(ErrorCode::unavailable, "the modem was busy, or did not answer, for a minute");
  co_return std::move(*(*errand)->at);
}

Task<Result<UssdReply>> Session::ussd(std::string text) {
  const auto command = ussd_command(text, profile_->ussd);
  if (!command) co_return std::unexpected(command.error());
  const auto errand = new_errand(Errand::Kind::ussd, std::move(text));
  if (!errand) co_return std::unexpected(errand.error());
  if (const auto why = not_ready()) co_return fail(ErrorCode::unavailable, *why);
  const bool done = co_await await_errand(*errand, ussd_patience);
  if (!done) co_return fail(ErrorCode::unavailable, "the network did not answer in time");
  co_return std::move(*(*errand)->ussd);
}

Task<Result<UssdReply>> Session::end_ussd() {
  const auto errand = new_errand(Errand::Kind::end_ussd, {});
  if (!errand) co_return std::unexpected(errand.error());
  const bool done = co_await await_errand(*errand, command_patience);
  if (!done) co_return fail(ErrorCode::unavailable, "the modem was busy, or did not answer, for a minute");
  co_return std::move(*(*errand)->ussd);
}

Result<bool> Session::ask_reset(Rung rung) {
  if (asked_reset_) return fail(ErrorCode::conflict, "a reset has been asked for already");
  if (rung == Rung::usb_reset && !usb_) return fail(ErrorCode::conflict, "this modem is not on USB");
  if (rung == Rung::power_cycle && !can_cycle_power()) {
    return fail(ErrorCode::conflict,
                "this board has no line to the modem's power, and its USB port has no switch: pull the plug");
  }
  const bool needs_line = rung != Rung::usb_reset && rung != Rung::power_cycle;
  if (needs_line && (!link_ || link_->lost())) return fail(ErrorCode::unavailable, line_trouble());
  asked_reset_ = rung;
  wake_.notify();
  return true;
}

// --- the session's side
// --------------------------------------------------------------------------------------------------------

Task<> Session::do_errand() {
  const ErrandPtr errand = errands_.front();
  errands_.pop_front();
  if (errand->kind == Errand::Kind::ussd) {
    co_await begin_ussd(errand);
    co_return;
  }
  if (errand->kind == Errand::Kind::end_ussd) {
    co_await close_ussd("it was ended by hand");
    errand->ussd = UssdReply{};
    errand->ended.notify();
    co_return;
  }
  const auto answer = co_await link_->command(errand->text);
  AtReply reply;
  reply.final = name_of(answer.final);
  for (const auto& line : answer.lines) {
    reply.lines.push_back(line.text);
    if (!line.pdu.empty()) reply.lines.push_back(line.pdu);
  }
  errand->at = std::move(reply);
  errand->ended.notify();
}

Task<> Session::begin_ussd(ErrandPtr errand) {
  if (charset_ != profile_->ussd.charset) {
    const auto set = co_await link_->command(relay::concat("AT+CSCS=\"", profile_->ussd.charset, "\""));
    if (set.ok()) charset_ = profile_->ussd.charset;
  }
  const auto command = ussd_command(errand->text, profile_->ussd);
  ussd_ = errand;  // Before the command: some answer before their OK.
  ussd_open_ = false;
  ussd_until_ = runtime_.clock.steady() + ussd_answer_limit;
  if (!command) {
    finish_ussd(std::unexpected(command.error()));
    co_return;
  }
  const auto answer = co_await link_->command(*command);
  if (answer.ok() || !ussd_) co_return;
  finish_ussd(fail(ErrorCode::unavailable, relay::concat("the modem refused USSD (", name_of(answer.final), ")")));
}

/// Ends the dialogue with the network, and who waits for it.
Task<> Session::close_ussd(std::string why) {
  const bool talking = ussd_ || ussd_open_;
  ussd_open_ = false;
  if (ussd_) {
    const auto rest = ussd_reader_.open() ? ussd_reader_.finish(profile_->ussd) : std::nullopt;
    finish_ussd(rest ? Result<UssdReply>(*rest) : fail(ErrorCode::unavailable, std::move(why)));
    ussd_open_ = false;
  }
  if (talking) co_await link_->command("AT+CUSD=2");
}

void Session::finish_ussd(Result<UssdReply> reply) {
  const ErrandPtr errand = std::exchange(ussd_, nullptr);
  ussd_open_ = reply && reply->state == UssdState::answer_expected;
  ussd_until_ = runtime_.clock.steady() + ussd_answer_limit;
  runtime_.log.info("modem_ussd", {{"provider", settings_.name},
                                   {"balance", errand->balance},
                                   {"result", reply ? std::string{name_of(reply->state)} : reply.error().message}});
  if (errand->balance) note_balance(reply);
  errand->ussd = std::move(reply);
  errand->ended.notify();
  wake_.notify();
}

void Session::take_ussd_line(std::string_view line) {
  auto reply = ussd_reader_.feed(line, profile_->ussd);
  if (!reply) return;
  if (ussd_) {
    finish_ussd(std::move(*reply));
    return;
  }
  ussd_open_ = reply->state == UssdState::answer_expected;
  ussd_until_ = runtime_.clock.steady() + ussd_answer_limit;
  if (reply->text.empty()) return;
  runtime_.log.info("modem_network_said", {{"provider", settings_.name}, {"state", name_of(reply->state)}});
  status_.network_said.emplace(std::move(reply->text), runtime_.clock.wall());
}

void Session::note_balance(const Result<UssdReply>& reply) {
  if (ussd_open_) ussd_until_ = runtime_.clock.steady();  // A menu behind the balance: nobody answers it.
  const auto amount = reply ? amount_in(reply->text, settings_.balance.pattern) : std::nullopt;
  if (!amount) {
    status_.balance_trouble = reply ? "the answer has no amount that balance_pattern finds" : reply.error().message;
    runtime_.log.warning("modem_balance_unknown", {{"provider", settings_.name}, {"reason", status_.balance_trouble}});
    return;
  }
  status_.balance_trouble.clear();
  status_.balance = amount;
  status_.balance_at = runtime_.clock.wall();
  note_alarm();
}

void Session::fail_errands(const std::string& why) {
  ussd_open_ = false;
  if (ussd_) finish_ussd(fail(ErrorCode::unavailable, why));
  for (const auto& errand : std::exchange(errands_, {})) {
    if (errand->kind == Errand::Kind::command) {
      errand->at = fail(ErrorCode::unavailable, why);
    } else {
      errand->ussd = fail(ErrorCode::unavailable, why);
    }
    errand->ended.notify();
  }
}

}  // namespace modem
