#include "firmware/modem/explain.hpp"

#include <functional>
#include <string>

#include <CppUTest/TestHarness.h>

using modem::ModemStatus;
using modem::ObstacleKind;
using modem::Phase;
using modem::SimState;
using relay::Millis;
using relay::SteadyTime;

TEST_GROUP(Explain) {
  SteadyTime now{Millis{1'000'000}};

  ModemStatus good() const {
    ModemStatus status;
    status.device = "/dev/modem0";
    status.phase = Phase::in_service;
    status.phase_since = now - Millis{12'000};
    status.sim = SimState::ready;
    status.registration = {1, 1, 4};
    return status;
  }
};

TEST(Explain, saysNothingWhenAllIsWell) {
  for (const auto& registration : {std::array{1, 4, 4}, std::array{5, 4, 4}, std::array{6, 0, 0}, std::array{0, 0, 1},
                                   std::array{2, 1, 1}, std::array{4, 4, 10}, std::array{0, 1, 4}}) {
    auto status = good();
    status.registration = registration;
    CHECK_FALSE(modem::explain(status, now).has_value());
  }
}

TEST(Explain, oneSentenceForEachReason) {
  struct Row {
    std::function<void(ModemStatus&)> with;
    ObstacleKind kind;
    const char* sentence;
  };
  const SteadyTime later = now + Millis{900'000};
  const Row rows[] = {
      {[](auto& s) { s.phase = Phase::no_port, s.detail = "there is no device /dev/modem0 now"; },
       ObstacleKind::port_missing, "no modem at /dev/modem0 since 12 s (there is no device /dev/modem0 now)"},
      {[](auto& s) { s.phase = Phase::starting; }, ObstacleKind::starting, "the modem is starting since 12 s"},
      {[](auto& s) { s.phase = Phase::recovering, s.detail = "the modem does not answer"; },
       ObstacleKind::not_answering, "the modem is being recovered since 12 s (the modem does not answer)"},
      {[&](auto& s) { s.phase = Phase::recovering, s.detail = "it does not answer", s.gave_up_until = later; },
       ObstacleKind::given_up,
       "the modem does not work and nothing helped (it does not answer); no reset for another 900 s: look at its "
       "supply, cable and antenna"},
      {[](auto& s) { s.phase = Phase::blocked, s.sim = SimState::absent; }, ObstacleKind::sim_absent,
       "no SIM: put one in"},
      {[](auto& s) { s.phase = Phase::blocked, s.sim = SimState::failed, s.sim_detail = "CME 13"; },
       ObstacleKind::sim_failed, "the SIM does not work (CME 13): put in another one"},
      {[](auto& s) { s.phase = Phase::blocked, s.sim = SimState::pin_not_set; }, ObstacleKind::pin_needed,
       "SIM PIN needed: set pin"},
      {[](auto& s) { s.phase = Phase::blocked, s.sim = SimState::pin_refused, s.sim_detail = "CME 16"; },
       ObstacleKind::pin_refused, "the SIM refused the PIN (CME 16): correct pin"},
      {[](auto& s) { s.phase = Phase::blocked, s.sim = SimState::puk_needed; }, ObstacleKind::puk_needed,
       "SIM PUK needed: enter it by hand, in a phone"},
      {[](auto& s) { s.phase = Phase::blocked, s.sim = SimState::locked, s.sim_detail = "PH-NET PIN"; },
       ObstacleKind::sim_locked, "PH-NET PIN needed: the modem is locked to another SIM or network; unlock it by hand"},
      {[](auto& s) { s.registration = {2, 2, 4}; }, ObstacleKind::not_registered, "not registered (searching)"},
      {[](auto& s) { s.registration = {3, 3, 4}; }, ObstacleKind::registration_denied,
       "not registered (denied by the network): ask the operator whether this SIM and this modem are allowed"},
      {[](auto& s) { s.registration = {3, 5, 4}; }, ObstacleKind::packet_only,
       "registered for packet data only, and denied for SMS: ask the operator for SMS on this SIM"},
      {[](auto& s) { s.registration = {5, 5, 4}, s.roaming_allowed = false; }, ObstacleKind::roaming_refused,
       "registered in a foreign network only: set allow_roaming to send there"},
      {[](auto& s) { s.service_centre_missing = true; }, ObstacleKind::service_centre_missing,
       "the SIM has no service centre number: set service_centre"},
      {[&](auto& s) {
         s.failures_in_a_row = 3, s.account_failures = true, s.last_failure = "CMS 29, facility rejected";
         s.last_failure_code = 29, s.down_until = later;
       },
       ObstacleKind::no_credit,
       "3 sends in a row failed (CMS 29, facility rejected): look for credit, a block or a missing subscription of "
       "this "
       "SIM"},
      {[&](auto& s) {
         s.failures_in_a_row = 3, s.account_failures = true, s.last_failure = "CMS 8, barred by the operator";
         s.last_failure_code = 8, s.down_until = later;
       },
       ObstacleKind::barred,
       "3 sends in a row failed (CMS 8, barred by the operator): sending is barred; ask the operator to allow it for "
       "this SIM"},
      {[&](auto& s) {
         s.registration = {0, 1, 1}, s.failures_in_a_row = 15, s.last_failure = "CMS 500, unknown error";
         s.down_until = later;
       },
       ObstacleKind::not_sending,
       "registered, but 15 sends in a row failed (CMS 500, unknown error): this SIM or modem may have no SMS in LTE; "
       "try "
       "another radio or operator profile"},
  };
  for (const auto& row : rows) {
    auto status = good();
    row.with(status);
    const auto found = modem::explain(status, now);
    CHECK_TEXT(found.has_value(), row.sentence);
    STRCMP_EQUAL(row.sentence, found->sentence.c_str());
    CHECK_TEXT(found->kind == row.kind && found->blocks, row.sentence);
  }
}

TEST(Explain, aStoreThatFillsUpIsToldAndBlocksNothing) {
  auto status = good();
  status.stored_messages = 40, status.storage_size = 50;
  const auto found = modem::explain(status, now);
  CHECK(found && found->kind == ObstacleKind::store_full);
  CHECK(!found->blocks && found->is_alarm);
  status.stored_messages = 39;
  CHECK_FALSE(modem::explain(status, now).has_value());
}

TEST(Explain, whatPassesByItselfIsNoAlarmAtFirst) {
  auto status = good();
  status.phase = Phase::no_port;
  CHECK_FALSE(modem::explain(status, now)->is_alarm);
  CHECK(modem::explain(status, now + Millis{180'000})->is_alarm);
  status = good();
  status.registration = {2, 2, 2};
  status.unregistered_since = now;
  CHECK_FALSE(modem::explain(status, now)->is_alarm);
  CHECK(modem::explain(status, now + Millis{180'000})->is_alarm);
}
