// The whole modem session against a modem that may say anything, in virtual time. Input: an octet of options, then one
// piece of text, ended by a NUL, for each command that the modem hears. An empty piece is the right answer; a piece
// that begins with a control character is a fault (see Device); any other is said instead of the answer.
#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "firmware/modem/modem_provider.hpp"
#include "firmware/modem/tpdu/decode.hpp"
#include "hal/sim/serial_line.hpp"
#include "relay/message/sms_text.hpp"
#include "tests/fakes/virtual_runtime.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/tpdu_seeds.hpp"

namespace {

using fuzz::require;
using relay::Millis;
using relay::Outcome;

constexpr const char* tty = "/dev/modem0";
constexpr const char* number = "+358401234567";
constexpr std::string_view secret_text = "Kellarissa vett\xc3\xa4";
constexpr std::string_view secret_pin = "90631";
constexpr Millis send_budget{60'000};
constexpr Millis longest_run{20 * 60'000};
constexpr std::uint64_t most_handlers = 400'000;  // A modem that floods is read; a loop that spins is not forgiven.

/// The modem's end of the line.
class Device {
 public:
  static constexpr char adds_unasked = 1;  ///< The right answer, then the piece.
  static constexpr char is_silent = 2;
  static constexpr char is_unplugged = 3;  ///< For a second.
  static constexpr char is_slow = 4;       ///< The right answer 40 s late.
  static constexpr char restarts = 5;      ///< RDY, then the piece.
  static constexpr char hands_over = 6;    ///< The right answer, then a message or report by +CMT or +CDS.

  Device(fakes::VirtualRuntime& world, hal::SimSerialLine& line, std::string_view script)
      : world_(world), line_(line), script_(script) {
    line_.on_heard([this](std::string_view bytes) { hear(bytes); });
  }
  ~Device() { line_.on_heard(nullptr); }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  [[nodiscard]] const std::vector<std::string>& pdus() const { return pdus_; }
  /// It said something after the last PDU: else nobody can know what became of it.
  [[nodiscard]] bool spoke_since_pdu() const { return spoke_since_pdu_; }
  /// It said that the network has the last PDU (or that it has had it before: CMS 197).
  [[nodiscard]] bool confirmed() const { return confirmed_; }

 private:
  void hear(std::string_view bytes) {
    for (const char c : bytes) {
      if (c == '\r' || c == '\x1a') {
        heard(std::exchange(command_, {}), c == '\x1a');
      } else if (c == '\x1b') {
        command_.clear();
      } else {
        command_ += c;
      }
    }
  }

  void heard(const std::string& command, bool is_pdu) {
    if (is_pdu) {
      pdus_.push_back(command);
      spoke_since_pdu_ = confirmed_ = false;
    }
    const std::string piece = next_piece();
    const std::string answer =
        is_pdu ? "\r\n+CMGS: " + std::to_string(pdus_.size() % 256) + "\r\n\r\nOK\r\n" : answer_to(command);
    const std::string rest = piece.empty() ? piece : piece.substr(1);
    switch (piece.empty() ? '\0' : piece.front()) {
      case '\0':
        return say(answer);
      case adds_unasked:
        return say(answer + "\r\n" + rest + "\r\n");
      case is_silent:
        return;
      case is_unplugged:
        line_.unplug();
        world_.timers.arm(world_.clock.steady() + Millis{1000}, [this] { line_.plug(); });
        return;
      case is_slow:
        world_.timers.arm(world_.clock.steady() + Millis{40'000}, [this, answer] { say(answer); });
        return;
      case restarts:
        return say("\r\nRDY\r\n" + rest);
      case hands_over:
        return say(answer + handed_over(rest.empty() ? 0 : static_cast<unsigned char>(rest.front())));
      default:
        return say(piece);
    }
  }

  void say(const std::string& bytes) {
    spoke_since_pdu_ = spoke_since_pdu_ || !bytes.empty();
    said_since_pdu(bytes);
    line_.say(bytes);
  }
  void said_since_pdu(std::string_view bytes) {
    for (const char* word : {"OK", "0", "+CMGS:", "197"}) {
      confirmed_ = confirmed_ || bytes.find(word) != std::string_view::npos;
    }
  }

  std::string next_piece() {
    const auto end = std::min(script_.find('\0'), script_.size());
    std::string piece{script_.substr(0, end)};
    script_.remove_prefix(std::min(end + 1, script_.size()));
    return piece;
  }

  static std::string handed_over(int which) {
    const bool report = which % 2 == 1;
    const std::string pdu = report ? fuzz::status_report_hex(which / 2, which % 128) : fuzz::deliver_hex(which / 2);
    return std::string{report ? "\r\n+CDS: " : "\r\n+CMT: ,"} + std::to_string(fuzz::tpdu_length(pdu)) + "\r\n" + pdu +
           "\r\n";
  }

  static std::string answer_to(std::string_view command) {
    struct Row {
      std::string_view command;
      std::string_view lines;
    };
    static constexpr Row rows[] = {
        {"AT+CPIN?", "+CPIN: READY"},
        {"AT+CSQ", "+CSQ: 17,99"},
        {"AT+CREG?", "+CREG: 2,1"},
        {"AT+COPS?", "+COPS: 0,2,\"24405\""},
        {"AT+CPMS=?", "+CPMS: (\"ME\",\"SM\"),(\"ME\",\"SM\"),(\"ME\",\"SM\")"},
        {"AT+CPMS=", "+CPMS: 1,50,1,50,1,50"},
        {"AT+CPMS?", "+CPMS: \"ME\",1,50,\"ME\",1,50,\"ME\",1,50"},
        {"AT+CNMI=?", "+CNMI: (0-3),(0-3),(0-3),(0-2),(0,1)"},
        {"AT+CNMI?", "+CNMI: 2,1,0,1,0"},
        {"AT+CSCA?", "+CSCA: \"+35840202000\",145"},
        {"AT+CFUN?", "+CFUN: 1"},
        {"AT+CIMI", "244051234567890"},
        {"AT+CGSN", "490154203237518"},
    };
    if (command.starts_with("AT+CMGS=")) return "\r\n> ";
    std::string lines;
    for (const Row& row : rows) {
      if (command == row.command || (row.command.ends_with('=') && command.starts_with(row.command))) lines = row.lines;
    }
    if (command.starts_with("AT+CMGR=") || command.starts_with("AT+CMGL=")) {
      const std::string pdu = fuzz::deliver_hex(static_cast<int>(command.size()));
      lines = std::string{command.substr(2, 5)} + (command.starts_with("AT+CMGL") ? ": 3,0,," : ": 0,,") +
              std::to_string(fuzz::tpdu_length(pdu)) + "\r\n" + pdu;
    }
    return lines.empty() ? "\r\nOK\r\n" : "\r\n" + lines + "\r\n\r\nOK\r\n";
  }

  fakes::VirtualRuntime& world_;
  hal::SimSerialLine& line_;
  std::string_view script_;
  std::string command_;
  std::vector<std::string> pdus_;
  bool spoke_since_pdu_ = false;
  bool confirmed_ = false;
};

struct Sending {
  relay::Message message;
  std::size_t pdus_before = 0;
  std::optional<relay::providers::SendResult> result;
};

relay::Task<> send(modem::ModemProvider& provider, std::shared_ptr<Sending> sending, relay::SteadyTime deadline) {
  auto result = co_await provider.send({.message = &sending->message,
                                        .attempt = 1,
                                        .mark_as_repeat = false,
                                        .deadline = deadline,
                                        .life_left = std::chrono::hours{1}});
  sending->result = std::move(result);
}

relay::Task<bool> keep(std::vector<relay::outbox::InboundMessage>& inbound, relay::outbox::InboundMessage message) {
  inbound.push_back(std::move(message));
  co_return true;
}

class Session {
 public:
  Session(std::uint8_t options, std::string_view script)
      : long_text_((options & 1U) != 0), line_(ports_.line(tty)), device_(world_, line_, script) {
    modem::Settings settings;
    settings.name = "modem-main";
    settings.line.device = tty;
    settings.pin = secret_pin;
    settings.delivery_reports = (options & 2U) != 0;
    if ((options & 4U) != 0) settings.service_centre = "+35840202000";
    modem::ModemPorts news;
    news.on_receipt = [](relay::outbox::Receipt receipt) { check_receipt(receipt); };
    news.on_inbound = [this](relay::outbox::InboundMessage message) { return keep(inbound_, std::move(message)); };
    news.on_late_answer = [this](modem::LateAnswer answer) { late_.push_back(std::move(answer)); };
    provider_ = std::make_unique<modem::ModemProvider>(world_.runtime(), settings, ports_, std::move(news));
    provider_->start(group_);
  }
  ~Session() {
    world_.run(group_.stop(), Millis{60'000});
    check_log();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// A chance for each of a few messages.
  void live() {
    for (int i = 0; i < 3; ++i) {
      wait_for_service();
      if (provider_->not_ready()) break;
      send_one();
    }
    world_.run_for(Millis{180'000});  // A late answer may still come.
    check_end();
  }

 private:
  void wait_for_service() {
    for (Millis waited{0}; provider_->not_ready() && waited < longest_run / 4; waited += Millis{1000}) {
      world_.run_for(Millis{1000});
      require(world_.handlers_run() < most_handlers, "nothing spins");
    }
  }

  void send_one() {
    auto sending = std::make_shared<Sending>();
    sending->message.id = {next_id_++};
    sending->message.to = number;
    std::string text{secret_text};
    if (long_text_) text.append(200, 'x');
    sending->message.content = relay::SmsContent{text};
    sending->pdus_before = device_.pdus().size();
    group_.spawn("fuzz-send", send(*provider_, sending, world_.clock.steady() + send_budget));
    world_.run_for(send_budget + Millis{250});
    require(sending->result.has_value(), "an attempt is decided by its deadline");
    check_result(*sending, text);
    require(world_.handlers_run() < most_handlers, "nothing spins");
  }

  void check_result(const Sending& sending, const std::string& text) {
    const auto& result = *sending.result;
    const std::size_t parts = relay::split_sms(text)->parts.size();
    const std::size_t out = device_.pdus().size() - sending.pdus_before;
    require(out <= parts, "an attempt sends each part once");
    check_pdus(sending.pdus_before, text);
    require(!result.code.empty(), "an outcome has a code");
    require(result.detail.find(secret_text) == std::string::npos, "an outcome does not tell the text");
    require(result.retry_after.has_value() == (result.outcome == Outcome::throttled), "throttled says for how long");
    if (result.outcome == Outcome::accepted) {
      require(out == parts, "accepted is what went out whole");
      require(device_.confirmed(), "accepted is what the modem confirmed");
      require(result.receipt_refs.size() <= parts, "a part has one reference");
    }
    const bool may_be_out = result.outcome == Outcome::accepted || result.outcome == Outcome::unknown;
    if (!may_be_out && out > 0) {
      require(device_.spoke_since_pdu(), "only the modem's word proves that nothing is out");
      require(out == 1, "once a part is out the message is not called unsent");
    }
  }

  /// What went out is the message, in order.
  void check_pdus(std::size_t first, const std::string& text) {
    const auto split = relay::split_sms(text);
    for (std::size_t i = first; i < device_.pdus().size(); ++i) {
      const auto decoded = tpdu::decode_hex(device_.pdus()[i], {.direction = tpdu::Direction::from_mobile});
      require(decoded.has_value(), "a PDU that goes out can be read");
      const auto* submit = std::get_if<tpdu::Submit>(&decoded->message);
      require(submit != nullptr && submit->destination.number == number, "it goes to the recipient");
      require(submit->user_data.text == split->parts[i - first].text, "it holds its part of the text");
    }
  }

  static void check_receipt(const relay::outbox::Receipt& receipt) {
    require(receipt.ref.size() <= 3 && !receipt.ref.empty(), "a report names a reference");
    require(receipt.recipient_digits.size() <= 7, "a report names a few digits");
  }

  void check_end() {
    for (const auto& message : inbound_) {
      require(relay::decode_utf8(message.text).has_value(), "a received text is UTF-8");
    }
    std::set<std::int64_t> answered;
    for (const auto& answer : late_) {
      require(answered.insert(answer.message.value).second, "a message has one late answer");
      require(!answer.was_sent || !device_.pdus().empty(), "what was sent went out");
    }
  }

  void check_log() const {
    require(!world_.log.contains(secret_text), "no message's text is in the log");
    require(!world_.log.contains(secret_pin), "the PIN is not in the log");
    require(!world_.log.contains(number), "no whole number is in the log");
  }

  bool long_text_;
  fakes::VirtualRuntime world_;
  hal::SimSerialPorts ports_{world_.runtime()};
  hal::SimSerialLine& line_;
  Device device_;
  std::vector<relay::outbox::InboundMessage> inbound_;
  std::vector<modem::LateAnswer> late_;
  std::unique_ptr<modem::ModemProvider> provider_;
  relay::TaskGroup group_{world_.runtime()};
  std::int64_t next_id_ = 1000;
};

void run(std::string_view bytes) {
  fuzz::Input input(bytes);
  const std::uint8_t options = input.octet();
  Session session(options, input.rest());
  session.live();
}

/// `skip` right answers, then this piece.
std::string after(std::size_t skip, const std::string& piece) { return std::string(skip, '\0') + piece + '\0'; }

fuzz::Seeds seeds() {
  fuzz::Seeds all{std::string{}, std::string{1}, std::string{7}};
  const std::vector<std::string> pieces{"\x02",
                                        "\x03",
                                        "\x04",
                                        "\x05",
                                        std::string{"\x06\x00", 1} + '\x02',
                                        std::string{"\x06"} + '\x03',
                                        "\x01+CMTI: \"ME\",3",
                                        "\x01+CREG: 3",
                                        "\x01+CDSI: \"SR\",1",
                                        "ERROR\r\n",
                                        "+CMS ERROR: 38\r\n",
                                        "+CME ERROR: SIM busy\r\n",
                                        "+CPIN: SIM PIN\r\nOK\r\n",
                                        "> ",
                                        "garbage\xff without an end"};
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    for (const std::size_t skip : {std::size_t{1}, 4 + i, 20 + i, std::size_t{38}}) {
      all.push_back(static_cast<char>(i % 8) + after(skip, pieces[i]));
    }
  }
  return all;
}

const fuzz::Registration registration{{"modem", &run, &seeds}};

}  // namespace
