#include "firmware/modem/mailbox.hpp"

#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "firmware/modem/tpdu/hex.hpp"
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

namespace {

// SMS-DELIVER from +358407654321 (3GPP TS 23.040 clause 9.2.2.1), 8-bit data unless said otherwise.
std::string deliver_pdu(const std::string& user_data, bool with_header, int dcs = 0x04) {
  std::vector<std::uint8_t> octets{0x00, static_cast<std::uint8_t>(with_header ? 0x44 : 0x04),
                                   0x0C, 0x91,
                                   0x53, 0x48,
                                   0x70, 0x56,
                                   0x34, 0x12,
                                   0x00, static_cast<std::uint8_t>(dcs),
                                   0x62, 0x11,
                                   0x12, 0x01,
                                   0x21, 0x03,
                                   0x80, static_cast<std::uint8_t>(user_data.size())};
  octets.insert(octets.end(), user_data.begin(), user_data.end());
  return tpdu::to_hex(octets);
}

std::string part_of(int reference, int total, int seq, std::string_view rest) {
  std::string user_data{5, 0, 3};
  for (const int number : {reference, total, seq}) user_data.push_back(static_cast<char>(number));
  return user_data + std::string{rest};
}

}  // namespace

TEST(Mailbox, aMessageLongerThanTheStoreComesThrough) {
  config.sim_capacity = 3;
  config.device_capacity = 3;
  start_ready();
  const std::string text(1200, 'y');  // 8 parts
  CHECK(sim->model().deliver({.from = "+358407654321", .text = text}, sim->now()).value() == 8);
  sim->settle();
  world.run_for(Millis{60'000});
  LONGS_EQUAL(1, heard.inbound.size());
  STRCMP_EQUAL(text.c_str(), heard.inbound[0].text.c_str());
  LONGS_EQUAL(0, heard.waiting_parts());
  LONGS_EQUAL(8, heard.inbound[0].parts.size());
}

TEST(Mailbox, partsOutliveTheDaemonAndARepeatedPartIsNoNewMessage) {
  start_ready();
  const std::string first = deliver_pdu(part_of(9, 2, 1, "one "), true);
  const std::string second = deliver_pdu(part_of(9, 2, 2, "two"), true);
  CHECK(sim->model().deliver_pdu(first, sim->now()).has_value());
  sim->settle();
  world.run_for(Millis{10'000});
  LONGS_EQUAL(1, heard.waiting_parts());
  CHECK(sim->heard.find("AT+CMGD=") != std::string::npos);  // kept, so the modem need not keep it

  world.run(group->stop());
  provider.reset();
  start_ready();
  CHECK(sim->model().deliver_pdu(second, sim->now()).has_value());
  sim->settle();
  world.run_for(Millis{10'000});
  LONGS_EQUAL(1, heard.inbound.size());
  CHECK(heard.inbound[0].data == "one two");
  LONGS_EQUAL(0, heard.waiting_parts());

  world.run(group->stop());
  provider.reset();
  start_ready();
  CHECK(sim->model().deliver_pdu(first, sim->now()).has_value());  // its acknowledgement was lost
  sim->settle();
  world.run_for(std::chrono::hours{26});
  LONGS_EQUAL(1, heard.inbound.size());
  LONGS_EQUAL(0, heard.waiting_parts());
}

TEST(Mailbox, dataForAProgramComesWithItsPortsAndFlashWithItsClass) {
  start_ready();
  const std::string header{6, 5, 4, 0x0B, static_cast<char>(0x84), 0x23, static_cast<char>(0xF0)};
  CHECK(sim->model().deliver_pdu(deliver_pdu(header + std::string("\x01\x00\xFF", 3), true), sim->now()).has_value());
  sim->settle();
  world.run_for(Millis{10'000});
  LONGS_EQUAL(1, heard.inbound.size());
  CHECK(heard.inbound[0].data == std::string("\x01\x00\xFF", 3));
  CHECK(heard.inbound[0].ports == (relay::outbox::InboundPorts{.destination = 2948, .source = 9200}));
  CHECK(sim->model().deliver({.from = "+358407654321", .text = "Fire!", .message_class = 0}, sim->now()).has_value());
  sim->settle();
  world.run_for(Millis{10'000});
  LONGS_EQUAL(2, heard.inbound.size());
  STRCMP_EQUAL("Fire!", heard.inbound[1].text.c_str());
  CHECK(heard.inbound[1].message_class == 0);
}

TEST(Mailbox, aPartHandedOverIsAcknowledgedOnceItIsKept) {
  config.cnmi_allowed = {0b111, 0b101, 0b1, 0b011, 0b11};  // mt 0 and 2 only
  start_ready();
  heard.store_works = false;
  CHECK(sim->model().deliver_pdu(deliver_pdu(part_of(9, 2, 1, "one "), true), sim->now()).has_value());
  sim->settle();
  world.run_for(Millis{5000});
  CHECK(sim->heard.find("AT+CNMA") == std::string::npos);
  heard.store_works = true;
  world.run_for(Millis{40'000});
  CHECK(sim->heard.find("AT+CNMA=0") != std::string::npos);
  LONGS_EQUAL(1, heard.waiting_parts());
}
