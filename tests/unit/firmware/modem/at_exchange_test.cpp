#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "firmware/modem/at/exchange.hpp"
#include "firmware/modem/at/send_exchange.hpp"
#include "firmware/modem/at/send_outcome.hpp"

namespace {

using at::Event;
using at::Incoming;
using relay::Millis;
using relay::Outcome;

at::Step hear(at::Exchange& exchange, std::string text, std::string pdu = {}) {
  const Incoming line{Incoming::Kind::line, std::move(text), std::move(pdu)};
  return exchange.resume({Event::Kind::incoming, &line});
}
at::Step prompt(at::Exchange& exchange) {
  const Incoming piece{Incoming::Kind::prompt, {}, {}};
  return exchange.resume({Event::Kind::incoming, &piece});
}

at::SendExchange make_send() {
  return at::SendExchange(
      {.pdu = "0011AABB", .length = 3, .prompt_limit = Millis{10'000}, .answer_limit = Millis{120'000}});
}

Outcome outcome_after(at::SendExchange& exchange, Millis waited = Millis{1000}) {
  return at::outcome_of(exchange.final(), exchange.submitted(), waited).outcome;
}

}  // namespace

TEST_GROUP(CommandExchange){};

TEST(CommandExchange, takesItsLinesAndLeavesTheRest) {
  at::CommandExchange exchange(at::command("AT+CSQ"));
  const auto first = exchange.resume({});
  STRCMP_EQUAL("AT+CSQ\r", first.write.c_str());
  CHECK(first.limit == Millis{5000});
  CHECK(hear(exchange, "AT+CSQ").taken);                 // echo
  CHECK_FALSE(hear(exchange, "+CMTI: \"SM\",1").taken);  // news
  CHECK_FALSE(hear(exchange, "something else").taken);   // nobody's
  CHECK(hear(exchange, "+CSQ: 20,99").taken);
  CHECK_FALSE(hear(exchange, "+CDS: 25", "0011").taken);  // a report between two lines of an answer
  CHECK(hear(exchange, "OK").done);
  LONGS_EQUAL(1, exchange.answer().lines.size());
  CHECK(exchange.answer().ok());
}

TEST(CommandExchange, newsOfRegistrationIsNotTheAnswerToTheQuery) {
  at::CommandExchange exchange(at::command("AT+CREG?"));
  (void)exchange.resume({});
  CHECK_FALSE(hear(exchange, "+CREG: 2").taken);
  CHECK(hear(exchange, "+CREG: 2,1,\"00C3\",\"A1B2\",7").taken);
  CHECK(hear(exchange, "OK").done);
  STRCMP_EQUAL("+CREG: 2,1,\"00C3\",\"A1B2\",7", exchange.answer().first().c_str());
}

TEST(CommandExchange, takesABareAnswer) {
  at::CommandExchange exchange(at::command("AT+CGSN"));
  (void)exchange.resume({});
  CHECK_FALSE(hear(exchange, "RING").taken);
  CHECK(hear(exchange, "490154203237518").taken);
  CHECK(hear(exchange, "OK").done);
  STRCMP_EQUAL("490154203237518", exchange.answer().first().c_str());
}

TEST(CommandExchange, endsBySilenceByRestartAndByLossOfTheLine) {
  const std::vector<std::pair<Event::Kind, const char*>> rows{{Event::Kind::deadline, "timeout"},
                                                              {Event::Kind::interrupted, "modem restarted"},
                                                              {Event::Kind::lost, "line lost"}};
  for (const auto& [kind, name] : rows) {
    at::CommandExchange exchange(at::command("AT+CSQ"));
    (void)exchange.resume({});
    CHECK(exchange.resume({kind}).done);
    CHECK_FALSE(exchange.answer().heard());
    STRCMP_EQUAL(name, name_of(exchange.answer().final).c_str());
  }
}

TEST_GROUP(ResyncExchange){};

TEST(ResyncExchange, escapesThenAsksThreeTimes) {
  at::ResyncExchange exchange;
  STRCMP_EQUAL("\x1b\r", exchange.resume({}).write.c_str());
  CHECK_FALSE(hear(exchange, "OK").done);  // the answer to the ESC proves nothing
  STRCMP_EQUAL("AT\r", exchange.resume({Event::Kind::deadline}).write.c_str());
  STRCMP_EQUAL("AT\r", exchange.resume({Event::Kind::deadline}).write.c_str());
  STRCMP_EQUAL("AT\r", exchange.resume({Event::Kind::deadline}).write.c_str());
  CHECK(exchange.resume({Event::Kind::deadline}).done);
  CHECK_FALSE(exchange.in_sync());
}

