// What a technician may do to a modem beside its messages, the balance probe, and the SIM's allowance.
#include <map>
#include <string>

#include <CppUTest/TestHarness.h>

#include "firmware/modem/at_guard.hpp"
#include "firmware/modem/profiles/profile_file.hpp"
#include "tests/unit/firmware/modem/modem_fixture.hpp"

using modem_sim::FaultKind;
using relay::ErrorCode;
using relay::Millis;
using relay::Outcome;
using relay::Task;

namespace {

class Memory final : public modem::SimMemory {
 public:
  Task<relay::Result<std::optional<std::string>>> recall(std::string key) override {
    const auto found = facts.find(key);
    co_return found == facts.end() ? std::nullopt : std::optional{found->second};
  }
  Task<relay::Result<bool>> remember(std::string key, std::string value) override {
    facts[key] = std::move(value);
    co_return true;
  }
  std::map<std::string, std::string> facts;
};

template <class T>
Task<> keep(Task<relay::Result<T>> task, std::optional<relay::Result<T>>& result) {
  relay::Result<T> value = co_await std::move(task);
  result = std::move(value);
}

}  // namespace

struct ErrandsFixture : ModemProviderFixture {
  Memory memory;

  template <class T>
  relay::Result<T> wait_for(Task<relay::Result<T>> task) {
    std::optional<relay::Result<T>> result;
    group->spawn("test-errand", keep(std::move(task), result));
    world.run_until([&] { return result.has_value(); }, Millis{200'000});
    return std::move(*result);
  }
  void set_ussd(modem_sim::UssdBehaviour ussd) { sim->model().set_ussd(std::move(ussd)); }
  void restart_daemon() {
    world.run(group->stop());
    provider.reset();
    group.reset();
    start();
    world.run_until([this] { return provider->status().phase == modem::Phase::in_service; }, Millis{60'000});
    world.run_for(Millis{1000});
  }
};

TEST_GROUP_BASE(Errands, ErrandsFixture){};

TEST(Errands, aUssdCodeIsAnswered) {
  start_ready();
  const auto reply = wait_for(provider->ussd("*100#"));
  STRCMP_EQUAL("Balance 10.00", reply.value().text.c_str());
  CHECK(reply->state == modem::UssdState::done);
  STRCMP_CONTAINS("AT+CUSD=1,\"*100#\",15", sim->heard.c_str());
  check_outcome(Outcome::accepted, finish(begin("after")));
}

TEST(Errands, ussdInUcs2AndPacked) {
  const auto profile = [](const std::string& ussd) {
    return modem::read_profile("[profile]\ntitle = \"t\"\n[ussd]\n" + ussd, "generic.toml").value();
  };
  profiles = modem::ProfileLibrary::of({profile("charset = \"UCS2\"")});
  start_ready();
  set_ussd({.reply = "Kredit 4,20 \u20ac \u2603"});
  STRCMP_EQUAL("Kredit 4,20 \u20ac \u2603", wait_for(provider->ussd("*100#")).value().text.c_str());
  STRCMP_CONTAINS("AT+CUSD=1,\"002A0031003000300023\",15", sim->heard.c_str());

  world.run(group->stop());
  provider.reset(), group.reset();
  profiles = modem::ProfileLibrary::of({profile("packed = true")});
  start_ready();
  set_ussd({.reply = "Balance 1050", .packed = true});
  STRCMP_EQUAL("Balance 1050", wait_for(provider->ussd("*100#")).value().text.c_str());
  STRCMP_CONTAINS("AT+CUSD=1,\"AA180C3602\",15", sim->heard.c_str());
}

TEST(Errands, aMenuIsAnsweredOrEnded) {
  start_ready();
  set_ussd({.reply = "1 Balance 2 Help", .state = 1});
  CHECK(wait_for(provider->ussd("*111#")).value().state == modem::UssdState::answer_expected);
  const auto waiting = begin("not yet");  // the network talks: messages wait,
  world.run_for(Millis{5000});
  CHECK_FALSE(waiting->result.has_value());
  check_outcome(Outcome::accepted, finish(begin("alarm", Millis{10'000}, "+358401234567", relay::MessageClass::alarm)));
  STRCMP_CONTAINS("AT+CUSD=2", sim->heard.c_str());  // but no alarm does
  check_outcome(Outcome::accepted, finish(waiting));

  CHECK(wait_for(provider->ussd("*111#")).value().state == modem::UssdState::answer_expected);
  CHECK(wait_for(provider->ussd("1")).value().state == modem::UssdState::done);
  CHECK(wait_for(provider->ussd("*111#")).has_value());
  CHECK(wait_for(provider->end_ussd()).has_value());
}

TEST(Errands, aSilentNetworkEndsTheDialogue) {
  start_ready();
  set_ussd({.silent = true});
  const auto reply = wait_for(provider->ussd("*100#"));
  CHECK(reply.error().code == ErrorCode::unavailable);
  STRCMP_CONTAINS("did not answer in time", reply.error().message.c_str());
  world.run_for(Millis{1000});
  STRCMP_CONTAINS("AT+CUSD=2", sim->heard.c_str());
  CHECK(wait_for(provider->ussd("caf\u0301")).error().code == ErrorCode::invalid_argument);
}

TEST(Errands, whatTheNetworkSaysUnaskedIsKept) {
  start_ready();
  ports.line(device).say("\r\n+CUSD: 0,\"Your \"plan\" ends\r\ntomorrow\",15\r\n");
  world.run_for(Millis{1000});
  STRCMP_EQUAL("Your \"plan\" ends\ntomorrow", provider->status().network_said->first.c_str());
}

TEST(Errands, aCommandByHandRunsBetweenTwoMessages) {
  start_ready();
  const auto sending = begin("first");
  const auto reply = wait_for(provider->send_command("AT+CSQ"));
  STRCMP_EQUAL("OK", reply.value().final.c_str());
  STRCMP_EQUAL("+CSQ: 20,99", reply.value().lines.at(0).c_str());
  check_outcome(Outcome::accepted, finish(sending));
  STRCMP_EQUAL("ERROR", wait_for(provider->send_command("AT+NOSUCH?")).value().final.c_str());
}

TEST(Errands, aCommandReachesALockedModemAndNoneThatIsAway) {
  config.pin = "1234";
  start();
  world.run_for(Millis{10'000});
  STRCMP_EQUAL("+CPIN: SIM PIN", wait_for(provider->send_command("AT+CPIN?")).value().lines.at(0).c_str());
  sim->inject(FaultKind::unplug);
  world.run_for(Millis{10'000});
  CHECK(wait_for(provider->send_command("AT+CPIN?")).error().code == ErrorCode::unavailable);
}

TEST(Errands, resetsThatAreAskedFor) {
  start_ready();
  CHECK(provider->ask_reset(modem::Rung::radio_cycle).has_value());
  CHECK(provider->ask_reset(modem::Rung::resync).error().code == ErrorCode::conflict);
  world.run_for(Millis{60'000});
  CHECK_FALSE(provider->not_ready().has_value());
  STRCMP_CONTAINS("AT+CFUN=4", sim->heard.c_str());
  LONGS_EQUAL(1, provider->status().rungs[static_cast<std::size_t>(modem::Rung::radio_cycle)]);
  CHECK(provider->ask_reset(modem::Rung::usb_reset).error().code == ErrorCode::conflict);
  STRCMP_CONTAINS("this board has no line", provider->ask_reset(modem::Rung::power_cycle).error().message.c_str());
  CHECK(provider->ask_reset(modem::Rung::restart_modem).has_value());
  world.run_for(Millis{60'000});
  CHECK_FALSE(provider->not_ready().has_value());
  check_outcome(Outcome::accepted, finish(begin("after")));
}

TEST(Errands, aModemThatIsAwayCanBePowered) {
  use_power = [this] { sim->model().plug(sim->now()), sim->settle(); };
  start_ready();
  sim->inject(FaultKind::unplug);
  world.run_for(Millis{30'000});
  CHECK(provider->ask_reset(modem::Rung::resync).error().code == ErrorCode::unavailable);
  CHECK(provider->ask_reset(modem::Rung::power_cycle).has_value());
  world.run_for(Millis{60'000});
  CHECK_FALSE(provider->not_ready().has_value());
}

TEST(Errands, theBalanceIsAskedForAndAlarms) {
  settings.balance = {
      .code = "*100#", .pattern = "Balance (-?[0-9.,]+)", .interval = Millis{3'600'000}, .alarm_below = 5};
  start_ready();
  world.run_for(Millis{60'000});
  DOUBLES_EQUAL(10.0, provider->status().balance.value(), 0.001);
  LONGS_EQUAL(0, heard.alarms.size());
  set_ussd({.reply = "Balance 3,20 EUR"});
  world.run_for(std::chrono::hours{2});
  DOUBLES_EQUAL(3.2, provider->status().balance.value(), 0.001);
  STRCMP_EQUAL("balance_low", heard.alarms.back().kind.c_str());
  CHECK_FALSE(provider->not_ready().has_value());
  set_ussd({.reply = "try again later"});
  world.run_for(std::chrono::hours{1});
  STRCMP_CONTAINS("no amount", provider->status().balance_trouble.c_str());
}

TEST(Errands, aSimSendsNoMoreThanItMay) {
  sim_memory = &memory;
  settings.limits.per_hour = 3;
  start_ready();
  check_outcome(Outcome::accepted, finish(begin("one")));
  check_outcome(Outcome::accepted, finish(begin(std::string(200, 'x'))));  // two parts
  check_outcome(Outcome::unavailable, finish(begin("four")));
  STRCMP_CONTAINS("has sent the 3 message parts that it may in this hour", provider->not_ready()->c_str());
  STRCMP_EQUAL("sim_limit", heard.alarms.back().kind.c_str());
  restart_daemon();
  CHECK(provider->not_ready().has_value());
  world.run_for(std::chrono::hours{1});
  CHECK_FALSE(provider->not_ready().has_value());
  check_outcome(Outcome::accepted, finish(begin("next hour")));
}

TEST(Errands, aSimSendsToItsPrefixesOnly) {
  settings.prefixes = {"+358", "+46"};
  start_ready();
  const auto result = finish(begin("x", Millis{300'000}, "+491711234567"));
  check_outcome(Outcome::refused, result);
  check_outcome(Outcome::accepted, finish(begin("x", Millis{300'000}, "+46701234567")));
}

TEST_GROUP(AtGuard){};

TEST(AtGuard, whatOnlyAsksMayBeSent) {
  for (const char* command : {"AT", "ATI", "at+csq", "AT+CREG?", "AT+COPS?", "AT+CPIN?", "AT+CFUN?", "AT+CMGF=?",
                              "AT^HCSQ?", "AT+CGSMS=3", "AT+QCFG=\"ims\",2", "AT+CNMP=2"})
    CHECK_TEXT(modem::checked_command(command).has_value(), command);
}

TEST(AtGuard, whatHarmsMayNot) {
  for (const char* command : {"AT+CPIN=\"1234\"",
                              "AT+CPIN=\"1\",\"2\"",
                              "AT+CLCK=\"SC\",1,\"1234\"",
                              "AT&F",
                              "ATZ",
                              "ATD123;",
                              "ATD123",
                              "AT+CFUN=0",
                              "AT+CFUN=1,1",
                              "AT+CMGD=1,4",
                              "AT+CMGS=20",
                              "AT+CMGL=4",
                              "AT+CMGR=1",
                              "AT+COPS=?",
                              "AT+CSIM=10,\"00\"",
                              "AT+CPWD=\"SC\",\"1\",\"2\"",
                              "AT+CNMI=0,0,0,0,0",
                              "AT+QPOWD",
                              "AT^RESET",
                              "AT+CSQ;+CFUN=0",
                              "AT+CSQ\r\nAT+CFUN=0",
                              "+++",
                              "",
                              "AT+CUSD=1,\"*100#\"",
                              "AT+CMGR=1?",
                              "AT+CPMS=\"SM\"",
                              "AT$QCPWRDN"})
    CHECK_TEXT(!modem::checked_command(command).has_value(), command);
  CHECK(modem::checked_command("AT+CPIN=\"1234\"").error().message.find("1234") == std::string::npos);
  STRCMP_EQUAL("AT+CPIN", modem::command_for_log("AT+CPIN=\"1234\"").c_str());
}

TEST_GROUP(SimBudget){};

TEST(SimBudget, countsByHourDayAndMonth) {
  using namespace std::chrono;
  const auto at = [](year_month_day day, int hour) {
    return relay::TimelineTime{sys_days{day}.time_since_epoch() + hours{hour}};
  };
  modem::SimBudget budget({.per_hour = 0, .per_day = 2, .per_month = 3});
  const auto evening = at(2026y / December / 31, 23);
  budget.charge(evening);
  CHECK_FALSE(budget.reached(evening).has_value());
  budget.charge(evening);
  STRCMP_EQUAL("day", std::string{budget.reached(evening)->period}.c_str());
  CHECK(budget.reached(evening)->ends == at(2027y / January / 1, 0));
  budget.charge(evening);
  STRCMP_EQUAL("month", std::string{budget.reached(evening)->period}.c_str());

  modem::SimBudget restarted({.per_hour = 0, .per_day = 2, .per_month = 3});
  restarted.restore(budget.text());
  LONGS_EQUAL(3, restarted.uses(evening)[0].parts);
  CHECK(restarted.reached(evening)->ends == at(2027y / January / 1, 0));
  CHECK_FALSE(restarted.reached(at(2027y / January / 1, 0)).has_value());
  for (const char* broken : {"", "x", "1:2 3", "1:", ":::", "1:2 3:4 5:six"}) restarted.restore(broken);
}
