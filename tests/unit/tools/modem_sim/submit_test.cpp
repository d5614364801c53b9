#include "tools/modem-sim/model/submit.hpp"

#include <array>
#include <string>

#include "tests/unit/tools/modem_sim/modem_bench.hpp"

using modem_sim::decode_submit;
using modem_sim::Submit;

namespace {

int tpdu_octets(std::string_view hex) {
  const auto smsc = std::stoi(std::string{hex.substr(0, 2)}, nullptr, 16);
  return static_cast<int>(hex.size() / 2) - 1 - smsc;
}

Submit decoded(std::string_view hex) {
  const auto submit = decode_submit(hex, tpdu_octets(hex));
  if (!submit) FAIL(submit.error().message.c_str());
  return *submit;
}

}  // namespace

TEST_GROUP(StrictSubmit){};

TEST(StrictSubmit, readsTheTextbookMessage) {
  const auto submit = decoded(ModemBench::hello);
  SAYS("+46708251358", submit.to);
  SAYS("hellohello", submit.text);
  SAYS("", submit.smsc);
  LONGS_EQUAL(4 * 24 * 60, submit.validity_minutes.value_or(0));
  CHECK_FALSE(submit.status_report_requested);
  CHECK_FALSE(submit.concatenation.has_value());
  CHECK_TRUE(decoded(ModemBench::hello_with_report).status_report_requested);
}

TEST(StrictSubmit, readsTheServiceCentreAndNationalNumbers) {
  const auto submit = decoded("07911326040000F00100068121436500080400480069");
  SAYS("+31624000000", submit.smsc);
  SAYS("123456", submit.to);
  SAYS("Hi", submit.text);
}

TEST(StrictSubmit, readsUcs2AndData) {
  SAYS("Привет", decoded("0001000B916407281553F800080C041F04400438043204350442").text);
  SAYS("😀", decoded("0001000B916407281553F8000804D83DDE00").text);
  SAYS("00FF", decoded("0001000B916407281553F800040200FF").text);
}

TEST(StrictSubmit, readsBothConcatenationElements) {
  const auto narrow = decoded("0041000B916407281553F800000C050003CC0201D06536FB0D");
  SAYS("hello", narrow.text);
  LONGS_EQUAL(0xCC, narrow.concatenation->reference);
  LONGS_EQUAL(8, narrow.concatenation->reference_bits);
  LONGS_EQUAL(2, narrow.concatenation->total);
  LONGS_EQUAL(1, narrow.concatenation->sequence);
  const auto wide = decoded("0041000B916407281553F800000D060804012C0201E8329BFD06");
  SAYS("hello", wide.text);
  LONGS_EQUAL(0x12C, wide.concatenation->reference);
  LONGS_EQUAL(16, wide.concatenation->reference_bits);
}

TEST(StrictSubmit, validityFollowsTheTableOf23040) {
  struct Row {
    std::string_view octet;
    int minutes;
  };
  constexpr std::array rows{
      Row{"00", 5},           Row{"8F", 12 * 60},      Row{"90", 12 * 60 + 30},    Row{"A7", 24 * 60},
      Row{"A8", 2 * 24 * 60}, Row{"C4", 30 * 24 * 60}, Row{"C5", 5 * 7 * 24 * 60}, Row{"FF", 63 * 7 * 24 * 60}};
  for (const auto& row : rows) {
    const auto hex = "0011000B916407281553F80000" + std::string{row.octet} + "0AE8329BFD4697D9EC37";
    LONGS_EQUAL_TEXT(row.minutes, decoded(hex).validity_minutes.value_or(-1), hex.c_str());
  }
}

