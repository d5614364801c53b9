#include "tools/modem-sim/model/modem_model.hpp"

#include <algorithm>

#include "tools/modem-sim/model/commands.hpp"
#include "tools/modem-sim/model/text.hpp"

namespace modem_sim {
namespace {

constexpr std::size_t max_line = 1024;
constexpr std::size_t max_pdu = 1024;            // hex digits; the longest lawful PDU has 2 * (12 + 176)
constexpr std::size_t max_output = 1024 * 1024;  // an owner that never takes it
constexpr char carriage_return = '\r', backspace = '\b', escape = '\x1b', ctrl_z = '\x1a';

/// Where the command begins: behind the first "AT", of either case. npos when there is none.
std::size_t after_at(std::string_view line) {
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    if ((line[i] == 'A' || line[i] == 'a') && (line[i + 1] == 'T' || line[i + 1] == 't')) return i + 2;
  }
  return std::string_view::npos;
}

}  // namespace

ModemModel::ModemModel(ModemConfig config, relay::Random& random, relay::SteadyTime now)
    : state_(std::move(config)), random_(random), now_(now), next_reference_(state_.config.first_reference) {
  state_.now = now;
  state_.sim = Sim{state_.config.sim_present, state_.config.pin.empty() ? SimLock::ready : SimLock::pin,
                   state_.config.pin, state_.config.puk};
  granted_registration_.fill(state_.config.registration);
  state_.network_registration = granted_registration_;
  for (std::size_t domain = 0; domain < 3; ++domain) shown_registration_[domain] = state_.registration(domain);
}

void ModemModel::at_time(relay::SteadyTime now) { now_ = state_.now = std::max(now_, now); }

void ModemModel::advance(relay::SteadyTime now) {
  while (!schedule_.empty() && schedule_.begin()->first.first <= now) {
    auto due = schedule_.extract(schedule_.begin());
    at_time(due.key().first);
    due.mapped().run();
  }
  at_time(now);
}

std::optional<relay::SteadyTime> ModemModel::next_wake() const {
  if (schedule_.empty()) return std::nullopt;
  return schedule_.begin()->first.first;
}

void ModemModel::schedule(relay::Millis delay, Whose whose, std::move_only_function<void()> run) {
  schedule_.emplace(std::pair{now_ + delay, next_schedule_++}, Scheduled{whose, std::move(run)});
}

void ModemModel::receive(std::string_view bytes, relay::SteadyTime now) {
  advance(now);
  std::int64_t ignored = 0;
  for (const char octet : bytes) {
    if (phase_ == Phase::off || phase_ == Phase::busy || hung()) {
      ++ignored;
    } else if (phase_ == Phase::prompt) {
      take_prompt_octet(octet);
    } else {
      take_command_octet(octet);
    }
  }
  if (ignored > 0) note("ignored_input", {{"bytes", ignored}});
}

void ModemModel::take_command_octet(char octet) {
  if (state_.settings.echo) emit(std::string_view{&octet, 1});
  if (octet == '\n' || octet == '\0' || octet == escape || octet == ctrl_z) return;
  if (octet == backspace) {
    if (!line_.empty()) line_.pop_back();
    return;
  }
  const bool repeats = octet == '/' && (line_ == "A" || line_ == "a");
  if (octet != carriage_return && !repeats) {
    if (line_.size() <= max_line) line_ += octet;
    return;
  }
  const std::string line = std::exchange(line_, {});
  if (repeats) return run_line(last_line_);
  const auto start = after_at(line);
  if (start == std::string_view::npos) return;  // not a command: a modem says nothing (V.250 5.2.1)
  last_line_ = line.substr(start);
  if (line.size() > max_line) return write_answer(error());
  run_line(std::string{last_line_});
}

void ModemModel::run_line(std::string_view line) {
  const auto commands = parse_command_line(line);
  if (!commands) return finish_line(error());
  Answer whole;
  for (std::size_t i = 0; i < commands->size(); ++i) {
    Answer answer = run_command(state_, (*commands)[i]);
    std::ranges::move(answer.lines, std::back_inserter(whole.lines));
    for (auto& [delay, unasked_line] : answer.later) {
      schedule(delay, Whose::modem, [this, text = std::move(unasked_line)] { unasked(text); });
    }
    whole.final = answer.final;
    whole.code = answer.code;
    if (std::holds_alternative<StartServices>(answer.next)) start_services();
    if (const auto* deleted = std::get_if<DeletedMessages>(&answer.next)) note("deleted", {{"count", deleted->count}});
    const bool takes_the_line = answer.next.index() == 1 || answer.next.index() == 2;
    if (takes_the_line && i + 1 < commands->size()) whole.final = Final::error;
    if (answer.next.index() != 0) whole.next = answer.next;
    if (whole.final != Final::ok) break;
  }
  finish_line(std::move(whole));
}

