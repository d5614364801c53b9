// What a modem says, and the exchanges that hear it. Input: an octet that chooses the exchange, then the modem's bytes.
// Some control characters, which the receiver drops as garbage, are events of the exchange instead.
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "firmware/modem/at/answers.hpp"
#include "firmware/modem/at/command.hpp"
#include "firmware/modem/at/exchange.hpp"
#include "firmware/modem/at/lines.hpp"
#include "firmware/modem/at/receiver.hpp"
#include "firmware/modem/at/send_exchange.hpp"
#include "firmware/modem/at/send_outcome.hpp"
#include "relay/message/vocabulary.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using at::Final;
using at::Incoming;
using fuzz::require;
using relay::Outcome;

constexpr char event_deadline = 1;
constexpr char event_interrupted = 2;
constexpr char event_lost = 3;
constexpr char event_abandon = 4;
constexpr std::string_view events{"\1\2\3\4", 4};
constexpr const char* pdu = "0011000C915348103254760000A705C8329BFD06";

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f || c == '\xff'; });
}

void check_incoming(const Incoming& incoming) {
  if (incoming.kind != Incoming::Kind::line) {
    require(incoming.text.empty() && incoming.pdu.empty(), "only a line has text");
    return;
  }
  require(!incoming.text.empty() && incoming.text.size() <= at::Receiver::max_line, "a line is bounded, and not empty");
  require(is_printable(incoming.text), "a line has no control characters");
  require(incoming.text.front() != ' ' && incoming.text.back() != ' ', "a line is trimmed");
  require(incoming.pdu.empty() || (at::is_pdu(incoming.pdu) && at::announces_pdu(incoming.text)),
          "a PDU belongs to a line that announces one");
}

void check_lists(std::string_view line) {
  const auto memories = at::parse_memories(line);
  const std::string memory = at::choose_memory(memories);
  require(memory.empty() || memory == "ME" || memory == "SM" || memory == "MT", "a memory is one that we know");
  const auto settings = at::message_indications_to_try(line);
  require(settings.size() <= 18, "there are only so many settings");
  for (const auto& setting : settings) {
    require(std::ranges::all_of(setting, [](int value) { return value >= 0 && value <= 3; }), "+CNMI takes 0 to 3");
    require(is_printable(at::to_text(setting)) && at::to_text(setting).size() == 9, "+CNMI takes five digits");
  }
  const std::string digits = at::digits_in(line, 5);
  require(digits.empty() || (digits.size() >= 5 && line.find(digits) != std::string_view::npos),
          "digits are the line's");
}

void check_numbers(std::string_view line) {
  if (const auto registration = at::parse_registration(line)) {
    require(registration->state >= 0 && registration->state <= 99, "a state has two digits");
    require(!at::describe_registration(registration->state).empty(), "every state has words");
  }
  if (const auto dbm = at::parse_signal_dbm(line)) require(*dbm >= -113 && *dbm <= -51, "a signal is in its range");
  if (const auto stored = at::parse_stored_at(line)) require(stored->index >= 0, "a place counts from 0");
  if (const auto listed = at::parse_listed(line)) {
    require(listed->index >= 0 && listed->length >= 0 && listed->stat >= 0, "what is listed is counted");
  }
  if (const auto length = at::parse_pdu_length(line)) require(*length >= 0, "a length is not negative");
  if (const auto use = at::parse_memory_use(line)) require(use->used >= 0 && use->total >= 0, "a memory is counted");
}

