#include <array>

#include "tests/unit/tools/modem_sim/modem_bench.hpp"

using modem_sim::Domain;
using modem_sim::ModemConfig;

namespace {

struct Row {
  std::string_view command;
  std::string_view answer;
};

template <std::size_t N>
void check_table(ModemBench& bench, const std::array<Row, N>& rows) {
  for (const auto& row : rows) {
    STRCMP_EQUAL_TEXT(std::string{row.answer}.c_str(), bench.type(row.command).c_str(),
                      std::string{row.command}.c_str());
  }
}

}  // namespace

TEST_GROUP(Commands) {
  ModemBench bench;
  void setup() override { bench.quiet(); }
};

TEST(Commands, eachHasItsAnswer) {
  check_table(bench, std::array{
                         Row{"AT", "\r\nOK\r\n"},
                         Row{"at+cgmi", "\r\nEdge Relay\r\n\r\nOK\r\n"},
                         Row{"AT+CGSN", "\r\n490154203237518\r\n\r\nOK\r\n"},
                         Row{"AT+CIMI", "\r\n244910000000001\r\n\r\nOK\r\n"},
                         Row{"AT+CCID", "\r\n+CCID: 8935891000000000001\r\n\r\nOK\r\n"},
                         Row{"AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n"},
                         Row{"AT+CFUN?", "\r\n+CFUN: 1\r\n\r\nOK\r\n"},
                         Row{"AT+CREG?", "\r\n+CREG: 0,1\r\n\r\nOK\r\n"},
                         Row{"AT+CREG=2;+CREG?", "\r\n+CREG: 2,1,\"00C3\",\"01A2D001\",7\r\n\r\nOK\r\n"},
                         Row{"AT+CEREG?", "\r\n+CEREG: 0,1\r\n\r\nOK\r\n"},
                         Row{"AT+COPS?", "\r\n+COPS: 0,0,\"SIM NET\",7\r\n\r\nOK\r\n"},
                         Row{"AT+COPS=3,2;+COPS?", "\r\n+COPS: 0,2,\"00101\",7\r\n\r\nOK\r\n"},
                         Row{"AT+CSQ", "\r\n+CSQ: 20,99\r\n\r\nOK\r\n"},
                         Row{"AT+CSCS=\"GSM\"", "\r\nOK\r\n"},
                         Row{"AT+CSCS?", "\r\n+CSCS: \"GSM\"\r\n\r\nOK\r\n"},
                         Row{"AT+CSMS=1", "\r\n+CSMS: 1,1,1\r\n\r\nOK\r\n"},
                         Row{"AT+CSMS?", "\r\n+CSMS: 1,1,1,1\r\n\r\nOK\r\n"},
                         Row{"AT+CPMS=\"ME\",\"SM\",\"ME\"", "\r\n+CPMS: 0,255,0,50,0,255\r\n\r\nOK\r\n"},
                         Row{"AT+CPMS?", "\r\n+CPMS: \"ME\",0,255,\"SM\",0,50,\"ME\",0,255\r\n\r\nOK\r\n"},
                         Row{"AT+CPMS=\"XX\"", "\r\n+CMS ERROR: 303\r\n"},
                         Row{"AT+CMGF=0", "\r\nOK\r\n"},
                         Row{"AT+CMGF=1", "\r\n+CMS ERROR: 303\r\n"},
                         Row{"AT+CSCA?", "\r\n+CSCA: \"+358500000000\",145\r\n\r\nOK\r\n"},
                         Row{"AT+CSCA=\"358401\",145;+CSCA?", "\r\n+CSCA: \"+358401\",145\r\n\r\nOK\r\n"},
                         Row{"AT+CNMI=?", "\r\n+CNMI: (0,1,2),(0,1,2,3),(0),(0,1,2),(0,1)\r\n\r\nOK\r\n"},
                         Row{"AT+CNMI=2,1,0,1,0", "\r\nOK\r\n"},
                         Row{"AT+CNMI?", "\r\n+CNMI: 2,1,0,1,0\r\n\r\nOK\r\n"},
                         Row{"AT+CNMI=2,1,2,1,0", "\r\n+CMS ERROR: 303\r\n"},
                         Row{"AT+CNMI=3", "\r\n+CMS ERROR: 303\r\n"},
                         Row{"AT+CMMS=1", "\r\nOK\r\n"},
                         Row{"AT+CMGR=1", "\r\n+CMS ERROR: 321\r\n"},
                         Row{"AT+CMGL=4", "\r\nOK\r\n"},
                         Row{"AT+CMGD=1", "\r\nOK\r\n"},
                         Row{"AT+CMGD=256", "\r\n+CMS ERROR: 321\r\n"},
                         Row{"AT+CNMA=0", "\r\n+CMS ERROR: 340\r\n"},
                         Row{"AT+CMGS=0", "\r\n+CMS ERROR: 304\r\n"},
                         Row{"AT+CMGS=999", "\r\n+CMS ERROR: 304\r\n"},
                         Row{"AT+CMGS=23;+CSQ", "\r\nERROR\r\n"},
                         Row{"ATD123;", "\r\nNO CARRIER\r\n"},
                         Row{"AT+NOSUCH", "\r\nERROR\r\n"},
                         Row{"AT+CSQ;+NOSUCH;+CGMM", "\r\n+CSQ: 20,99\r\n\r\nERROR\r\n"},
                         Row{"ATE0V1Q0X4&C1&D0S0=0", "\r\nOK\r\n"},
                         Row{"AT+CMEE?", "\r\n+CMEE: 0\r\n\r\nOK\r\n"},
                         Row{"hello", ""},
                     });
}

