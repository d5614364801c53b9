#include <array>
#include <string>

#include <CppUTest/TestHarness.h>

#include "firmware/modem/at/answers.hpp"
#include "firmware/modem/at/command.hpp"
#include "firmware/modem/at/lines.hpp"

TEST_GROUP(AtLines){};

TEST(AtLines, knowsFinalResults) {
  struct Row {
    const char* line;
    const char* expected;  // "" : not a final result
  };
  constexpr std::array rows{
      Row{"OK", "OK"},
      Row{"ERROR", "ERROR"},
      Row{"+CMS ERROR: 38", "CMS 38"},
      Row{"+CMS ERROR:500", "CMS 500"},
      Row{"+CME ERROR: 10", "CME 10"},
      Row{"+CME ERROR: SIM busy", "CME 14"},
      Row{"+CME ERROR: sim BUSY", "CME 14"},
      Row{"+CMS ERROR: no network service", "CMS 331"},
      Row{"+CMS ERROR: whatever", "CMS ERROR"},
      Row{"COMMAND NOT SUPPORT", "ERROR"},
      Row{"MODEM ERROR: 5", "ERROR"},
      Row{"NO CARRIER", "call ended"},
      Row{"BUSY", "call ended"},
      Row{"CONNECT 9600", "call ended"},
      Row{"0", "OK"},
      Row{"4", "ERROR"},
      Row{"+CMGS: 4", ""},
      Row{"OKAY", ""},
      Row{"+CMTI: \"SM\",1", ""},
  };
  for (const auto& row : rows) {
    const auto final = at::parse_final(row.line);
    STRCMP_EQUAL_TEXT(row.expected, final ? name_of(*final).c_str() : "", row.line);
  }
}

TEST(AtLines, knowsWhatComesUnasked) {
  for (const char* line : {"+CMTI: \"SM\",3",
                           "+CMT: ,24",
                           "+CDS: 25",
                           "+CDSI: \"SR\",1",
                           "+CREG: 1",
                           "+CEREG: 5",
                           "RING",
                           "RDY",
                           "SMS Ready",
                           "SMS DONE",
                           "UNDER-VOLTAGE WARNNING",
                           "^BOOT:1,0",
                           "^RSSI:12",
                           "+ZUSIMR:2",
                           "+QIND: SMS DONE",
                           "+CPIN: READY",
                           "NORMAL POWER DOWN",
                           "*PSUTTZ: 1",
                           "#QSS: 2",
                           "+PBREADY"}) {
    CHECK_TEXT(at::is_unsolicited(line), line);
  }
  for (const char* line : {"OK", "+CSQ: 20,99", "+CMGS: 1", "SIMCOM_SIM7600E-H", "490154203237518"}) {
    CHECK_FALSE_TEXT(at::is_unsolicited(line), line);
  }
}

TEST_GROUP(AtAnswers){};

TEST(AtAnswers, tellsAnAnswerOfRegistrationFromNews) {
  struct Row {
    const char* line;
    int state;
    bool asked;
  };
  constexpr std::array rows{
      Row{"+CREG: 2,1,\"00C3\",\"0000A1B2\",7", 1, true},
      Row{"+CREG: 1,\"00C3\",\"0000A1B2\",7", 1, false},
      Row{"+CREG: 1,00C3,0000A1B2", 1, false},
      Row{"+CREG: 0,5", 5, true},
      Row{"+CREG: 2", 2, false},
      Row{"+CREG:5", 5, false},
      Row{"+CEREG: 2,10,\"00C3\"", 10, true},
      Row{"+CREG: 1,\"\",\"\"", 1, false},
      Row{"+CGREG: 2, 1", 1, true},
      Row{"+CREG: 1, \"00C3\"", 1, false},
      Row{"+CREG: 1,\"12\"", 1, false},
  };
  for (const auto& row : rows) {
    const auto registration = at::parse_registration(row.line);
    CHECK_TEXT(registration.has_value(), row.line);
    LONGS_EQUAL_TEXT(row.state, registration->state, row.line);
    LONGS_EQUAL_TEXT(row.asked, registration->asked, row.line);
  }
  CHECK_FALSE(at::parse_registration("+CREG: x").has_value());
  CHECK_FALSE(at::parse_registration("+CSQ: 1,99").has_value());
}

