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

bool sim_is_busy(const at::Answer& answer) {
  const auto& final = answer.final;
  if (final.kind == at::Final::Kind::cms) return final.code == 314 || final.code == 512 || final.code == 517;
  return final.kind == at::Final::Kind::cme && (final.code == 14 || final.code == 515 || final.code == 516);
}

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

Task<StartResult> StartSequence::run() {
  const bool greeted = co_await greet();
  if (!greeted) co_return StartResult{Kind::failed, "it does not answer"};
  co_await identify();
  StartResult result = co_await unlock();
  if (result.kind != Kind::ready || link_.out_of_sync()) co_return result;
  co_await switch_on();
  co_await read_sim();
  co_await await_message_service();
  result = co_await set_up_messages();
  if (result.kind != Kind::ready) co_return result;
  co_await watch_network();
  if (link_.lost() || link_.out_of_sync()) co_return StartResult{Kind::failed, "it stopped answering in its start"};
  co_return StartResult{};
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

Task<StartResult> StartSequence::unlock() {
  for (int i = 0; i < busy_polls && !link_.lost(); ++i) {
    const auto answer = co_await link_.command("AT+CPIN?");
    if (sim_is_busy(answer)) {
      co_await pause(busy_poll);
      continue;
    }
    if (!answer.heard()) co_return StartResult{Kind::failed, "it does not say whether the SIM is locked"};
    const int code = answer.final.kind == at::Final::Kind::cme ? answer.final.code : -1;
    if (code == 10) co_return StartResult{Kind::blocked, "no SIM"};
    if (code == 13 || code == 15)
      co_return StartResult{Kind::blocked, "the SIM does not work (" + name_of(answer.final) + ")"};
    if (code == 12) co_return StartResult{Kind::blocked, "SIM PUK needed: enter it by hand"};
    const auto fields = at::fields_of(answer.first());
    const std::string& state = fields.front();
    if (code == 11 || state == "SIM PIN") {
      StartResult entered = co_await enter_pin();
      co_return entered;
    }
    // A modem without +CPIN? has nothing to unlock; PIN2 and PUK2 lock nothing that a relay needs.
    if (!answer.ok() || state == "READY" || state.ends_with("2")) co_return StartResult{};
    co_return StartResult{Kind::blocked, state + " needed: enter it by hand"};
  }
  co_return StartResult{Kind::failed, "the SIM stays busy"};
}

Task<StartResult> StartSequence::enter_pin() {
  if (settings_.pin.empty()) co_return StartResult{Kind::blocked, "SIM PIN needed: set pin"};
  co_await read_sim();
  const int left = co_await tries_left();
  if (!pin_guard_.may_try(status_.iccid, left)) {
    const std::string why = left == 0 || left == 1 ? "fewer than two tries are left" : "this SIM has refused it before";
    co_return StartResult{Kind::blocked, "SIM PIN needed, and the set one is not tried: " + why};
  }
  pin_guard_.tried(status_.iccid);  // Before the try: a silence must not lead to a second one.
  const auto answer = co_await link_.command("AT+CPIN=\"" + settings_.pin + "\"");
  if (!answer.heard()) co_return StartResult{Kind::failed, "it did not answer the PIN"};
  if (!answer.ok())
    co_return StartResult{Kind::blocked, "the SIM refused the PIN (" + name_of(answer.final) + "): correct pin"};
  pin_guard_.succeeded(status_.iccid);
  for (int i = 0; i < busy_polls && !link_.lost(); ++i) {
    co_await pause(busy_poll);
    const auto state = co_await link_.command("AT+CPIN?");
    if (state.first().ends_with("READY")) co_return StartResult{};
  }
  co_return StartResult{Kind::failed, "the SIM stays busy after its PIN"};
}

/// The generic query, then two vendors'; the first that tells a number counts.
Task<int> StartSequence::tries_left() {
  for (const char* query : {"AT+CPINR=\"SIM PIN\"", "AT+QPINC?", "AT+SPIC"}) {
    const auto answer = co_await optional(query);
    for (const auto& line : answer.lines) {
      if (const auto tries = at::parse_pin_tries(line.text)) co_return *tries;
    }
  }
  co_return -1;
}

Task<> StartSequence::switch_on() {
  const auto answer = co_await optional("AT+CFUN?");
  if (!answer.ok() || at::fields_of(answer.first()).front() == "1") co_return;
  co_await optional("AT+CFUN=1");
}

Task<> StartSequence::read_sim() {
  for (const char* query : {"AT+CCID", "AT+ICCID", "AT+QCCID", "AT^ICCID?"}) {
    const auto answer = co_await optional(query);
    status_.iccid = at::digits_in(answer.first(), 18);
    if (!status_.iccid.empty() || !answer.heard()) break;
  }
  const auto answer = co_await optional("AT+CIMI");
  status_.imsi = at::digits_in(answer.first(), 14);
}

Task<> StartSequence::await_message_service() {
  for (int i = 0; i < busy_polls && !link_.lost(); ++i) {
    const auto answer = co_await optional("AT+CPMS?");
    if (!sim_is_busy(answer)) co_return;
    co_await pause(busy_poll);
  }
}

Task<StartResult> StartSequence::set_up_messages() {
  const auto format = co_await link_.command("AT+CMGF=0");
  if (!format.ok()) co_return StartResult{Kind::failed, "it refuses PDU mode (" + name_of(format.final) + ")"};
  co_await choose_memory();
  co_await set_service_centre();
  co_await negotiate_indications();
  co_return StartResult{};
}

Task<> StartSequence::choose_memory() {
  const auto offered = co_await optional("AT+CPMS=?");
  const auto memories = at::parse_memories(offered.first());
  const std::string memory = at::choose_memory(memories);
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
  if (answer.ok() && status_.service_centre.empty()) {
    runtime_.log.warning("modem_without_service_centre",
                         {{"provider", settings_.name}, {"hint", "set service_centre"}});
  }
}

/// Messages stored and announced need no acknowledgement (+CSMS=0), and survive a crash on the SIM; only a modem that
/// offers nothing but direct delivery gets phase 2+ with its acknowledgements (facts/modem.md 2.8).
Task<> StartSequence::negotiate_indications() {
  const auto offered = co_await optional("AT+CNMI=?");
  std::optional<bool> phase;  // Which service was last asked for: 2+ or not.
  for (const auto& wanted : at::message_indications_to_try(offered.first())) {
    const bool direct = wanted[1] == 2;
    if (phase != direct) {
      const auto chosen = co_await optional(direct ? "AT+CSMS=1" : "AT+CSMS=0");
      service_.needs_acknowledge = direct && chosen.ok();
      phase = direct;
    }
    const auto answer = co_await optional("AT+CNMI=" + at::to_text(wanted));
    if (!answer.heard()) co_return;
    if (answer.ok()) {
      service_.indications = at::to_text(wanted);
      co_return;
    }
  }
  runtime_.log.warning("modem_without_indications",
                       {{"provider", settings_.name}, {"hint", "received messages wait for the sweep"}});
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
  const auto signal = co_await optional("AT+CSQ");
  status_.signal_dbm = at::parse_signal_dbm(signal.first());
}

}  // namespace modem
