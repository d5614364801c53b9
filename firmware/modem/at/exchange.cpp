#include "firmware/modem/at/exchange.hpp"

#include "firmware/modem/at/answers.hpp"

namespace at {
namespace {

constexpr relay::Millis drain_limit{500};
constexpr relay::Millis sync_limit{1000};

}  // namespace

Step CommandExchange::end(Final::Kind kind) {
  answer_.final = {kind, -1, {}};
  return {.done = true};
}

Step CommandExchange::resume(const Event& event) {
  switch (event.kind) {
    case Event::Kind::start:
      return {.write = command_.text + "\r", .limit = command_.limit};
    case Event::Kind::incoming:
      return take_line(*event.incoming);
    case Event::Kind::deadline:
      return end(Final::Kind::silence);
    case Event::Kind::interrupted:
      return end(Final::Kind::interrupted);
    case Event::Kind::lost:
      return end(Final::Kind::lost);
  }
  return end(Final::Kind::lost);
}

bool CommandExchange::belongs(const Incoming& line) const {
  if (!command_.prefix.empty() && line.text.starts_with(command_.prefix)) {
    // "+CREG: 2" in the middle of AT+CREG? is news, not the answer.
    const auto registration = parse_registration(line.text);
    return !registration || registration->asked;
  }
  return command_.bare_answer && !is_unsolicited(line.text) && !announces_pdu(line.text);
}

Step CommandExchange::take_line(const Incoming& line) {
  if (line.kind != Incoming::Kind::line) return {};
  if (line.text == command_.text) return {};  // the echo
  if (auto final = parse_final(line.text)) {
    answer_.final = std::move(*final);
    return {.done = true};
  }
  if (!belongs(line)) return {.taken = false};
  if (answer_.lines.size() < max_lines) answer_.lines.push_back(line);
  Step step;
  if (command_.limit_per_line) step.limit = command_.limit;
  return step;
}

Step ResyncExchange::resume(const Event& event) {
  switch (event.kind) {
    case Event::Kind::start:
      return {.write = "\x1b\r", .limit = drain_limit};
    case Event::Kind::incoming: {
      const Incoming& line = *event.incoming;
      if (line.kind != Incoming::Kind::line || line.text == "AT") return {};
      if (!parse_final(line.text)) return {.taken = false};
      in_sync_ = sent_ > 0;  // Before the first AT it is the answer to the ESC, or to what went before.
      return {.done = in_sync_};
    }
    case Event::Kind::deadline:
      if (sent_ == tries) return {.done = true};
      ++sent_;
      return {.write = "AT\r", .limit = sync_limit};
    case Event::Kind::interrupted:
    case Event::Kind::lost:
      return {.done = true};
  }
  return {.done = true};
}

}  // namespace at