TEST(ResyncExchange, anAnswerToAtIsEnough) {
  at::ResyncExchange exchange;
  (void)exchange.resume({});
  (void)exchange.resume({Event::Kind::deadline});
  CHECK(hear(exchange, "OK").done);
  CHECK(exchange.in_sync());
}

TEST_GROUP(SendExchange){};

TEST(SendExchange, sendsTheHexAtThePromptInOneWriteWithoutCr) {
  auto exchange = make_send();
  const auto first = exchange.resume({});
  STRCMP_EQUAL("AT+CMGS=3\r", first.write.c_str());
  CHECK(first.await_prompt);
  CHECK(first.limit == Millis{10'000});
  CHECK_FALSE(exchange.submitted());
  const auto second = prompt(exchange);
  STRCMP_EQUAL("0011AABB\x1a", second.write.c_str());
  CHECK(second.limit == Millis{120'000});
  CHECK(exchange.submitted());
  CHECK(hear(exchange, "0011AABB").taken);  // echo of the PDU
  CHECK_FALSE(hear(exchange, "+CMTI: \"SM\",1").taken);
  CHECK_FALSE(hear(exchange, "+CDS: 25", "0011").taken);  // the report before the answer
  CHECK_FALSE(hear(exchange, "NO CARRIER").done);         // somebody's call
  CHECK_FALSE(hear(exchange, "+CMGS: 42,\"26/09/21\"").done);
  CHECK(hear(exchange, "OK").done);
  LONGS_EQUAL(42, exchange.reference().value());
  CHECK(outcome_after(exchange) == Outcome::accepted);
}

TEST(SendExchange, okWithoutReferenceIsASentMessage) {
  auto exchange = make_send();
  (void)exchange.resume({});
  (void)prompt(exchange);
  CHECK(hear(exchange, "OK").done);
  CHECK_FALSE(exchange.reference().has_value());
  CHECK(outcome_after(exchange) == Outcome::accepted);
}

TEST(SendExchange, withoutAPromptNeverTheHexNeverCtrlZ) {
  auto exchange = make_send();
  (void)exchange.resume({});
  const auto cancel = exchange.resume({Event::Kind::deadline});
  STRCMP_EQUAL("\x1b\r", cancel.write.c_str());
  CHECK(cancel.limit == Millis{2000});
  const auto check = hear(exchange, "OK");  // an OK to the ESC: not a sent message
  STRCMP_EQUAL("AT\r", check.write.c_str());
  CHECK(hear(exchange, "OK").done);
  CHECK_FALSE(exchange.submitted());
  CHECK_FALSE(exchange.out_of_sync());
  CHECK(outcome_after(exchange) == Outcome::unavailable);
}

TEST(SendExchange, aPromptThatComesTooLateIsLeftAgain) {
  auto exchange = make_send();
  (void)exchange.resume({});
  (void)exchange.resume({Event::Kind::deadline});
  STRCMP_EQUAL("\x1b\r", prompt(exchange).write.c_str());
  CHECK_FALSE(exchange.submitted());
}

TEST(SendExchange, aSilentModemIsOutOfSyncAfterTheCheck) {
  auto exchange = make_send();
  (void)exchange.resume({});
  (void)exchange.resume({Event::Kind::deadline});
  STRCMP_EQUAL("AT\r", exchange.resume({Event::Kind::deadline}).write.c_str());
  CHECK(exchange.resume({Event::Kind::deadline}).done);
  CHECK(exchange.out_of_sync());
  CHECK(outcome_after(exchange) == Outcome::unavailable);
}

TEST(SendExchange, abandonedBeforeThePromptItIsNotSent) {
  auto exchange = make_send();
  (void)exchange.resume({});
  exchange.abandon();
  STRCMP_EQUAL("\x1b\r", prompt(exchange).write.c_str());
  CHECK_FALSE(exchange.submitted());
}

TEST(SendExchange, silenceAfterCtrlZIsUnknown) {
  auto exchange = make_send();
  (void)exchange.resume({});
  (void)prompt(exchange);
  CHECK(exchange.resume({Event::Kind::deadline}).done);
  CHECK(exchange.out_of_sync());
  CHECK(outcome_after(exchange) == Outcome::unknown);
}

TEST(SendExchange, aReferenceWithoutItsOkIsASentMessage) {
  auto exchange = make_send();
  (void)exchange.resume({});
  (void)prompt(exchange);
  (void)hear(exchange, "+CMGS: 9");
  CHECK(exchange.resume({Event::Kind::deadline}).done);
  CHECK(outcome_after(exchange) == Outcome::accepted);
}

TEST(SendExchange, lossAndRestartDependOnWhetherCtrlZWasOut) {
  for (const auto kind : {Event::Kind::lost, Event::Kind::interrupted}) {
    auto before = make_send();
    (void)before.resume({});
    CHECK(before.resume({kind}).done);
    CHECK(outcome_after(before) == Outcome::unavailable);
    auto after = make_send();
    (void)after.resume({});
    (void)prompt(after);
    CHECK(after.resume({kind}).done);
    CHECK(outcome_after(after) == Outcome::unknown);
  }
}

TEST(SendExchange, anErrorInsteadOfThePromptEndsIt) {
  auto exchange = make_send();
  (void)exchange.resume({});
  CHECK(hear(exchange, "+CMS ERROR: 331").done);
  CHECK(outcome_after(exchange) == Outcome::unavailable);
}

TEST_GROUP(SendOutcome){};

TEST(SendOutcome, followsTheTableOfErrors) {
  struct Row {
    const char* line;
    int waited_s;
    bool submitted;
    Outcome expected;
  };
  const std::vector<Row> rows{
      {"+CMS ERROR: 1", 1, true, Outcome::recipient_refused},
      {"+CMS ERROR: 8", 1, true, Outcome::account},
      {"+CMS ERROR: 21", 1, true, Outcome::refused},
      {"+CMS ERROR: 27", 1, true, Outcome::throttled},
      {"+CMS ERROR: 28", 1, true, Outcome::account},
      {"+CMS ERROR: 38", 1, true, Outcome::unavailable},
      {"+CMS ERROR: 42", 1, true, Outcome::throttled},
      {"+CMS ERROR: 42", 31, true, Outcome::unknown},  // after long silence it may have been accepted
      {"+CMS ERROR: 69", 1, true, Outcome::account},
      {"+CMS ERROR: 96", 1, true, Outcome::refused},
      {"+CMS ERROR: 111", 40, true, Outcome::unknown},
      {"+CMS ERROR: 128", 1, true, Outcome::refused},
      {"+CMS ERROR: 192", 1, true, Outcome::throttled},
      {"+CMS ERROR: 195", 1, true, Outcome::recipient_refused},
      {"+CMS ERROR: 197", 1, true, Outcome::accepted},
      {"+CMS ERROR: 197", 1, false, Outcome::unavailable},
      {"+CMS ERROR: 304", 1, true, Outcome::refused},
      {"+CMS ERROR: 310", 1, false, Outcome::account},
      {"+CMS ERROR: 314", 1, false, Outcome::unavailable},
      {"+CMS ERROR: 330", 1, true, Outcome::account},
      {"+CMS ERROR: 331", 1, true, Outcome::unavailable},
      {"+CMS ERROR: 332", 1, true, Outcome::unknown},
      {"+CMS ERROR: 332", 1, false, Outcome::unavailable},
      {"+CMS ERROR: 500", 1, true, Outcome::unavailable},
      {"+CMS ERROR: 500", 31, true, Outcome::unknown},
      {"+CMS ERROR: 2000", 1, true, Outcome::unavailable},
      {"+CMS ERROR: 250", 31, true, Outcome::unknown},  // in no table
      {"+CMS ERROR: some words", 1, true, Outcome::unavailable},
      {"+CME ERROR: 10", 1, false, Outcome::account},
      {"+CME ERROR: 14", 1, false, Outcome::unavailable},
      {"+CME ERROR: 30", 1, false, Outcome::unavailable},
      {"+CME ERROR: 100", 1, false, Outcome::unavailable},
      {"ERROR", 1, false, Outcome::unavailable},
      {"ERROR", 1, true, Outcome::unavailable},
      {"ERROR", 31, true, Outcome::unknown},
      {"OK", 1, true, Outcome::accepted},
  };
  for (const auto& row : rows) {
    const auto result = at::outcome_of(*at::parse_final(row.line), row.submitted, std::chrono::seconds{row.waited_s});
    STRCMP_EQUAL_TEXT(std::string{relay::name_of(row.expected)}.c_str(),
                      std::string{relay::name_of(result.outcome)}.c_str(), row.line);
    CHECK_TEXT(!result.meaning.empty(), row.line);
    LONGS_EQUAL_TEXT(result.outcome == Outcome::throttled, result.retry_after.has_value(), row.line);
  }
}

TEST(SendOutcome, nothingSubmittedIsNeverUnknownNorAccepted) {
  for (int code = 0; code < 1000; ++code) {
    for (const auto kind : {at::Final::Kind::cms, at::Final::Kind::cme}) {
      const auto outcome = at::outcome_of({kind, code, {}}, false, std::chrono::minutes{5}).outcome;
      CHECK(outcome != Outcome::unknown && outcome != Outcome::accepted);
    }
  }
}