TEST(StrictSubmit, refusesEachBrokenRuleAndNamesIt) {
  struct Row {
    std::string_view why;  ///< a part of the sentence
    std::string_view hex;
  };
  constexpr std::array rows{
      Row{"pairs of hex", "0011000B916407281553F80000AA0AE8329BFD4697D9EC3G"},
      Row{"pairs of hex", "0011000B916407281553F80000AA0AE8329BFD4697D9EC3"},
      Row{"pairs of hex", "0011000B916407281553F80000AA0A\nE8329BFD4697D9EC37"},
      Row{"SMSC length octet",
          "0191"
          "11000B916407281553F80000AA0AE8329BFD4697D9EC37"},
      Row{"SMSC address is cut", "0791"},
      Row{"not SMS-SUBMIT", "0010000B916407281553F80000AA0AE8329BFD4697D9EC37"},
      Row{"not SMS-SUBMIT", "0012000B916407281553F80000AA0AE8329BFD4697D9EC37"},
      Row{"1 to 20 digits", "00110000910000AA0AE8329BFD4697D9EC37"},
      Row{"1 to 20 digits", "001100159164072815536407281553F80000AA0AE8329BFD4697D9EC37"},
      Row{"bit 8 of the type", "0011000B116407281553F80000AA0AE8329BFD4697D9EC37"},
      Row{"type of number is reserved", "0011000BF16407281553F80000AA0AE8329BFD4697D9EC37"},
      Row{"numbering plan", "0011000B926407281553F80000AA0AE8329BFD4697D9EC37"},
      Row{"alphanumeric", "0011000BD16407281553F80000AA0AE8329BFD4697D9EC37"},
      Row{"filler F", "0011000B916407281553280000AA0AE8329BFD4697D9EC37"},
      Row{"inside the address", "0011000B9164F7281553F80000AA0AE8329BFD4697D9EC37"},
      Row{"something else than digits", "0011000B9164A7281553F80000AA0AE8329BFD4697D9EC37"},
      Row{"compressed", "0011000B916407281553F80020AA0AE8329BFD4697D9EC37"},
      Row{"reserved alphabet", "0011000B916407281553F8000CAA0AE8329BFD4697D9EC37"},
      Row{"reserved group", "0011000B916407281553F80080AA0AE8329BFD4697D9EC37"},
      Row{"reserved bit", "0011000B916407281553F800F8AA0AE8329BFD4697D9EC37"},
      Row{"shorter than its length", "0011000B916407281553F80000AA0AE8329BFD4697D9EC"},
      Row{"shorter than its length", "0011000B916407281553F80000AA0CE8329BFD4697D9EC37"},
      Row{"octets follow", "0011000B916407281553F80000AA0AE8329BFD4697D9EC3700"},
      Row{"octets follow", "0011000B916407281553F80000AA09E8329BFD4697D9EC37"},
      Row{"longer than 140", "0001000B916407281553F80000A1"},
      Row{"longer than 140", "0001000B916407281553F800088E"},
      Row{"last septet", "0011000B916407281553F80000AA0AE8329BFD4697D9ECF7"},
      Row{"escape septet", "0001000B916407281553F80000021B0D"},
      Row{"escape septet", "0001000B916407281553F8000002E10D"},
      Row{"odd number of octets", "0001000B916407281553F8000803004800"},
      Row{"is not there", "0041000B916407281553F8000000"},
      Row{"header is longer", "0041000B916407281553F80004020500"},
      Row{"runs past", "0041000B916407281553F8000404030003CC"},
      Row{"wrong length", "0041000B916407281553F8000405040002CC02"},
      Row{"within its total", "0041000B916407281553F800000C050003CC0203D06536FB0D"},
      Row{"within its total", "0041000B916407281553F800000C050003CC0200D06536FB0D"},
      Row{"within its total", "0041000B916407281553F800000C050003CC0001D06536FB0D"},
      Row{"two concatenation", "0041000B916407281553F800040B0A0003CC02010003CC0201"},
      Row{"fill bits", "0041000B916407281553F800000C050003CC0201D16536FB0D"},
      Row{"validity period is cut", "0009000B916407281553F80000AA0A"},
      Row{"holds no digits",
          "0019000B916407281553F80000A2101200000000"
          "0AE8329BFD4697D9EC37"},
      Row{"cut short", "0011"},
  };
  for (const auto& row : rows) {
    const auto submit = decode_submit(row.hex, static_cast<int>(row.hex.size() / 2) - 1 - (row.hex[1] - '0'));
    if (submit) FAIL(std::string{row.hex}.c_str());
    const bool named = submit.error().message.find(row.why) != std::string::npos;
    CHECK_TRUE_TEXT(named, (std::string{row.hex} + ": " + submit.error().message).c_str());
  }
}

TEST(StrictSubmit, theDeclaredLengthMustMatch) {
  CHECK_TRUE(decode_submit(ModemBench::hello, 23).has_value());
  CHECK_FALSE(decode_submit(ModemBench::hello, 22).has_value());
  CHECK_FALSE(decode_submit(ModemBench::hello, 24).has_value());
  CHECK_FALSE(decode_submit("", 0).has_value());
}

TEST(StrictSubmit, everyCutAndEveryChangedOctetIsAnsweredWithoutACrash) {
  const std::string whole{"0041000B916407281553F800000C050003CC0201D06536FB0D"};
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_FALSE(decode_submit(whole.substr(0, length), static_cast<int>(length / 2) - 1).has_value());
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char digit : std::string_view{"0123456789ABCDEF"}) {
      auto changed = whole;
      changed[at] = digit;
      (void)decode_submit(changed, tpdu_octets(whole));
    }
  }
}
