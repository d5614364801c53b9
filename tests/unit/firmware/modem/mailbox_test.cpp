#include "firmware/modem/mailbox.hpp"

#include <string>

#include <CppUTest/TestHarness.h>

#include "tests/unit/firmware/modem/modem_fixture.hpp"

using relay::Millis;

TEST_GROUP_BASE(Mailbox, ModemProviderFixture){};

TEST(Mailbox, deletesAReceivedMessageOnlyOnceItIsCommitted) {
  start_ready();
  heard.store_works = false;
  CHECK(sim->model().deliver({.from = "+358407654321", .text = "Hei äö"}, sim->now()).has_value());
  sim->settle();
  world.run_for(Millis{10'000});
  CHECK(sim->heard.find("AT+CMGR=") != std::string::npos);
  CHECK(sim->heard.find("AT+CMGD=") == std::string::npos);
  heard.store_works = true;
  world.run_for(Millis{60'000});
  LONGS_EQUAL(1, heard.inbound.size());
  STRCMP_EQUAL("Hei äö", heard.inbound[0].text.c_str());
  STRCMP_EQUAL("+358407654321", heard.inbound[0].from.c_str());
  STRCMP_EQUAL("modem-main", heard.inbound[0].provider.c_str());
  CHECK(!heard.inbound[0].fingerprint.empty());
  CHECK(sim->heard.find("AT+CMGD=") != std::string::npos);
}

TEST(Mailbox, joinsALongReceivedMessageAndEmptiesTheStore) {
  start_ready();
  const std::string text(350, 'y');
  CHECK(sim->model().deliver({.from = "+358407654321", .text = text}, sim->now()).value() == 3);
  sim->settle();
  world.run_for(Millis{10'000});
  LONGS_EQUAL(1, heard.inbound.size());
  STRCMP_EQUAL(text.c_str(), heard.inbound[0].text.c_str());
  std::size_t deletions = 0;
  for (auto at = sim->heard.find("AT+CMGD="); at != std::string::npos; at = sim->heard.find("AT+CMGD=", at + 1))
    ++deletions;
  LONGS_EQUAL(3, deletions);
}

TEST(Mailbox, findsWhatCameWhileItWasAway) {
  plug_in();
  CHECK(sim->model().deliver({.from = "+358407654321", .text = "early"}, sim->now()).has_value());
  sim->settle();
  start_ready();
  world.run_for(Millis{400'000});
  LONGS_EQUAL(1, heard.inbound.size());
}

TEST(Mailbox, aModemThatOnlyHandsOverIsAcknowledgedOnceTheMessageIsCommitted) {
  config.cnmi_allowed = {0b111, 0b101, 0b1, 0b011, 0b11};  // mt 0 and 2 only
  start_ready();
  CHECK(sim->heard.find("AT+CSMS=1") != std::string::npos);
  heard.store_works = false;
  CHECK(sim->model().deliver({.from = "+358407654321", .text = "direct"}, sim->now()).has_value());
  sim->settle();
  world.run_for(Millis{5000});
  CHECK(sim->heard.find("AT+CNMA") == std::string::npos);
  heard.store_works = true;
  world.run_for(Millis{60'000});
  CHECK(sim->heard.find("AT+CNMA=0") != std::string::npos);
  CHECK(!heard.inbound.empty());
  for (const auto& message : heard.inbound) {
    STRCMP_EQUAL(heard.inbound[0].fingerprint.c_str(),
                 message.fingerprint.c_str());  // the network's repeats are one message
  }
  const auto before = heard.inbound.size();
  CHECK(sim->model().deliver({.from = "+358407654321", .text = "second"}, sim->now()).has_value());
  sim->settle();
  world.run_for(std::chrono::minutes{10});
  CHECK(heard.inbound.size() > before);  // a missed acknowledgement switched +CNMI off: it was set again
}
