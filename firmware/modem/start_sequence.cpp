#include "firmware/modem/start_sequence.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "firmware/modem/at/answers.hpp"

namespace modem {
namespace {

using Kind = StartResult::Kind;
using relay::Task;

constexpr int greetings = 10;  // A UART module needs several to find the speed (facts/modem.md 1).
constexpr relay::Millis greeting_limit{1000};
constexpr relay::Millis busy_poll{2000};
constexpr int busy_polls = 20;  // A SIM is busy up to 20 s after its PIN (facts/modem.md 2.2).

/// The name in "AT+CPIN=...", "AT+CMGF=0": what a log may show. Never an argument: one of them is the PIN.
std::string_view command_name(std::string_view text) { return text.substr(0, text.find_first_of("=?")); }

}  // namespace

bool note_registration(ModemStatus& status, std::string_view line) {
  const auto registration = at::parse_registration(line);
  if (!registration) return false;
  int& state = status.registration[static_cast<std::size_t>(registration->domain)];
  return std::exchange(state, registration->state) != registration->state;
}

Task<at::Answer> StartSequence::optional(std::string text) {
  const std::string name{command_name(text)};
  auto answer = co_await link_.command(std::move(text));
  if (!answer.ok()) {
    const std::string code = name_of(answer.final);
    runtime_.log.debug("modem_step_refused", {{"provider", settings_.name}, {"command", name}, {"code", code}});
  }
  co_return answer;
}

Task<> StartSequence::pause(relay::Millis duration) {
  co_await link_.listen_until(runtime_.clock.steady() + duration, [] { return false; });
}

bool StartSequence::is_busy(const at::Answer& answer) const {
  const auto& final = answer.final;
  if (final.ok() || !answer.heard()) return false;
  if (final.kind == at::Final::Kind::cms && final.code == 314) return true;  // SIM busy, in both tables
  if (final.kind == at::Final::Kind::cme && final.code == 14) return true;
  return std::ranges::find(profile_->busy_codes, name_of(final)) != profile_->busy_codes.end();
}

Task<StartResult> StartSequence::run() {
  choose_profile();
  const bool greeted = co_await greet();
  if (!greeted) co_return StartResult{Kind::failed, "it does not answer"};
  co_await identify();
  choose_profile();
  StartResult result = co_await unlock();
  if (result.kind != Kind::ready || link_.out_of_sync()) co_return result;
  co_await switch_on();
  co_await send_profile_commands();
  co_await read_sim();
  co_await await_message_service();
  result = co_await set_up_messages();
  if (result.kind != Kind::ready) co_return result;
  co_await watch_network();
  if (link_.lost() || link_.out_of_sync()) co_return StartResult{Kind::failed, "it stopped answering in its start"};
  co_return StartResult{};
}

/// The set one, else by what is known: before the first answer only the USB id, and what it said the last time.
void StartSequence::choose_profile() {
  profile_ = settings_.profile.empty() ? nullptr : profiles_.find(settings_.profile);
  if (profile_ == nullptr) {
    profile_ = &profiles_.choose({.manufacturer = status_.manufacturer, .model = status_.model, .usb_id = usb_id_});
  }
  if (status_.profile != profile_->name) {
    status_.profile = profile_->name;
    runtime_.log.info("modem_profile", {{"provider", settings_.name}, {"profile", profile_->name}});
  }
  link_.set_command_gap(settings_.command_gap.value_or(profile_->command_gap));
}

Task<bool> StartSequence::greet() {
  for (int i = 0; i < greetings && !link_.lost(); ++i) {
    at::CommandExchange exchange({.text = "AT", .prefix = {}, .limit = greeting_limit});
    co_await link_.converse(exchange);
    if (!exchange.answer().ok()) continue;
    for (const char* setting : {"ATE0", "ATV1", "ATQ0", "AT+CMEE=1"}) {
      const auto answer = co_await optional(setting);
      if (!answer.heard()) co_return false;
    }
    co_return true;
  }
  co_return false;
}

Task<> StartSequence::identify() {
  auto answer = co_await optional("AT+CGMI");
  status_.manufacturer = answer.first();
  answer = co_await optional("AT+CGMM");
  status_.model = answer.first();
  answer = co_await optional("AT+CGMR");
  status_.revision = answer.first();
  answer = co_await optional("AT+CGSN");
  status_.imei = at::digits_in(answer.first(), 14);
}

StartResult StartSequence::blocked(SimState state, std::string detail) {
  status_.sim = state;
  status_.sim_detail = detail;
  return {Kind::blocked, std::move(detail)};
}

/// What +CPIN? says, but for "SIM PIN" (27.007 clauses 8.3, 9.2).
StartResult StartSequence::judge_lock(const at::Answer& answer) {
  const int code = answer.final.kind == at::Final::Kind::cme ? answer.final.code : -1;
  if (code == 10) return blocked(SimState::absent, "no SIM");
  if (code == 13 || code == 15) return blocked(SimState::failed, name_of(answer.final));
  const std::string state = at::fields_of(answer.first()).front();
  if (code == 12 || state == "SIM PUK") return blocked(SimState::puk_needed, "SIM PUK needed");
  // A modem without +CPIN? has nothing to unlock; PIN2 and PUK2 lock nothing that a relay needs.
  if (!answer.ok() || state == "READY" || state.ends_with("2")) {
    status_.sim = SimState::ready;
    return {};
  }
  return blocked(SimState::locked, state);
}

Task<StartResult> StartSequence::unlock() {
  for (int i = 0; i < busy_polls && !link_.lost(); ++i) {
    const auto answer = co_await link_.command("AT+CPIN?");
    if (is_busy(answer)) {
      co_await pause(busy_poll);
      continue;
    }
    if (!answer.heard()) co_return StartResult{Kind::failed, "it does not say whether the SIM is locked"};
    const bool wants_pin = at::fields_of(answer.first()).front() == "SIM PIN" ||
                           (answer.final.kind == at::Final::Kind::cme && answer.final.code == 11);
    if (!wants_pin) co_return judge_lock(answer);
    StartResult entered = co_await enter_pin();
    co_return entered;
  }
  co_return StartResult{Kind::failed, "the SIM stays busy"};
}

Task<StartResult> StartSequence::enter_pin() {
  if (settings_.pin.empty()) co_return blocked(SimState::pin_not_set, "SIM PIN needed");
  co_await read_sim();
  const int left = co_await tries_left();
  const auto refusal = co_await pin_guard_.refusal(status_.iccid, settings_.pin, left);
  if (refusal) co_return blocked(SimState::pin_kept, *refusal);
  const bool remembered = co_await pin_guard_.trying(status_.iccid, settings_.pin);
  if (!remembered) co_return blocked(SimState::pin_kept, "the try cannot be remembered");
  const auto answer = co_await link_.command("AT+CPIN=\"" + settings_.pin + "\"");
  if (!answer.heard()) co_return StartResult{Kind::failed, "it did not answer the PIN"};
  if (is_busy(answer)) {
    co_await pin_guard_.clear(status_.iccid);
    co_return StartResult{Kind::failed, "the SIM is too busy to look at its PIN"};
  }
  if (!answer.ok()) {
    co_await pin_guard_.refused(status_.iccid, settings_.pin);
    co_return blocked(SimState::pin_refused, name_of(answer.final));
  }
  co_await pin_guard_.clear(status_.iccid);
  co_await pause(profile_->after_pin);
  for (int i = 0; i < busy_polls && !link_.lost(); ++i) {
    const auto state = co_await link_.command("AT+CPIN?");
    if (state.first().ends_with("READY")) {
      status_.sim = SimState::ready;
      co_return StartResult{};
    }
    co_await pause(busy_poll);
  }
  co_return StartResult{Kind::failed, "the SIM stays busy after its PIN"};
}

/// The profile's own command, else the card itself: VERIFY without data does not count as a try (facts/modem.md 2.6).
Task<int> StartSequence::tries_left() {
  if (!profile_->tries_command.empty()) {
    const auto answer = co_await optional(profile_->tries_command);
    for (const auto& line : answer.lines) {
      if (!line.text.starts_with(profile_->tries_prefix)) continue;
      const auto fields = at::fields_of(line.text);
      const auto place = static_cast<std::size_t>(profile_->tries_field) - 1;
      if (const auto tries = place < fields.size() ? at::number_of(fields[place]) : std::nullopt) co_return *tries;
    }
  }
  const auto answer = co_await optional("AT+CSIM=10,\"0020000100\"");
  co_return at::parse_card_tries(answer.first()).value_or(-1);
}

Task<> StartSequence::switch_on() {
  const auto answer = co_await optional("AT+CFUN?");
  if (!answer.ok() || at::fields_of(answer.first()).front() == "1") co_return;
  co_await optional("AT+CFUN=1");
}

Task<> StartSequence::send_profile_commands() {
  for (const auto& command : profile_->commands) {
    const auto answer = co_await optional(command);
    if (!answer.heard()) co_return;
  }
}

Task<> StartSequence::read_sim() {
  std::string iccid;
  for (const auto& query : profile_->iccid_commands) {
    const auto answer = co_await optional(query);
    iccid = at::digits_in(answer.first(), 18);
    if (!iccid.empty() || !answer.heard()) break;
  }
  status_.iccid = iccid;
  const auto answer = co_await optional("AT+CIMI");
  status_.imsi = at::digits_in(answer.first(), 14);
}

Task<> StartSequence::await_message_service() {
  for (int i = 0; i < busy_polls && !link_.lost(); ++i) {
    const auto answer = co_await optional("AT+CPMS?");
    if (!is_busy(answer)) co_return;
    co_await pause(busy_poll);
  }
}

Task<StartResult> StartSequence::set_up_messages() {
  const auto format = co_await link_.command("AT+CMGF=0");
  if (!format.ok()) co_return StartResult{Kind::failed, "it refuses PDU mode (" + name_of(format.final) + ")"};
  co_await choose_memory();
  co_await set_service_centre();
  co_await negotiate_indications();
  co_await read_own_number();
  co_return StartResult{};
}

Task<> StartSequence::choose_memory() {
  const auto offered = co_await optional("AT+CPMS=?");
  const auto memories = at::parse_memories(offered.first());
  const std::string memory = at::choose_memory(memories, profile_->memories);
  if (memory.empty()) co_return;
  std::string all = "\"" + memory + "\"";
  all = all + "," + all + "," + all;
  const auto answer = co_await optional("AT+CPMS=" + all);
  if (!answer.ok()) co_return;
  service_.memory = memory;
  service_.memories = {memory};
  // What came before, under other settings or in another box, lies where those settings put it.
  for (const char* other : {"ME", "SM"}) {
    if (other != memory && std::ranges::find(memories[0], other) != memories[0].end())
      service_.memories.emplace_back(other);
  }
  if (const auto use = at::parse_memory_use(answer.first())) {
    status_.stored_messages = use->used;
    status_.storage_size = use->total;
  }
}

Task<> StartSequence::set_service_centre() {
  const auto answer = co_await optional("AT+CSCA?");
  status_.service_centre = answer.ok() ? at::fields_of(answer.first()).front() : "";
  const std::string& wanted = settings_.service_centre;
  if (!wanted.empty() && wanted != status_.service_centre) {  // It is kept on the SIM: written only when it differs.
    const auto set = co_await optional("AT+CSCA=\"" + wanted + "\"," + (wanted.starts_with('+') ? "145" : "129"));
    if (set.ok()) status_.service_centre = wanted;
  }
  status_.service_centre_missing =
      answer.ok() && profile_->service_centre_readable && status_.service_centre.empty() && wanted.empty();
}

/// Messages stored and announced need no acknowledgement (+CSMS=0), and survive a crash on the SIM; only a modem that
/// offers nothing but direct delivery gets phase 2+ with its acknowledgements (facts/modem.md 2.8).
std::vector<std::string> StartSequence::indications_to_try(const std::string& offered) const {
  std::vector<std::string> candidates;
  for (const auto& wanted : profile_->indications) {
    if (at::offers_indications(offered, wanted)) candidates.push_back(wanted);
  }
  for (const auto& other : at::message_indications_to_try(offered, profile_->stored_reports_readable)) {
    const std::string text = at::to_text(other);
    if (std::ranges::find(candidates, text) == candidates.end()) candidates.push_back(text);
  }
  return candidates;
}

Task<> StartSequence::negotiate_indications() {
  service_.acknowledges = profile_->acknowledges;
  service_.holds_own_messages = profile_->store_then_send;
  const auto offered = co_await optional("AT+CNMI=?");
  std::optional<bool> phase;  // Which service was last asked for: 2+ or not.
  for (const auto& wanted : indications_to_try(offered.first())) {
    const bool direct = wanted[2] == '2';  // <mt>
    if (phase != direct) {
      const auto chosen =
          co_await optional(direct ? "AT+CSMS=" + std::to_string(profile_->acknowledged_service) : "AT+CSMS=0");
      service_.needs_acknowledge = direct && chosen.ok();
      phase = direct;
    }
    const auto answer = co_await optional("AT+CNMI=" + wanted);
    if (!answer.heard()) co_return;
    if (answer.ok()) {
      service_.indications = wanted;
      co_return;
    }
  }
  runtime_.log.warning("modem_without_indications",
                       {{"provider", settings_.name}, {"hint", "received messages wait for the sweep"}});
}

/// For the canary, which goes to the box itself.
Task<> StartSequence::read_own_number() {
  if (settings_.canary_interval <= relay::Millis{0} || !settings_.canary_number.empty()) co_return;
  const auto answer = co_await optional("AT+CNUM");
  status_.own_number = at::parse_own_number(answer.first());
}

Task<> StartSequence::watch_network() {
  for (const char* domain : {"CREG", "CGREG", "CEREG"}) {
    const std::string name = std::string{"AT+"} + domain;
    const auto detailed = co_await optional(name + "=2");
    if (detailed.heard() && !detailed.ok()) co_await optional(name + "=1");
    const auto answer = co_await optional(name + "?");
    for (const auto& line : answer.lines) note_registration(status_, line.text);
  }
  co_await optional("AT+COPS=3,2");
  co_await optional("AT+CTZU=1");  // the modem's clock follows the network's
  const auto signal = co_await optional("AT+CSQ");
  status_.signal_dbm = at::parse_signal_dbm(signal.first());
}

}  // namespace modem
