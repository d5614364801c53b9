#include "tools/modem-sim/model/text.hpp"

#include "tests/unit/tools/modem_sim/modem_bench.hpp"

using namespace modem_sim;

TEST_GROUP(Text){};

TEST(Text, everySeptetGoesThereAndBack) {
  for (std::uint8_t code = 0; code < 128; ++code) {
    if (code == 0x1B) continue;
    const Octets one{code};
    const auto text = text_of_septets(one);
    CHECK_TRUE(text.has_value());
    CHECK_TRUE(septets_of_text(*text) == one);
  }
  CHECK_TRUE(text_of_septets(Octets{0x09}) == U"Ç");
  CHECK_TRUE(septets_of_text(U"€[") == (Octets{0x1B, 0x65, 0x1B, 0x3C}));
  CHECK_FALSE(septets_of_text(U"ç").has_value());
}

TEST(Text, packsAsTheStandardDoes) {
  SAYS("E8329BFD4697D9EC37", to_hex(pack_septets(*septets_of_text(U"hellohello"))));
  SAYS("D06536FB0D", to_hex(pack_septets(*septets_of_text(U"hello"), 1)));
  for (std::size_t fill = 0; fill < 7; ++fill) {
    const auto septets = *septets_of_text(U"The quick brown fox {jumps}");
    CHECK_TRUE(unpack_septets(pack_septets(septets, fill), septets.size(), fill) == septets);
  }
}

TEST(Text, utf16JoinsPairsAndReplacesLoneHalves) {
  CHECK_TRUE(text_of_utf16be(utf16be_of_text(U"a😀ж")) == U"a😀ж");
  CHECK_TRUE(text_of_utf16be(Octets{0xD8, 0x3D, 0x00, 0x41}) == U"\uFFFDA");
}

TEST(Text, utf8IsReadStrictlyAndWrittenBack) {
  SAYS("aé€😀", to_utf8(from_utf8("aé€😀")));
  CHECK_TRUE(from_utf8("\xC3") == U"\uFFFD");
  CHECK_TRUE(from_utf8("\xED\xA0\x80") == U"\uFFFD");
  CHECK_TRUE(from_utf8("\xFFz") == U"\uFFFDz");
}
