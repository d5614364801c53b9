#include "relay/providers/demo/demo.hpp"

#include <vector>

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay::providers;
using relay::Millis;
using relay::Outcome;

TEST_GROUP(DemoProvider) {
  fakes::VirtualRuntime world;
  std::vector<demo::Receipt> receipts;
  std::unique_ptr<Provider> provider;

  void setup() override { make(""); }
  void make(std::string_view toml) {
    provider = demo::make_demo(world.runtime(), providers_test::section_of(demo::settings(), toml),
                               [this](demo::Receipt receipt) { receipts.push_back(std::move(receipt)); });
  }
  SendResult send_to(std::string number) {
    auto message = providers_test::message_of("a");
    message.to = std::move(number);
    return world.run(provider->send(providers_test::request_for(message, world.clock)));
  }
};

TEST(DemoProvider, anOrdinaryNumberIsAcceptedAndDelivered) {
  const auto start = world.clock.steady();
  const auto result = send_to("+15551230099");
  CHECK(result.outcome == Outcome::accepted);
  CHECK(world.clock.steady() - start == Millis{200});
  LONGS_EQUAL(1, result.receipt_refs.size());
  world.run_for(Millis{1999});
  LONGS_EQUAL(0, receipts.size());
  world.run_for(Millis{1});
  LONGS_EQUAL(1, receipts.size());
  STRCMP_EQUAL("main", receipts[0].provider.c_str());
  STRCMP_EQUAL(result.receipt_refs[0].c_str(), receipts[0].ref.c_str());
  CHECK(receipts[0].status == relay::ReceiptStatus::delivered);
  CHECK(send_to("+15551230099").provider_ref != result.provider_ref);
}

TEST(DemoProvider, everyMagicNumber) {
  for (const auto& number : demo::magic_numbers()) {
    receipts.clear();
    const auto result = send_to("+1500555" + std::string(number.last_digits));
    world.run_for(Millis{10'000});
    STRCMP_EQUAL_TEXT(providers_test::text_of(number.outcome), providers_test::text_of(result.outcome),
                      number.last_digits.data());
    const bool reports = number.outcome == Outcome::accepted && number.receipt != relay::ReceiptStatus::pending;
    LONGS_EQUAL_TEXT(reports ? 1 : 0, receipts.size(), number.last_digits.data());
    if (reports) CHECK(receipts[0].status == number.receipt);
    CHECK_EQUAL(number.last_digits == "0004", result.opted_out);
    CHECK_EQUAL(number.outcome == Outcome::throttled, result.retry_after.has_value());
    STRCMP_CONTAINS(std::string(number.last_digits).c_str(), std::string(demo::settings().text).c_str());
  }
}

TEST(DemoProvider, noAnswerLastsUntilTheDeadline) {
  const auto start = world.clock.steady();
  CHECK(send_to("+15005550011").outcome == Outcome::unknown);
  CHECK(world.clock.steady() - start == Millis{30'000});
}

TEST(DemoProvider, aLatencyBeyondTheDeadlineIsUnknown) {
  make("latency = \"31s\"");
  const auto start = world.clock.steady();
  CHECK(send_to("+15551230099").outcome == Outcome::unknown);
  CHECK(world.clock.steady() - start == Millis{30'000});
  CHECK(receipts.empty());
}

TEST(DemoProvider, noReceiptAfterItsEnd) {
  send_to("+15551230099");
  provider.reset();
  world.run_for(Millis{10'000});
  CHECK(receipts.empty());
  CHECK(world.timers.empty());
}

TEST(DemoProvider, theTableIsSound) {
  const relay::config::Table* tables[] = {&demo::settings()};
  for (const auto& trouble : relay::config::check_tables(tables)) FAIL(trouble.c_str());
  CHECK_FALSE(provider->traits().needs_uplink);
}
