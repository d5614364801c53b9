#include "relay/providers/console/console.hpp"

#include <sstream>

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay::providers;

TEST_GROUP(ConsoleProvider) {
  fakes::VirtualRuntime world;
  std::ostringstream out;
  std::unique_ptr<Provider> provider = console::make_console(providers_test::section_of(console::settings(), ""), out);
};

TEST(ConsoleProvider, printsOneLineAMessage) {
  auto message = providers_test::message_of("Grüße\n\x1b[2Jend");
  message.from = "ACME";
  message.segments = 2;
  const auto result = world.run(provider->send(providers_test::request_for(message, world.clock)));
  CHECK(result.outcome == relay::Outcome::accepted);
  CHECK(result.receipt_refs.empty());
  STRCMP_EQUAL("sms to=+15551230001 from=ACME segments=2 text=\"Grüße\\n\\x1b[2Jend\"\n", out.str().c_str());
}

TEST(ConsoleProvider, aRepeatSaysSo) {
  const auto message = providers_test::message_of("fire");
  auto request = providers_test::request_for(message, world.clock);
  request.mark_as_repeat = true;
  world.run(provider->send(request));
  STRCMP_CONTAINS("text=\"[repeat] fire\"", out.str().c_str());
}

TEST(ConsoleProvider, needsNothing) {
  CHECK_FALSE(provider->traits().needs_uplink);
  CHECK(provider->traits().receipt_window == relay::Millis{0});
  const relay::config::Table* tables[] = {&console::settings()};
  for (const auto& trouble : relay::config::check_tables(tables)) FAIL(trouble.c_str());
}