TEST(AtAnswers, knowsWhichStatesCanSend) {
  for (const int state : {1, 5, 6, 7, 9, 10}) CHECK(at::is_registered(state));
  for (const int state : {0, 2, 3, 4, 8, 11}) CHECK_FALSE(at::is_registered(state));
}

TEST(AtAnswers, readsSignal) {
  LONGS_EQUAL(-113, at::parse_signal_dbm("+CSQ: 0,0").value());
  LONGS_EQUAL(-51, at::parse_signal_dbm("+CSQ: 31,99").value());
  CHECK_FALSE(at::parse_signal_dbm("+CSQ: 99,99").has_value());
}

TEST(AtAnswers, readsTheClock) {
  const auto ms_of = [](const char* line) { return relay::to_ms(at::parse_clock(line).value()); };
  CHECK(ms_of("+CCLK: \"26/09/21,14:13:20+00\"") == 1'790'000'000'000);
  CHECK(ms_of("+CCLK: \"26/09/21,17:13:20+12\"") == 1'790'000'000'000);  // three hours east
  CHECK(ms_of("+CCLK: \"26/09/21,09:13:20-20\"") == 1'790'000'000'000);
  CHECK(ms_of("+CCLK: \"26/09/21,14:13:20\"") == 1'790'000'000'000);
  CHECK(ms_of("+CCLK: \"80/01/06,00:00:00+00\"") == 315'964'800'000);  // 1980: it was never told
  for (const char* wrong : {"+CCLK: \"26/02/30,14:13:20+00\"", "+CCLK: \"26/09/21,24:13:20+00\"", "+CCLK: \"\"",
                            "+CCLK: \"26/09/21\"", "+CCLK: 26/09/21,14:13:20", "+CCLK: \"xx/09/21,14:13:20+00\"", "OK"})
    CHECK_FALSE_TEXT(at::parse_clock(wrong).has_value(), wrong);
}

TEST(AtAnswers, readsTheLteSignal) {
  const auto signal = at::parse_extended_signal("+CESQ: 99,99,255,255,20,46");
  LONGS_EQUAL(-95, signal.rsrp_dbm.value());
  LONGS_EQUAL(-10, signal.rsrq_db.value());
  const auto none = at::parse_extended_signal("+CESQ: 30,0,255,255,255,255");
  CHECK_FALSE(none.rsrp_dbm.has_value() || none.rsrq_db.has_value());
  CHECK_FALSE(at::parse_extended_signal("").rsrp_dbm.has_value());
  LONGS_EQUAL(-97, at::signed_number_of("-97").value());
  CHECK_FALSE(at::signed_number_of("-").has_value());
}

TEST(AtAnswers, readsWhereAMessageIsStored) {
  const auto stored = at::parse_stored_at("+CMTI: \"SM\",3");
  STRCMP_EQUAL("SM", stored->memory.c_str());
  LONGS_EQUAL(3, stored->index);
  CHECK_FALSE(at::parse_stored_at("+CMTI: ,-1").has_value());
}

TEST(AtAnswers, readsListEntriesWithAnyAlpha) {
  struct Row {
    const char* line;
    int index, stat, length;
  };
  constexpr std::array rows{
      Row{"+CMGL: 1,0,,24", 1, 0, 24},
      Row{"+CMGL: 17,3,35", 17, 3, 35},
      Row{"+CMGL: 2,1,\"Smith, John\",30", 2, 1, 30},
      Row{"+CMGL: 2,1,Smith, John,30", 2, 1, 30},
  };
  for (const auto& row : rows) {
    const auto entry = at::parse_listed(row.line);
    CHECK_TEXT(entry.has_value(), row.line);
    LONGS_EQUAL_TEXT(row.index, entry->index, row.line);
    LONGS_EQUAL_TEXT(row.stat, entry->stat, row.line);
    LONGS_EQUAL_TEXT(row.length, entry->length, row.line);
  }
  LONGS_EQUAL(25, at::parse_pdu_length("+CDS: ,25").value());
  LONGS_EQUAL(25, at::parse_pdu_length("+CDS: 25").value());
}

TEST(AtAnswers, choosesAMemoryThatAllThreeTake) {
  struct Row {
    const char* line;
    const char* memory;
  };
  constexpr std::array rows{
      Row{"+CPMS: (\"ME\",\"MT\",\"SM\",\"SR\"),(\"ME\",\"MT\",\"SM\",\"SR\"),(\"ME\",\"MT\",\"SM\",\"SR\")", "ME"},
      Row{"+CPMS: (\"SM\",\"ME\"),(\"SM\"),(\"SM\",\"ME\")", "SM"},
      Row{"+CPMS: \"SM\",\"SM\",\"SM\"", "SM"},
      Row{"+CPMS: (),(),()", ""},
      Row{"+CPMS:", ""},
      Row{"", ""},
  };
  for (const auto& row : rows) {
    STRCMP_EQUAL_TEXT(row.memory, at::choose_memory(at::parse_memories(row.line)).c_str(), row.line);
  }
}

TEST(AtAnswers, negotiatesIndicationsBestFirst) {
  struct Row {
    const char* offered;
    const char* expected;
  };
  constexpr std::array rows{
      Row{"+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)", "2,1,0,1,0 1,1,0,1,0"},
      Row{"+CNMI: (0-3),(0,1),(0,2,3),(0,2),(1)", "2,1,0,2,1 1,1,0,2,1"},  // MC75i: no direct reports, bfr 1 only
      Row{"+CNMI: (2),(2),(0),(1),(0)", "2,2,0,1,0"},                      // direct delivery only
      Row{"", "2,1,0,1,0 1,1,0,1,0"},                                      // says nothing: everything is tried
  };
  for (const auto& row : rows) {
    const auto candidates = at::message_indications_to_try(row.offered);
    std::string shown;
    for (std::size_t i = 0; i < candidates.size() && i < 2; ++i)
      shown += (i == 0 ? "" : " ") + at::to_text(candidates[i]);
    STRCMP_EQUAL_TEXT(row.expected, shown.c_str(), row.offered);
  }
}

TEST(AtAnswers, knowsWhetherIndicationsAreOffered) {
  CHECK(at::offers_indications("+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)", "2,1,0,1,0"));
  CHECK_FALSE(at::offers_indications("+CNMI: (0,1),(0-3),(0,2),(0-2),(0,1)", "2,1,0,1,0"));
  CHECK_FALSE(at::offers_indications("+CNMI: (0-3),(0,1),(0,2,3),(0,2),(1)", "2,1,0,2,0"));
  CHECK(at::offers_indications("", "2,1,0,1,0"));
  CHECK_FALSE(at::offers_indications("", "2,1,0"));
  for (const auto& candidate : at::message_indications_to_try("", false)) CHECK(candidate[3] != 2);
}

TEST(AtAnswers, readsTriesLeftFromTheCardItself) {
  LONGS_EQUAL(3, at::parse_card_tries("+CSIM: 4,\"63C3\"").value());
  LONGS_EQUAL(0, at::parse_card_tries("+CSIM: 4,\"63C0\"").value());
  LONGS_EQUAL(0, at::parse_card_tries("+CSIM: 4,\"6983\"").value());
  CHECK_FALSE(at::parse_card_tries("+CSIM: 4,\"9000\"").has_value());
  CHECK_FALSE(at::parse_card_tries("+CSIM: 4").has_value());
}

TEST(AtAnswers, readsTheOwnNumber) {
  STRCMP_EQUAL("+358401234567", at::parse_own_number("+CNUM: \"me, myself\",\"+358401234567\",145").c_str());
  STRCMP_EQUAL("0401234567", at::parse_own_number("+CNUM: ,\"0401234567\",129,7,4").c_str());
  STRCMP_EQUAL("", at::parse_own_number("+CNUM: \"\",\"\",129").c_str());
}

TEST(AtAnswers, givesSlowCommandsTheirTime) {
  CHECK(at::command("AT").limit == std::chrono::seconds{5});
  CHECK(at::command("AT+CFUN=1").limit == std::chrono::seconds{180});
  CHECK(at::command("AT+CFUN=1,1").limit == std::chrono::seconds{15});
  CHECK(at::command("AT+CMGL=4").limit_per_line);
  STRCMP_EQUAL("+CMGL:", std::string{at::command("AT+CMGL=4").prefix}.c_str());
  CHECK(at::command("AT+CGSN").bare_answer);
  STRCMP_EQUAL("+QCFG:", at::command("AT+QCFG=\"ims\",2").prefix.c_str());
  STRCMP_EQUAL("^CPIN:", at::command("AT^CPIN?").prefix.c_str());
  STRCMP_EQUAL("", at::command("ATE0").prefix.c_str());
  STRCMP_EQUAL("", at::command("AT+CFUN=4").prefix.c_str());
}
