// What becomes of a send whose answer was never heard (issue 4, item 6).
#include <string>

#include <CppUTest/TestHarness.h>

#include "firmware/modem/profiles/profile_file.hpp"
#include "tests/unit/firmware/modem/modem_fixture.hpp"

using modem_sim::FaultKind;
using relay::Millis;
using relay::Outcome;

TEST_GROUP_BASE(Settling, ModemProviderFixture){};

TEST(Settling, aDeliveryReportSettlesAnUnknownSend) {
  config.send.report = modem_sim::ReportOutcome::delivered;
  config.send.report_delay = Millis{150'000};
  start_ready();
  finish(begin("first"));
  sim->inject(FaultKind::lost_after_acceptance);
  const auto sending = begin("second", Millis{300'000}, "+358407777777");
  check_outcome(Outcome::unknown, finish(sending));
  LONGS_EQUAL(0, heard.late.size());
  world.run_for(Millis{200'000});
  LONGS_EQUAL(1, heard.late.size());
  CHECK(heard.late[0].was_sent);
  CHECK(heard.late[0].message == sending->message.id);
  STRCMP_EQUAL("1", heard.late[0].receipt_refs.at(0).c_str());
  LONGS_EQUAL(2, heard.receipts.size());  // and the report itself follows
  STRCMP_EQUAL("1", heard.receipts.back().ref.c_str());
  LONGS_EQUAL(1, provider->status().messages_settled);
}

TEST(Settling, anotherRecipientsReportSettlesNothing) {
  config.send.report = modem_sim::ReportOutcome::delivered;
  start_ready();
  sim->inject(FaultKind::lost_before_acceptance);
  check_outcome(Outcome::unknown, finish(begin("lost", Millis{300'000}, "+358407777777")));
  check_outcome(Outcome::accepted, finish(begin("next", Millis{300'000}, "+358408888888")));
  world.run_for(Millis{60'000});
  LONGS_EQUAL(0, heard.late.size());
  LONGS_EQUAL(1, heard.receipts.size());
}

TEST(Settling, anAnswerAfterItsTimeStillCounts) {
  settings.send_timeout = Millis{20'000};
  start_ready();
  sim->inject(FaultKind::lost_before_acceptance);
  const auto sending = begin("slow");
  check_outcome(Outcome::unknown, finish(sending));
  ports.line(device).say("\r\n+CMGS: 77\r\n\r\nOK\r\n");
  world.run_for(Millis{30'000});
  LONGS_EQUAL(1, heard.late.size());
  CHECK(heard.late[0].was_sent && heard.late[0].message == sending->message.id);
  STRCMP_EQUAL("77", heard.late[0].provider_ref.c_str());
  check_outcome(Outcome::accepted, finish(begin("next")));
}

TEST(Settling, aRepeatSendsTheMissingPartsOnlyUnderTheSameReference) {
  start_ready();
  auto sending = begin(std::string(400, 'x'));
  world.run_for(Millis{1000});  // the first part is at the modem: the second gets it
  sim->inject(FaultKind::lost_before_acceptance);
  check_outcome(Outcome::unknown, finish(sending));
  LONGS_EQUAL(1, sim->accepted.size());

  world.run_for(Millis{10'000});
  --next_id;  // the same message again
  const auto repeat = finish(begin(std::string(400, 'x')));
  check_outcome(Outcome::accepted, repeat);
  STRCMP_EQUAL("0,1,2", repeat.provider_ref.c_str());
  LONGS_EQUAL(3, sim->accepted.size());
  for (std::size_t part = 0; part < 3; ++part) {
    LONGS_EQUAL(part + 1, sim->accepted[part].submit.concatenation->sequence);
    LONGS_EQUAL(sim->accepted[0].submit.concatenation->reference, sim->accepted[part].submit.concatenation->reference);
  }
}

TEST(Settling, aPartThatAReportSettlesIsNotSentAgain) {
  config.send.report = modem_sim::ReportOutcome::delivered;
  config.send.report_delay = Millis{130'000};
  start_ready();
  auto sending = begin(std::string(300, 'x'));
  world.run_for(Millis{1000});
  sim->inject(FaultKind::lost_after_acceptance);  // of the second and last part
  check_outcome(Outcome::unknown, finish(sending));
  world.run_for(Millis{60'000});
  LONGS_EQUAL(1, heard.late.size());
  STRCMP_EQUAL("0,1", heard.late[0].provider_ref.c_str());
  LONGS_EQUAL(2, sim->accepted.size());
}

struct StoredFixture : ModemProviderFixture {
  void setup() override {
    ModemProviderFixture::setup();
    const auto profile = modem::read_profile(
        "[profile]\ntitle = \"Stores\"\n[match]\nmodel = [\"modem-sim\"]\n[messages]\nstore_then_send = true\n"
        "stored_state_is_proof = true\n[limits]\nanswer = \"60s\"\n",
        "stores.toml");
    profiles = modem::ProfileLibrary::of({*profile});
  }
};

TEST_GROUP_BASE(StoreThenSend, StoredFixture){};

TEST(StoreThenSend, sendsAndFreesThePlace) {
  start_ready();
  const auto result = finish(begin("hello"));
  check_outcome(Outcome::accepted, result);
  STRCMP_EQUAL("0", result.provider_ref.c_str());
  CHECK(sim->heard.find("AT+CMGW=") != std::string::npos);
  CHECK(sim->heard.find("AT+CMSS=1\r") != std::string::npos);
  world.run_for(Millis{5000});
  CHECK(sim->heard.find("AT+CMGD=1\r") != std::string::npos);
  STRCMP_EQUAL("stores", provider->status().profile.c_str());
}

TEST(StoreThenSend, theStoreTellsThatItWasSent) {
  start_ready();
  sim->inject(FaultKind::lost_after_acceptance);
  check_outcome(Outcome::unknown, finish(begin("hello")));
  world.run_for(Millis{30'000});
  LONGS_EQUAL(1, heard.late.size());
  CHECK(heard.late[0].was_sent);
}

TEST(StoreThenSend, theStoreTellsThatItWasNotSent) {
  start_ready();
  sim->inject(FaultKind::lost_before_acceptance);
  check_outcome(Outcome::unknown, finish(begin("hello")));
  world.run_for(Millis{30'000});
  LONGS_EQUAL(1, heard.late.size());
  CHECK_FALSE(heard.late[0].was_sent);
  check_outcome(Outcome::accepted, finish(begin("hello")));
  LONGS_EQUAL(1, sim->accepted.size());
}

TEST(StoreThenSend, aFullStoreSendsNothingAndSaysSo) {
  start_ready();
  sim->inject(FaultKind::store_full, Millis{5'000});
  const auto result = finish(begin("hello"));
  check_outcome(Outcome::unavailable, result);
  LONGS_EQUAL(0, sim->accepted.size());
}

TEST(Settling, aRepeatThatStillWaitsIsNotMadeOnceTheFirstWasSent) {
  config.send.latency_min = config.send.latency_max = Millis{30'000};
  start_ready();
  const auto first = begin("alarm", Millis{10'000}, "+358401234567", relay::MessageClass::alarm);
  check_outcome(Outcome::unknown, finish(first));  // at its deadline; the modem has it
  --next_id;
  const auto repeat =
      begin("alarm", Millis{60'000}, "+358401234567", relay::MessageClass::alarm, true);  // in line behind it
  const auto other = begin("other", Millis{100'000});
  const auto result = finish(repeat);
  check_outcome(Outcome::unavailable, result);
  STRCMP_EQUAL("settled", result.code.c_str());
  LONGS_EQUAL(1, heard.late.size());
  check_outcome(Outcome::accepted, finish(other));
  LONGS_EQUAL(2, sim->accepted.size());
}

TEST(Settling, aRepeatThatWasBeingJournalledMeanwhileIsNotMadeEither) {
  config.send.latency_min = config.send.latency_max = Millis{30'000};
  start_ready();
  const auto first = begin("alarm", Millis{10'000}, "+358401234567", relay::MessageClass::alarm);
  check_outcome(Outcome::unknown, finish(first));
  world.run_for(Millis{25'000});
  LONGS_EQUAL(1, heard.late.size());  // on its way into the store
  --next_id;
  const auto result = finish(begin("alarm", Millis{60'000}, "+358401234567", relay::MessageClass::alarm, true));
  check_outcome(Outcome::unavailable, result);
  STRCMP_EQUAL("settled", result.code.c_str());
  LONGS_EQUAL(1, sim->accepted.size());
}
