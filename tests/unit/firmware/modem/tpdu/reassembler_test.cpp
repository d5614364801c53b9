#include "firmware/modem/tpdu/reassembler.hpp"

#include <CppUTest/TestHarness.h>

using namespace tpdu;
using relay::Millis;
using relay::TimelineTime;
using std::chrono::hours;
using std::chrono::minutes;

TEST_GROUP(Reassembler) {
  Reassembler reassembler;
  TimelineTime now{hours{1000}};

  Reassembler::Added add(int seq, int total, std::u32string text, const char* sender = "+358401234567", int ref = 7,
                         int ref_bits = 8) {
    return reassembler.add(
        {.sender = sender,
         .concatenation = Concatenation{.ref = ref, .ref_bits = ref_bits, .total = total, .seq = seq},
         .text = std::move(text),
         .tag = 100 + seq},
        now);
  }
};

TEST(Reassembler, aPlainMessagePassesThrough) {
  const auto added = reassembler.add({.sender = "Bank", .concatenation = {}, .text = U"hi", .tag = 5}, now);
  LONGS_EQUAL(1, added.messages.size());
  STRCMP_EQUAL("Bank", added.messages[0].sender.c_str());
  STRCMP_EQUAL("hi", added.messages[0].text.c_str());
  CHECK(added.messages[0].complete && added.messages[0].tags == std::vector<std::int64_t>{5});
}

TEST(Reassembler, partsInAnyOrder) {
  CHECK(add(3, 3, U"c").messages.empty());
  CHECK(add(1, 3, U"a").messages.empty());
  const auto added = add(2, 3, U"b");
  LONGS_EQUAL(1, added.messages.size());
  STRCMP_EQUAL("abc", added.messages[0].text.c_str());
  CHECK(added.messages[0].complete);
  CHECK(added.messages[0].tags == (std::vector<std::int64_t>{101, 102, 103}));
  LONGS_EQUAL(0, reassembler.open_sets());
}

TEST(Reassembler, surrogateHalvesMeetAtASeam) {
  (void)add(1, 2, std::u32string{U'a', char32_t{0xD83D}});
  const auto added = add(2, 2, std::u32string{char32_t{0xDE00}, U'b'});
  STRCMP_EQUAL("a😀b", added.messages[0].text.c_str());
  const std::vector<std::u32string> lone{{char32_t{0xDE00}}, {char32_t{0xD83D}}};
  LONGS_EQUAL(2, join_parts(lone).size());
}

TEST(Reassembler, setsAreApartBySenderReferenceWidthAndTotal) {
  (void)add(1, 2, U"x");
  CHECK(add(2, 2, U"y", "+46701234567").messages.empty());
  CHECK(add(2, 2, U"y", "+358401234567", 8).messages.empty());
  CHECK(add(2, 2, U"y", "+358401234567", 7, 16).messages.empty());
  CHECK(add(2, 3, U"y").messages.empty());
  LONGS_EQUAL(5, reassembler.open_sets());
  STRCMP_EQUAL("xz", add(2, 2, U"z").messages.at(0).text.c_str());
}

TEST(Reassembler, repeatedPartsAreDropped) {
  (void)add(1, 2, U"x");
  CHECK(add(1, 2, U"x").repeated);
  now += hours{2};
  CHECK(add(1, 2, U"x").repeated);
  STRCMP_EQUAL("xy", add(2, 2, U"y").messages.at(0).text.c_str());
  CHECK(add(2, 2, U"y").repeated);  // the network repeats when the acknowledgement was lost
  CHECK(add(1, 2, U"x").repeated);
  LONGS_EQUAL(0, reassembler.open_sets());
}

TEST(Reassembler, aReferenceThatComesRoundStartsANewMessage) {
  (void)add(1, 2, U"old");
  const auto given_up = add(1, 2, U"new");  // another text is no repeat, however soon it comes
  STRCMP_EQUAL("old[…]", given_up.messages.at(0).text.c_str());
  CHECK_FALSE(given_up.messages[0].complete);
  STRCMP_EQUAL("new one", add(2, 2, U" one").messages.at(0).text.c_str());
  CHECK(add(1, 2, U"newer").messages.empty());  // after completion, at once
  STRCMP_EQUAL("newer one", add(2, 2, U" one").messages.at(0).text.c_str());
}

TEST(Reassembler, dataAreOctetsAndNeverJoinedWithText) {
  const auto data = [this](int seq, std::u32string octets) {
    return reassembler.add({.sender = "+358401234567",
                            .concatenation = Concatenation{.ref = 7, .ref_bits = 8, .total = 2, .seq = seq},
                            .text = std::move(octets),
                            .is_data = true},
                           now);
  };
  (void)data(1, {0x00, 0xFF});
  CHECK(add(2, 2, U"text").messages.empty());
  const auto whole = data(2, {0x80}).messages;
  LONGS_EQUAL(1, whole.size());
  CHECK(whole[0].is_data && whole[0].text.empty() && whole[0].data == std::string("\x00\xFF\x80", 3));
  const auto single = reassembler.add({.sender = "+1", .concatenation = {}, .text = {0xE4}, .is_data = true}, now);
  STRCMP_EQUAL("\xE4", single.messages.at(0).data.c_str());
}

TEST(Reassembler, whatDoesNotComeIsMarkedAndGivenAfterADay) {
  (void)add(2, 5, U"b");
  (void)add(5, 5, U"e");
  CHECK(reassembler.next_expiry() == now + hours{24});
  now += hours{24} - Millis{1};
  CHECK(reassembler.expire(now).empty());
  now += Millis{1};
  const auto expired = reassembler.expire(now);
  LONGS_EQUAL(1, expired.size());
  STRCMP_EQUAL("[…]b[…]e", expired[0].text.c_str());
  CHECK(expired[0].missing == (std::vector<int>{1, 3, 4}));
  CHECK(expired[0].tags == (std::vector<std::int64_t>{102, 105}));
  CHECK_FALSE(reassembler.next_expiry().has_value());
}

TEST(Reassembler, aLatePartIsAFragment) {
  (void)add(1, 3, U"a");
  now += hours{25};
  LONGS_EQUAL(1, reassembler.expire(now).size());
  now += hours{100};
  (void)reassembler.expire(now);
  const auto late = add(2, 3, U"b");
  STRCMP_EQUAL("[…]b[…]", late.messages.at(0).text.c_str());
  CHECK(add(2, 3, U"b").repeated);
  CHECK(add(1, 3, U"a").repeated);
  now += hours{168};
  (void)reassembler.expire(now);
  CHECK(add(3, 3, U"c").messages.empty());  // too late: perhaps a new message
  LONGS_EQUAL(1, reassembler.open_sets());
}

TEST(Reassembler, isBounded) {
  reassembler = Reassembler({.open_sets = 3, .closed_sets = 4});
  for (int ref = 0; ref < 3; ++ref) {
    CHECK(add(1, 2, U"x", "+1", ref).messages.empty());
    now += Millis{1};
  }
  const auto added = add(1, 2, U"x", "+1", 3);
  LONGS_EQUAL(1, added.messages.size());
  LONGS_EQUAL(101, added.messages[0].tags.at(0));
  STRCMP_EQUAL("x[…]", added.messages[0].text.c_str());
  LONGS_EQUAL(3, reassembler.open_sets());
  for (int ref = 4; ref < 1000; ++ref) {
    now += Millis{1};
    LONGS_EQUAL(1, add(1, 2, U"x", "+1", ref).messages.size());
    LONGS_EQUAL(3, reassembler.open_sets());
  }
}