void ModemModel::finish_line(Answer answer) {
  if (answer.final == Final::ok) {
    if (const auto* prompt = std::get_if<OpenPrompt>(&answer.next)) return open_prompt(*prompt);
    if (const auto* stored = std::get_if<SendStored>(&answer.next)) return send_from_storage(stored->place);
  }
  const auto finish = [this](const Answer& said) {
    phase_ = Phase::command;
    write_answer(said);
    after_command();
    if (said.final == Final::ok && std::holds_alternative<Restart>(said.next)) restart(now_);
  };
  if (state_.config.answer_delay <= relay::Millis{0}) return finish(answer);
  phase_ = Phase::busy;
  schedule(state_.config.answer_delay, Whose::modem, [finish, said = std::move(answer)] { finish(said); });
}

void ModemModel::after_command() {
  announce_registration();
  if (state_.settings.indications[0] != 0 && !buffered_.empty()) {
    const auto held = std::exchange(buffered_, {});
    if (state_.settings.indications[4] == 0) std::ranges::for_each(held, [this](const auto& line) { unasked(line); });
  }
  if (!waiting_.empty()) deliver_waiting();
}

void ModemModel::write_answer(const Answer& answer) {
  if (answer.final != Final::ok) note("error", {{"code", answer.code}});
  if (const auto garbage = strike(FaultKind::garbage)) emit(random_bytes(garbage->count_of_bytes));
  const bool verbose = state_.settings.verbose;
  std::string text;
  if (!answer.lines.empty()) {
    if (verbose) text += "\r\n";
    for (const auto& line : answer.lines) text += line + "\r\n";
  }
  if (strike(FaultKind::urc_in_answer)) text += "\r\n+CIEV: \"signal\",3\r\n";
  if (!state_.settings.quiet) text += final_text(answer);
  if (strike(FaultKind::half_line)) text.resize(text.size() / 2);
  emit(text);
}

std::string ModemModel::final_text(const Answer& answer) const {
  const auto framed = [this](const std::string& words, std::string_view number) {
    return state_.settings.verbose ? "\r\n" + words + "\r\n" : std::string{number} + "\r";
  };
  const auto coded = [this](std::string_view family, int code, const std::string& words) {
    const bool in_words = state_.settings.error_mode == 2;
    return "\r\n" + std::string{family} + " ERROR: " + (in_words ? words : std::to_string(code)) + "\r\n";
  };
  switch (answer.final) {
    case Final::ok:
      return framed("OK", "0");
    case Final::no_carrier:
      return framed("NO CARRIER", "3");
    case Final::cme:
      if (state_.settings.error_mode != 0) return coded("+CME", answer.code, cme_text(answer.code));
      return framed("ERROR", "4");
    case Final::cms:
      return coded("+CMS", answer.code, cms_text(answer.code));
    case Final::error:
      break;
  }
  return framed("ERROR", "4");
}

void ModemModel::open_prompt(const OpenPrompt& prompt) {
  if (strike(FaultKind::no_prompt)) return;
  prompt_ = prompt;
  typed_pdu_.clear();
  if (strike(FaultKind::silent_prompt)) {
    phase_ = Phase::prompt;
    return;
  }
  const auto delay = state_.config.send.prompt_delay;
  if (delay <= relay::Millis{0}) return show_prompt();
  phase_ = Phase::busy;
  schedule(delay, Whose::modem, [this] { show_prompt(); });
}

void ModemModel::show_prompt() {
  phase_ = Phase::prompt;
  note("prompt");
  emit("\r\n>");
  if (strike(FaultKind::urc_in_prompt)) unasked("+CMTI: \"SM\",1");
  if (!strike(FaultKind::bare_prompt)) emit(" ");
}

void ModemModel::take_prompt_octet(char octet) {
  if (octet == escape) {
    phase_ = Phase::command;
    note("prompt_left");
    write_answer(ok());
    return after_command();
  }
  if (octet == ctrl_z) return finish_prompt();
  if (state_.settings.echo) emit(std::string_view{&octet, 1});
  if (typed_pdu_.size() <= max_pdu) typed_pdu_ += octet;
}

void ModemModel::emit(std::string_view bytes) {
  if (phase_ == Phase::off || hung() || output_.size() > max_output) return;
  output_ += bytes;
}

void ModemModel::unasked(std::string_view line) {
  if (state_.settings.verbose) emit("\r\n");
  emit(line);
  emit("\r\n");
}

std::string ModemModel::random_bytes(int count) {
  std::string bytes(static_cast<std::size_t>(std::clamp(count, 1, 10'000)), '\0');
  random_.fill(std::as_writable_bytes(std::span{bytes}));
  return bytes;
}

std::optional<Fault> ModemModel::strike(FaultKind kind) {
  auto struck = state_.faults.strike(kind, now_, random_);
  if (struck) note("fault_struck", {{"kind", std::string{name_of(kind)}}});
  return struck;
}

void ModemModel::note(std::string_view name, std::vector<std::pair<std::string_view, Event::Value>> fields) {
  log_.push_back(Event{now_, name, std::move(fields), std::nullopt});
}

}  // namespace modem_sim