TEST(Commands, errorsFollowCmee) {
  check_table(bench, std::array{
                         Row{"AT+CMEE=9", "\r\nERROR\r\n"},
                         Row{"AT+CMEE=1", "\r\nOK\r\n"},
                         Row{"AT+CMEE=9", "\r\n+CME ERROR: 50\r\n"},
                         Row{"AT+CMEE=2", "\r\nOK\r\n"},
                         Row{"AT+CMEE=9", "\r\n+CME ERROR: Incorrect parameters\r\n"},
                         Row{"AT+CMGR=1", "\r\n+CMS ERROR: invalid memory index\r\n"},
                     });
}

TEST(Commands, echoQuietAndNumericResults) {
  bench.type("ATE1");
  SAYS("AT\r\r\nOK\r\n", bench.type("AT"));
  SAYS("A/\r\nOK\r\n", bench.raw("A/"));
  bench.type("ATE0");
  SAYS("0\r", bench.type("ATV0"));
  SAYS("+CSQ: 20,99\r\n0\r", bench.type("AT+CSQ"));
  SAYS("4\r", bench.type("AT+NOSUCH"));
  SAYS("", bench.type("ATQ1"));
  SAYS("", bench.type("AT"));
  SAYS("AT\r\r\nOK\r\n", (bench.type("ATZ"), bench.type("AT")));
}

TEST(Commands, lineEditingAndOverlongLines) {
  SAYS("\r\nOK\r\n", bench.raw("\nATX\b\r"));
  SAYS("\r\nERROR\r\n", bench.type("AT+CSCS=\"" + std::string(5000, 'x') + "\""));
  SAYS("\r\nOK\r\n", bench.type("noiseAT"));
}

TEST(Commands, registrationChangesAreAnnouncedAsAsked) {
  bench.type("AT+CREG=2;+CEREG=1");
  bench.modem.set_registration(Domain::circuit, 2, bench.now);
  SAYS("\r\n+CREG: 2\r\n", bench.wait(0));
  bench.modem.set_registration(std::nullopt, 5, bench.now);
  SAYS("\r\n+CREG: 5,\"00C3\",\"01A2D001\",7\r\n\r\n+CEREG: 5\r\n", bench.wait(0));
  SAYS("\r\nOK\r\n\r\n+CREG: 0\r\n\r\n+CEREG: 0\r\n", bench.type("AT+CFUN=4"));
  SAYS("\r\n+CSQ: 99,99\r\n\r\nOK\r\n", bench.type("AT+CSQ"));
}

