#include "firmware/modem/modem_provider.hpp"

#include <string>

#include <CppUTest/TestHarness.h>

#include "tests/unit/firmware/modem/modem_fixture.hpp"

using modem_sim::FaultKind;
using relay::Millis;
using relay::Outcome;

TEST_GROUP_BASE(ModemProvider, ModemProviderFixture){};

TEST(ModemProvider, startsAndTellsWhoItIs) {
  start();
  CHECK(provider->not_ready().has_value());
  world.run_until([this] { return !provider->not_ready(); }, Millis{10'000});
  world.run_for(Millis{1000});
  const auto status = provider->status();
  CHECK(status.phase == modem::Phase::in_service);
  STRCMP_EQUAL("490154203237518", status.imei.c_str());
  STRCMP_EQUAL("8935891000000000001", status.iccid.c_str());
  STRCMP_EQUAL("00101", status.operator_code.c_str());
  LONGS_EQUAL(-73, status.signal_dbm.value());
  CHECK_FALSE(provider->traits().needs_uplink);
  LONGS_EQUAL(2, provider->traits().max_in_flight);
}

TEST(ModemProvider, sendsAMessageAndPromisesItsReport) {
  config.send.report = modem_sim::ReportOutcome::delivered;
  start_ready();
  const auto result = finish(begin("Hello [world]"));
  check_outcome(Outcome::accepted, result);
  STRCMP_EQUAL("0", result.provider_ref.c_str());
  LONGS_EQUAL(1, result.receipt_refs.size());
  LONGS_EQUAL(1, sim->accepted.size());
  LONGS_EQUAL(0, heard.receipts.size());
  world.run_for(Millis{2000});
  LONGS_EQUAL(1, heard.receipts.size());
  STRCMP_EQUAL("0", heard.receipts[0].ref.c_str());
  CHECK(heard.receipts[0].status == relay::ReceiptStatus::delivered);
  STRCMP_EQUAL("1234567", heard.receipts[0].recipient_digits.c_str());
  CHECK(heard.receipts[0].age->at_most == settings.receipt_window);
}

TEST(ModemProvider, aQuickModemWantsALongerLineThanASlowOne) {
  start_ready();
  for (int i = 0; i < 3; ++i) finish(begin("x"));
  LONGS_EQUAL(2, provider->capacity());
  sim->model().set_send_behaviour({.latency_min = Millis{0}, .latency_max = Millis{0}});
  for (int i = 0; i < 50; ++i) finish(begin("x"));
  LONGS_EQUAL(16, provider->capacity());
}

TEST(ModemProvider, aReportThatOvertakesItsAnswerIsHeldBack) {
  config.send.report = modem_sim::ReportOutcome::delivered;
  config.send.report_before_answer = true;
  start_ready();
  auto sending = begin("x");
  std::size_t receipts_at_end = 99;
  world.run_until([&] { return sending->result.has_value(); }, Millis{60'000});
  receipts_at_end = heard.receipts.size();
  LONGS_EQUAL(0, receipts_at_end);
  LONGS_EQUAL(1, provider->status().reports_received);  // it was here before
  world.run_for(Millis{600});
  LONGS_EQUAL(1, heard.receipts.size());
}

TEST(ModemProvider, sendsALongMessageInPartsWithOneReferenceForAllCopies) {
  start_ready();
  const auto result = finish(begin(std::string(400, 'x')));
  check_outcome(Outcome::accepted, result);
  STRCMP_EQUAL("0,1,2", result.provider_ref.c_str());
  LONGS_EQUAL(3, result.receipt_refs.size());
  LONGS_EQUAL(3, sim->accepted.size());
  LONGS_EQUAL(modem::concat_reference({5}, false), modem::concat_reference({5}, false));
  CHECK(modem::concat_reference({5}, false) != modem::concat_reference({5}, true));
  CHECK(modem::concat_reference({5}, false) != modem::concat_reference({6}, false));
}

TEST(ModemProvider, theNetworksTimeIsHeardOnceAnHour) {
  config.wall_at_zero = world.clock.wall() - world.clock.steady().time_since_epoch();
  start_ready();
  LONGS_EQUAL(1, heard.network_times.size());
  const auto apart = world.clock.wall() - heard.network_times[0];
  CHECK(apart >= Millis{0} && apart < Millis{5'000});
  world.run_for(Millis{59 * 60'000});
  LONGS_EQUAL(1, heard.network_times.size());
  world.run_for(Millis{2 * 60'000});
  LONGS_EQUAL(2, heard.network_times.size());
}

TEST(ModemProvider, theSessionTurnsAlsoWithoutWorkAndWithoutAModem) {
  start_ready();
  auto turns = provider->turns();
  world.run_for(Millis{3 * 60'000});
  CHECK(provider->turns() > turns);
  ports.line(device).unplug();
  world.run_for(Millis{1'000});
  turns = provider->turns();
  world.run_for(Millis{60'000});
  CHECK(provider->turns() > turns);
}

TEST(ModemProvider, aRefusedLaterPartLeavesTheMessageUnknown) {
  start_ready();
  auto sending = begin(std::string(400, 'x'));
  world.run_until([this] { return sim->accepted.size() == 1; }, Millis{30'000});
  sim->inject(FaultKind::send_error, std::nullopt, 38);
  world.run_for(Millis{1000});
  const auto result = finish(sending);
  check_outcome(Outcome::unknown, result);
  STRCMP_EQUAL("CMS 38", result.code.c_str());
  CHECK(result.detail.find("of 3") != std::string::npos);
}

TEST(ModemProvider, errorsOfTheNetworkDecideByTheTable) {
  start_ready();
  sim->inject(FaultKind::send_error, std::nullopt, 195);
  check_outcome(Outcome::recipient_refused, finish(begin("x")));
  sim->inject(FaultKind::send_error, std::nullopt, 29);
  check_outcome(Outcome::account, finish(begin("x")));
  check_outcome(Outcome::accepted, finish(begin("x")));
}

TEST(ModemProvider, marksARepeat) {
  start_ready();
  check_outcome(Outcome::accepted,
                finish(begin("fire", Millis{60'000}, "+358401234567", relay::MessageClass::alarm, true)));
  const auto& submit = sim->accepted.at(0).submit;
  STRCMP_EQUAL("[repeat] fire", submit.text.c_str());
}

TEST(ModemProvider, alarmsGoBeforeOthersInLine) {
  start_ready();
  auto first = begin("first");
  world.run_for(Millis{100});
  auto second = begin("second");
  auto alarm = begin("alarm", Millis{60'000}, "+358409999999", relay::MessageClass::alarm);
  finish(second);
  LONGS_EQUAL(3, sim->accepted.size());
  STRCMP_EQUAL("+358409999999", sim->accepted.at(1).submit.to.c_str());
  check_outcome(Outcome::accepted, finish(alarm));
}

TEST(ModemProvider, faultsAroundThePromptNeverSendTwiceNorBlock) {
  struct Row {
    FaultKind kind;
    Outcome expected;
  };
  for (const auto& row :
       {Row{FaultKind::no_prompt, Outcome::unavailable}, Row{FaultKind::silent_prompt, Outcome::unavailable},
        Row{FaultKind::bare_prompt, Outcome::accepted}, Row{FaultKind::urc_in_prompt, Outcome::accepted},
        Row{FaultKind::urc_in_answer, Outcome::accepted}, Row{FaultKind::echo_on, Outcome::accepted}}) {
    if (!provider) start_ready();
    const std::string name{modem_sim::name_of(row.kind)};
    const auto before = sim->accepted.size();
    sim->inject(row.kind);
    const auto result = finish(begin("x"));
    STRCMP_EQUAL_TEXT(std::string{relay::name_of(row.expected)}.c_str(),
                      std::string{relay::name_of(result.outcome)}.c_str(), name.c_str());
    LONGS_EQUAL_TEXT(before + (row.expected == Outcome::accepted ? 1 : 0), sim->accepted.size(), name.c_str());
    check_outcome(Outcome::accepted, finish(begin("after")));
  }
  CHECK(sim->heard.find("0011\x1a") == std::string::npos);
}

TEST(ModemProvider, silenceAfterCtrlZIsUnknownAndTheModemIsBroughtBack) {
  start_ready();
  sim->inject(FaultKind::lost_after_acceptance);
  const auto result = finish(begin("x"));
  check_outcome(Outcome::unknown, result);
  STRCMP_EQUAL("timeout", result.code.c_str());
  LONGS_EQUAL(1, provider->status().messages_unknown);
  world.run_for(Millis{30'000});
  CHECK_FALSE(provider->not_ready().has_value());
  check_outcome(Outcome::accepted, finish(begin("next")));
  LONGS_EQUAL(2, sim->accepted.size());
}

TEST(ModemProvider, returnsAtTheDeadlineAndTellsTheLateAnswer) {
  config.send.latency_min = config.send.latency_max = Millis{15'000};
  start_ready();
  const auto started = world.clock.steady();
  auto alarm = begin("fire", Millis{10'000}, "+358401234567", relay::MessageClass::alarm);
  check_outcome(Outcome::unknown, finish(alarm));
  CHECK(world.clock.steady() - started == Millis{10'000});
  LONGS_EQUAL(0, heard.late.size());
  auto second = begin("waits in line", Millis{2'000});
  check_outcome(Outcome::unavailable, finish(second));
  world.run_for(Millis{10'000});
  LONGS_EQUAL(1, heard.late.size());
  CHECK(heard.late[0].was_sent);
  CHECK(heard.late[0].message == alarm->message.id);
  STRCMP_EQUAL("0", heard.late[0].receipt_refs.at(0).c_str());
  LONGS_EQUAL(1, sim->accepted.size());
}

TEST(ModemProvider, aRestartUnderASendIsUnknownAndTheStartSequenceRunsAgain) {
  start_ready();
  sim->inject(FaultKind::reboot_after_acceptance);
  check_outcome(Outcome::unknown, finish(begin("x")));
  CHECK(provider->not_ready().has_value());
  world.run_for(Millis{30'000});
  CHECK_FALSE(provider->not_ready().has_value());
  LONGS_EQUAL(1, provider->status().restarts);
  check_outcome(Outcome::accepted, finish(begin("next")));
}

TEST(ModemProvider, comesBackAfterAnUnplug) {
  start_ready();
  auto sending = begin("x");
  world.run_for(Millis{1000});
  sim->inject(FaultKind::unplug, Millis{20'000});
  check_outcome(Outcome::unknown, finish(sending));
  world.run_for(Millis{10'000});
  const auto why = provider->not_ready();
  CHECK(why.has_value());
  CHECK(why->starts_with("no modem at /dev/modem0 since "));
  check_outcome(Outcome::unavailable, finish(begin("meanwhile")));
  world.run_for(Millis{30'000});
  CHECK_FALSE(provider->not_ready().has_value());
  LONGS_EQUAL(2, ports.line(device).times_opened());
  check_outcome(Outcome::accepted, finish(begin("next")));
}

TEST(ModemProvider, waitsForAModemThatIsNotThere) {
  ports.line(device).unplug();
  config.send.latency_min = config.send.latency_max = Millis{0};
  sim = nullptr;
  plug_in();
  ports.line(device).unplug();
  start();
  world.run_for(Millis{12'000});
  STRCMP_EQUAL("no modem at /dev/modem0 since 12 s (there is no device /dev/modem0 now)",
               provider->not_ready()->c_str());
  ports.line(device).plug();
  world.run_for(Millis{10'000});
  CHECK_FALSE(provider->not_ready().has_value());
}

TEST(ModemProvider, aHungModemIsBroughtBackByTheLadder) {
  start_ready();
  sim->inject(FaultKind::hang, Millis{60'000});
  check_outcome(Outcome::unavailable, finish(begin("x")));
  world.run_for(Millis{240'000});
  CHECK_FALSE(provider->not_ready().has_value());
  CHECK(provider->status().recoveries >= 2);
  check_outcome(Outcome::accepted, finish(begin("next")));
}

TEST(ModemProvider, losingTheNetworkFailsWhatWaitsAtOnce) {
  start_ready();
  auto first = begin("at the modem");
  world.run_for(Millis{100});
  auto second = begin("in line");
  world.run_for(Millis{100});
  sim->model().set_registration(std::nullopt, 2, sim->now());
  sim->settle();
  world.run_for(Millis{5000});
  CHECK(second->result.has_value());
  check_outcome(Outcome::unavailable, *second->result);
  STRCMP_EQUAL("not registered (searching)", second->result->detail.c_str());
  STRCMP_EQUAL("not registered (searching)", provider->not_ready()->c_str());
  bool woken = false;
  provider->on_ready_changed([&] { woken = true; });
  sim->model().set_registration(std::nullopt, 6, sim->now());  // "SMS only" is good for us
  sim->settle();
  world.run_for(Millis{1000});
  CHECK(woken);
  CHECK_FALSE(provider->not_ready().has_value());
  finish(first);
}

TEST(ModemProvider, entersThePinOnce) {
  config.pin = "1234";
  settings.pin = "1234";
  start_ready();
  check_outcome(Outcome::accepted, finish(begin("x")));
  for (const auto& line : world.log.lines) CHECK(line.find("1234") == std::string::npos);
}

TEST(ModemProvider, neverTriesARefusedPinAgain) {
  config.pin = "1234";
  settings.pin = "0000";
  start();
  world.run_for(std::chrono::hours{1});
  CHECK(provider->not_ready().has_value());
  std::size_t tries = 0;
  for (auto at = sim->heard.find("AT+CPIN=\""); at != std::string::npos; at = sim->heard.find("AT+CPIN=\"", at + 1))
    ++tries;
  LONGS_EQUAL(1, tries);
  CHECK(provider->not_ready()->find("SIM PIN needed") == 0);
}

TEST(ModemProvider, asksForAPinThatIsNotSet) {
  config.pin = "1234";
  start();
  world.run_for(Millis{30'000});
  STRCMP_EQUAL("SIM PIN needed: set pin", provider->not_ready()->c_str());
}

TEST(ModemProvider, readsReportsThatAModemStoresAndDeletesThem) {
  config.cnmi_allowed = {0b111, 0b011, 0b1, 0b101, 0b11};  // ds 0 and 2 only
  config.send.report = modem_sim::ReportOutcome::delivered;
  start_ready();
  check_outcome(Outcome::accepted, finish(begin("x")));
  world.run_for(Millis{10'000});
  LONGS_EQUAL(1, heard.receipts.size());
  CHECK(sim->heard.find("AT+CMGD=") != std::string::npos);
}

TEST(ModemProvider, keepsTheRadioLinkOnlyWhenMoreFollows) {
  start_ready();
  finish(begin("one"));
  CHECK(sim->heard.find("AT+CMMS") == std::string::npos);
  finish(begin(std::string(200, 'x')));
  CHECK(sim->heard.find("AT+CMMS=1\rAT+CMGS=") != std::string::npos);
}

TEST(ModemProvider, refusesWhatCannotBeEncoded) {
  start_ready();
  const auto result = finish(begin("x", Millis{10'000}, "+358401234567890123456789"));
  check_outcome(Outcome::refused, result);
  LONGS_EQUAL(0, sim->accepted.size());
}

TEST(ModemProvider, noLogLineHoldsATextOrANumber) {
  start_ready();
  finish(begin("the secret text"));
  CHECK(sim->model().deliver({.from = "+358407654321", .text = "another secret"}, sim->now()).has_value());
  sim->settle();
  world.run_for(Millis{10'000});
  ports.line(device).say("\r\nan unknown line with a secret\r\n");
  world.run_for(Millis{1000});
  for (const auto& line : world.log.lines) {
    CHECK_TEXT(line.find("secret") == std::string::npos && line.find("358") == std::string::npos, line.c_str());
  }
}

TEST(ModemProvider, survivesNoise) {
  start_ready();
  for (const auto kind : {FaultKind::line_noise, FaultKind::urc_storm, FaultKind::garbage, FaultKind::half_line}) {
    sim->inject(kind);
    auto sending = begin("x", Millis{200'000});
    finish(sending);
    world.run_for(Millis{60'000});
    const std::string name{modem_sim::name_of(kind)};
    CHECK_FALSE_TEXT(provider->not_ready().has_value(), name.c_str());
    check_outcome(Outcome::accepted, finish(begin("after")));
  }
}

TEST(ModemProvider, stoppingInTheMiddleOfASendEndsCleanly) {
  start_ready();
  (void)begin("x");
  (void)begin("in line");
  world.run_for(Millis{500});
  world.run(group->stop());
  LONGS_EQUAL(0, group->size());
}
