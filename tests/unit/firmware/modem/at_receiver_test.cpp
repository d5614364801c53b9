#include <array>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "firmware/modem/at/receiver.hpp"

namespace {

/// "line", "header|pdu", "PROMPT", "OVERLONG", joined by spaces and slashes.
std::string shown(const std::vector<at::Incoming>& pieces) {
  std::string out;
  for (const auto& piece : pieces) {
    if (!out.empty()) out += " / ";
    switch (piece.kind) {
      case at::Incoming::Kind::line:
        out += piece.pdu.empty() ? piece.text : piece.text + "|" + piece.pdu;
        break;
      case at::Incoming::Kind::prompt:
        out += "PROMPT";
        break;
      case at::Incoming::Kind::overlong:
        out += "OVERLONG";
        break;
    }
  }
  return out;
}

struct Row {
  const char* name;
  std::string bytes;
  bool prompt_awaited;
  const char* expected;
};

const std::array rows{
    Row{"CR LF around", "\r\nOK\r\n", false, "OK"},
    Row{"LF only", "OK\n", false, "OK"},
    Row{"CR CR LF", "AT\r\r\nOK\r\r\n", false, "AT / OK"},
    Row{"empty lines vanish", "\r\n\r\n\r\nOK\r\n\n", false, "OK"},
    Row{"power-up garbage", std::string("\0\0\xff\x01\r\nRDY\r\n", 11), false, "RDY"},
    Row{"prompt with space", "\r\n> ", true, "PROMPT"},
    Row{"prompt without space", "\r\n>", true, "PROMPT"},
    Row{"prompt glued to the echo", "AT+CMGS=20\r> ", true, "AT+CMGS=20 / PROMPT"},
    Row{"prompt repeated", "\r\n> \r\n> \r\n+CMGS: 4\r\n", true, "PROMPT / +CMGS: 4"},
    Row{"an unasked line within the prompt", "\r\n>\r\n+CMTI: \"SM\",3\r\n ", true, "PROMPT / +CMTI: \"SM\",3"},
    Row{"an unasked line glued to the prompt", "\r\n> +CMTI: \"SM\",3\r\n", true, "PROMPT / +CMTI: \"SM\",3"},
    Row{"no prompt unless awaited", "\r\n> x\r\n", false, "> x"},
    Row{"a '>' within a line is text", "\r\n+COPS: 0,0,\"a>b\"\r\n", true, "+COPS: 0,0,\"a>b\""},
    Row{"PDU belongs to +CDS", "\r\n+CDS: 25\r\n07915348\r\n", false, "+CDS: 25|07915348"},
    Row{"PDU belongs to +CMT", "\r\n+CMT: ,24\r\n0791AABB\r\n", false, "+CMT: ,24|0791AABB"},
    Row{"two entries of a list", "\r\n+CMGL: 1,1,,4\r\n00AABBCC\r\n+CMGL: 2,1,,4\r\n00DDEEFF\r\n\r\nOK\r\n", false,
        "+CMGL: 1,1,,4|00AABBCC / +CMGL: 2,1,,4|00DDEEFF / OK"},
    Row{"an unasked line between header and PDU", "+CMGL: 1,1,,4\r\n+CMTI: \"SM\",9\r\n00AABBCC\r\n", false,
        "+CMTI: \"SM\",9 / +CMGL: 1,1,,4|00AABBCC"},
    Row{"a header whose PDU does not come", "+CMGR: 0,,0\r\n\r\nOK\r\n", false, "+CMGR: 0,,0 / OK"},
};

}  // namespace

TEST_GROUP(AtReceiver){};

TEST(AtReceiver, cutsWhatModemsSend) {
  for (const auto& row : rows) {
    at::Receiver receiver;
    receiver.expect_prompt(row.prompt_awaited);
    STRCMP_EQUAL_TEXT(row.expected, shown(receiver.feed(row.bytes)).c_str(), row.name);
  }
}

TEST(AtReceiver, doesNotCareHowTheBytesAreCut) {
  for (const auto& row : rows) {
    at::Receiver receiver;
    receiver.expect_prompt(row.prompt_awaited);
    std::vector<at::Incoming> all;
    for (const char c : row.bytes) {
      for (auto& piece : receiver.feed({&c, 1})) all.push_back(piece);
    }
    STRCMP_EQUAL_TEXT(row.expected, shown(all).c_str(), row.name);
  }
}

TEST(AtReceiver, throwsAnOverlongLineAwayAndGoesOn) {
  at::Receiver receiver;
  STRCMP_EQUAL("OVERLONG / OK", shown(receiver.feed(std::string(1'000'000, 'x') + "\r\nOK\r\n")).c_str());
}

TEST(AtReceiver, keepsALineOfTheLongestLawfulLength) {
  at::Receiver receiver;
  LONGS_EQUAL(4096, receiver.feed(std::string(4096, 'x') + "\r").at(0).text.size());
}