TEST(Commands, ussdAnswersLater) {
  SAYS("\r\nOK\r\n", bench.type("AT+CUSD=1,\"*100#\",15"));
  SAYS("\r\n+CUSD: 0,\"Balance 10.00\",15\r\n", bench.wait(2000));
  bench.type("AT+CSCS=\"UCS2\"");
  bench.type("AT+CUSD=1,\"002A00310030003000230023\",15");
  SAYS("\r\n+CUSD: 0,\"00420061006C0061006E00630065002000310030002E00300030\",72\r\n", bench.wait(2000));
}

TEST_GROUP(SimLock) {
  static ModemConfig locked() {
    ModemConfig config;
    config.pin = "1234";
    return config;
  }
  ModemBench bench{locked()};
  void setup() override { bench.type("ATE0;+CMEE=1;+CREG=1"); }
};

TEST(SimLock, nothingWorksBeforeThePin) {
  check_table(bench, std::array{
                         Row{"AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"},
                         Row{"AT+CPINR", "\r\n+CPINR: SIM PIN,3,3\r\n+CPINR: SIM PUK,10,10\r\n\r\nOK\r\n"},
                         Row{"AT+CIMI", "\r\n+CME ERROR: 11\r\n"},
                         Row{"AT+CMGS=23", "\r\n+CMS ERROR: 311\r\n"},
                         Row{"AT+CREG?", "\r\n+CREG: 1,0\r\n\r\nOK\r\n"},
                     });
}

TEST(SimLock, thePinOpensAndServicesComeUp) {
  SAYS("\r\nOK\r\n\r\n+CREG: 2\r\n", bench.type("AT+CPIN=\"1234\""));
  SAYS("\r\n+CMS ERROR: 314\r\n", bench.type("AT+CMGL=4"));
  SAYS("\r\nSMS Ready\r\n", bench.wait(600));
  SAYS("\r\n+CREG: 1\r\n", bench.wait(600));
  SAYS("\r\nOK\r\n", bench.type("AT+CMGL=4"));
}

TEST(SimLock, threeWrongPinsNeedThePuk) {
  check_table(bench, std::array{
                         Row{"AT+CPIN=\"0000\"", "\r\n+CME ERROR: 16\r\n"},
                         Row{"AT+CPIN=\"0000\"", "\r\n+CME ERROR: 16\r\n"},
                         Row{"AT+CPINR", "\r\n+CPINR: SIM PIN,1,3\r\n+CPINR: SIM PUK,10,10\r\n\r\nOK\r\n"},
                         Row{"AT+CPIN=\"0000\"", "\r\n+CME ERROR: 12\r\n"},
                         Row{"AT+CPIN?", "\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n"},
                         Row{"AT+CPIN=\"1234\"", "\r\n+CME ERROR: 12\r\n"},
                         Row{"AT+CMGL=4", "\r\n+CMS ERROR: 316\r\n"},
                         Row{"AT+CPIN=\"11111111\",\"4321\"", "\r\n+CME ERROR: 16\r\n"},
                         Row{"AT+CPIN=\"12345678\",\"4321\"", "\r\nOK\r\n\r\n+CREG: 2\r\n"},
                         Row{"AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n"},
                         Row{"AT+CPIN=\"4321\"", "\r\n+CME ERROR: 3\r\n"},
                     });
}

TEST(SimLock, tenWrongPuksBlockTheSim) {
  for (int i = 0; i < 3; ++i) bench.type("AT+CPIN=\"0000\"");
  for (int i = 0; i < 10; ++i) bench.type("AT+CPIN=\"0\",\"4321\"");
  SAYS("\r\n+CME ERROR: 13\r\n", bench.type("AT+CPIN=\"12345678\",\"4321\""));
}

TEST(SimLock, withoutASim) {
  ModemConfig config;
  config.sim_present = false;
  ModemBench empty(config);
  empty.type("ATE0;+CMEE=1");
  SAYS("\r\n+CME ERROR: 10\r\n", empty.type("AT+CPIN?"));
  SAYS("\r\n+CMS ERROR: 310\r\n", empty.type("AT+CMGS=23"));
}