void check_outcomes(const Final& final) {
  require(!at::name_of(final).empty(), "every end has a name");
  for (const auto waited : {relay::Millis{0}, relay::Millis{60'000}}) {
    for (const bool submitted : {false, true}) {
      const auto outcome = at::outcome_of(final, submitted, waited);
      require(!outcome.meaning.empty(), "every outcome has a meaning");
      require(outcome.retry_after.has_value() == (outcome.outcome == Outcome::throttled),
              "throttled says for how long");
      const bool nothing_out = outcome.outcome != Outcome::accepted && outcome.outcome != Outcome::unknown;
      require(submitted || nothing_out, "without the 0x1A nothing is out");
      const bool said_so = final.kind == Final::Kind::cms || final.kind == Final::Kind::cme ||
                           final.kind == Final::Kind::error || final.kind == Final::Kind::call;
      require(!submitted || !nothing_out || said_so, "after the 0x1A only the modem's word proves that nothing is out");
    }
  }
}

void check_line(std::string_view line) {
  const auto fields = at::fields_of(line);
  require(!fields.empty(), "a line has a field, be it empty");
  check_numbers(line);
  check_lists(line);
  if (const auto final = at::parse_final(line)) check_outcomes(*final);
  (void)at::is_unsolicited(line);
  (void)at::is_start_of_modem(line);
}

/// The same bytes in one piece and octet by octet.
void check_receiver(std::string_view bytes, bool prompt) {
  at::Receiver whole;
  at::Receiver piecemeal;
  whole.expect_prompt(prompt);
  piecemeal.expect_prompt(prompt);
  const auto at_once = whole.feed(bytes);
  std::vector<Incoming> one_by_one;
  for (const char c : bytes) {
    for (auto& incoming : piecemeal.feed({&c, 1})) one_by_one.push_back(std::move(incoming));
  }
  require(std::ranges::equal(at_once, one_by_one,
                             [](const Incoming& a, const Incoming& b) {
                               return a.kind == b.kind && a.text == b.text && a.pdu == b.pdu;
                             }),
          "it does not matter how the bytes arrive");
  for (const auto& incoming : at_once) {
    check_incoming(incoming);
    if (incoming.kind == Incoming::Kind::line) check_line(incoming.text);
  }
}

/// Plays an exchange against the input, as modem::Link does, and watches what it writes.
class Conversation {
 public:
  explicit Conversation(at::Exchange& exchange, at::SendExchange* send) : exchange_(exchange), send_(send) {
    take(exchange_.resume({at::Event::Kind::start}), false);
  }

  void hear(char c) {
    if (step_.done) return;
    switch (c) {
      case event_deadline:
        return take(exchange_.resume({at::Event::Kind::deadline}), false);
      case event_interrupted:
        return take(exchange_.resume({at::Event::Kind::interrupted}), false);
      case event_lost:
        return take(exchange_.resume({at::Event::Kind::lost}), false);
      case event_abandon:
        if (send_ != nullptr && !send_->submitted()) abandoned_ = true;
        if (send_ != nullptr) send_->abandon();
        return;
      default:
        break;
    }
    for (const auto& incoming : receiver_.feed({&c, 1})) {
      if (step_.done) return;
      if (incoming.kind == Incoming::Kind::line) said_final_ = said_final_ || at::parse_final(incoming.text);
      take(exchange_.resume({at::Event::Kind::incoming, &incoming}), incoming.kind == Incoming::Kind::prompt);
    }
  }
  /// However it went so far: silence ends it.
  void fall_silent() {
    for (int deadlines = 0; !step_.done; ++deadlines) {
      require(deadlines < 8, "an exchange ends by its deadlines");
      take(exchange_.resume({at::Event::Kind::deadline}), false);
    }
  }
  [[nodiscard]] const std::string& written() const { return written_; }
  [[nodiscard]] int submissions() const { return submissions_; }
  [[nodiscard]] bool abandoned_in_time() const { return abandoned_; }
  [[nodiscard]] bool said_final() const { return said_final_; }

 private:
  void take(at::Step step, bool prompted) {
    step_ = std::move(step);
    require(!step_.done || step_.write.empty(), "what has ended writes nothing");
    if (step_.write.find('\x1a') != std::string::npos) {
      ++submissions_;
      require(prompted, "a PDU goes out at a prompt only");
      require(step_.write == std::string{pdu} + '\x1a', "a PDU goes out as a whole");
    }
    if (step_.await_prompt) receiver_.expect_prompt(true);
    if (step_.limit) require(*step_.limit > relay::Millis{0}, "a limit lies ahead");
    if (!limited_) require(step_.limit || step_.done, "every wait has a limit");
    limited_ = true;
    written_ += step_.write;
  }

  at::Exchange& exchange_;
  at::SendExchange* send_;
  at::Receiver receiver_;
  at::Step step_;
  std::string written_;
  int submissions_ = 0;
  bool abandoned_ = false;
  bool limited_ = false;
  bool said_final_ = false;
};

void play_send(std::string_view bytes) {
  at::SendExchange exchange(
      {.pdu = pdu, .length = 19, .prompt_limit = relay::Millis{10'000}, .answer_limit = relay::Millis{120'000}});
  Conversation conversation(exchange, &exchange);
  for (const char c : bytes) conversation.hear(c);
  conversation.fall_silent();
  require(conversation.submissions() <= 1, "a PDU goes out once");
  require(exchange.submitted() == (conversation.submissions() == 1), "submitted is what went out");
  require(!conversation.abandoned_in_time() || !exchange.submitted(), "what is abandoned before its prompt stays here");
  const auto reference = exchange.reference();
  require(!reference || (*reference >= 0 && *reference <= 255), "a reference is an octet");
  check_outcomes(exchange.final());
  const auto outcome = at::outcome_of(exchange.final(), exchange.submitted(), relay::Millis{1000}).outcome;
  if (outcome == Outcome::accepted) {
    require(exchange.submitted(), "accepted is only what went out");
    require(reference || conversation.said_final() || conversation.written().ends_with('\x1a'), "the modem said so");
  }
}

void play_command(std::string_view text, std::string_view bytes) {
  at::CommandExchange exchange(at::command(std::string{text}));
  Conversation conversation(exchange, nullptr);
  for (const char c : bytes) conversation.hear(c);
  conversation.fall_silent();
  require(conversation.written() == std::string{text} + "\r", "a command goes out once");
  const auto& answer = exchange.answer();
  require(answer.lines.size() <= at::CommandExchange::max_lines, "an answer is bounded");
  require(!answer.ok() || conversation.said_final(), "OK is what the modem said");
  for (const auto& line : answer.lines) check_line(line.text);
}

void play_resync(std::string_view bytes) {
  at::ResyncExchange exchange;
  Conversation conversation(exchange, nullptr);
  for (const char c : bytes) conversation.hear(c);
  conversation.fall_silent();
  require(conversation.submissions() == 0, "a resync never submits");
  require(!exchange.in_sync() || conversation.said_final(), "in sync is what has answered");
}

constexpr std::array commands{"AT+CMGL=4", "AT+CREG?",  "AT+CIMI", "AT+CPMS=?",
                              "AT+CNMI=?", "AT+CMGR=3", "AT+CGMR", "ATE0"};

void run(std::string_view input) {
  fuzz::Input choice(input);
  const std::size_t chosen = choice.below(16);
  const std::string_view bytes = choice.rest();
  std::string said{bytes};
  std::erase_if(said, [](char c) { return events.find(c) != std::string_view::npos; });
  check_receiver(said, chosen % 2 == 0);
  if (chosen < commands.size()) return play_command(commands.at(chosen), bytes);
  if (chosen < 10) return play_resync(bytes);
  play_send(bytes);
}

fuzz::Seeds seeds() {
  fuzz::Seeds all;
  const auto add = [&all](char chosen, std::string bytes) { all.push_back(chosen + std::move(bytes)); };
  add(0, "\r\n+CMGL: 1,0,,24\r\n07915348200020F0040C91534810325476000062111290000000\r\n\r\nOK\r\n");
  add(1, "AT+CREG?\r\r\n+CREG: 2,1,\"00C3\",\"0A1B2C3D\",7\r\n+CREG: 5\r\nOK\r\n");
  add(2, "\r\n244051234567890\r\n\r\nOK\r\n");
  add(3, "+CPMS: (\"ME\",\"MT\",\"SM\"),(\"ME\",\"SM\"),(\"SM\")\r\n\r\nOK\r\n");
  add(4, "+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)\r\nOK\r\n");
  add(5, "+CMGR: 0,\"\",24\r\n+CMTI: \"SM\",3\r\n0791534820\r\nOK\r\n");
  add(6, "Revision 1.0\r\n+CMS ERROR: 321\r\n");
  add(7, "\r\nRDY\r\n\r\n+CME ERROR: SIM busy\r\n\1");
  add(8, "garbage\xff\r\nERROR\r\n\1OK\r\n");
  add(9, "\1\1\1\1");
  add(10, "\r\n> \r\n+CMGS: 17\r\n\r\nOK\r\n");
  add(11, "\r\n> \r\n+CMS ERROR: 38\r\n");
  add(12, "\1> \r\nOK\r\n\1");
  add(13, "\4> \r\nOK\r\nOK\r\n");
  add(14, "> NO CARRIER\r\n+CDS: 26\r\n07915348\r\n\3");
  add(15, "OK\r\n");
  add(9, std::string(at::Receiver::max_line + 10, 'x') + "\r\nOK\r\n");
  add(10, "> +CMGS: 255\r\n\2");
  add(0,
      "+CSQ: 17,99\r\n+SPIC: 3,10,0,10\r\n+CPINR: SIM PIN,3,3\r\n+QPINC: \"SC\",3,10\r\n+CPMS: 3,50,3,50\r\nMODEM "
      "ERROR: 5\r\n");
  return all;
}

const fuzz::Registration registration{{"at", &run, &seeds}};

}  // namespace
