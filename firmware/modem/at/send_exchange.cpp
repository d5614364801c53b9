#include "firmware/modem/at/send_exchange.hpp"

namespace at {
namespace {

constexpr relay::Millis cancel_limit{2000};
constexpr relay::Millis check_limit{3000};
constexpr const char* escape = "\x1b\r";
constexpr char submit = '\x1a';

}  // namespace

Step SendExchange::end(Final::Kind kind) {
  final_ = {kind, -1, {}};
  return {.done = true};
}

std::string SendExchange::command() const { return request_.only_store ? "AT+CMGW" : "AT+CMGS"; }

Step SendExchange::resume(const Event& event) {
  switch (event.kind) {
    case Event::Kind::start:
      return {.await_prompt = true,
              .write = command() + "=" + std::to_string(request_.length) + "\r",
              .limit = request_.prompt_limit};
    case Event::Kind::incoming:
      return take_incoming(*event.incoming);
    case Event::Kind::deadline:
      return passed_deadline();
    case Event::Kind::interrupted:
      return end(Final::Kind::interrupted);
    case Event::Kind::lost:
      return end(Final::Kind::lost);
  }
  return end(Final::Kind::lost);
}

Step SendExchange::passed_deadline() {
  switch (state_) {
    case State::prompt:
      return cancel({Final::Kind::silence, -1, "no prompt"});
    case State::answer:
      if (reference_line_) {  // The modem has said that it was sent; the missing OK changes nothing.
        out_of_sync_ = true;
        return end(Final::Kind::ok);
      }
      out_of_sync_ = true;
      return end(Final::Kind::silence);
    case State::cancelling:
      state_ = State::checking;
      return {.write = "AT\r", .limit = check_limit};
    case State::checking:
      out_of_sync_ = true;
      return {.done = true};
  }
  return {.done = true};
}

/// ESC leaves a prompt that may be there, CR ends a command that may have been cut; what comes then is drained before
/// AT is asked.
Step SendExchange::cancel(Final why) {
  final_ = std::move(why);
  state_ = State::cancelling;
  return {.await_prompt = true, .write = escape, .limit = cancel_limit};
}

Step SendExchange::at_prompt() {
  if (state_ == State::cancelling || state_ == State::checking) {
    state_ = State::cancelling;  // It came after all. Too late: out of it again, and never the hex.
    return {.write = escape, .limit = cancel_limit};
  }
  if (state_ != State::prompt) return {};
  if (abandoned_) return cancel({Final::Kind::silence, -1, "abandoned"});
  state_ = State::answer;
  submitted_ = true;
  return {.write = request_.pdu + submit, .limit = request_.answer_limit};
}

Step SendExchange::take_incoming(const Incoming& incoming) {
  if (incoming.kind == Incoming::Kind::prompt) return at_prompt();
  if (incoming.kind != Incoming::Kind::line) return {};
  if (incoming.text == request_.pdu || incoming.text.starts_with(command()) || incoming.text == "AT")
    return {};  // echo
  if (state_ == State::answer) return take_answer_line(incoming);

  const auto final = parse_final(incoming.text);
  if (!final || final->kind == Final::Kind::call) return {.taken = false};
  switch (state_) {
    case State::prompt:
      // A final result instead of the prompt. An OK here is not a sent message.
      final_ = final->ok() ? Final{Final::Kind::error, -1, "OK without a prompt"} : *final;
      return {.done = true};
    case State::cancelling:  // The answer to the ESC, which may be OK: not a sent message either.
      state_ = State::checking;
      return {.write = "AT\r", .limit = check_limit};
    case State::checking:
      return {.done = true};
    case State::answer:
      break;
  }
  return {.done = true};
}

Step SendExchange::take_answer_line(const Incoming& line) {
  if (line.text.starts_with(command().substr(2) + ":")) {
    reference_line_ = true;
    reference_ = number_of(fields_of(line.text)[0]);
    if (reference_ && *reference_ > 255 && !request_.only_store) reference_.reset();
    return {};
  }
  auto final = parse_final(line.text);
  if (!final || final->kind == Final::Kind::call) return {.taken = false};
  // An error after "+CMGS:" contradicts itself; the reference is the network's acknowledgement and counts.
  final_ = reference_line_ ? Final{Final::Kind::ok, -1, std::move(final->text)} : std::move(*final);
  return {.done = true};
}

}  // namespace at
