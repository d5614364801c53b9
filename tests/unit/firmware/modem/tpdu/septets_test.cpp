#include "firmware/modem/tpdu/septets.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/fakes/virtual_runtime.hpp"

using Octets = std::vector<std::uint8_t>;

namespace {

// One bit after the other, as clause 6.1.2.1 draws it.
Octets packed_bit_by_bit(const Octets& septets, std::size_t first) {
  Octets octets(((first + septets.size()) * 7 + 7) / 8);
  for (std::size_t i = 0; i < septets.size(); ++i) {
    for (std::size_t bit = 0; bit < 7; ++bit) {
      const std::size_t place = (first + i) * 7 + bit;
      if ((septets[i] >> bit & 1) != 0)
        octets[place / 8] = static_cast<std::uint8_t>(octets[place / 8] | 1 << place % 8);
    }
  }
  return octets;
}

}  // namespace

TEST_GROUP(Septets) {
  fakes::SeededRandom random{7};
  Octets random_septets(std::size_t count) {
    Octets septets(count);
    for (auto& septet : septets) septet = static_cast<std::uint8_t>(random.below(128));
    return septets;
  }
};

TEST(Septets, everyLengthBehindEveryHeader) {
  for (std::size_t header = 0; header <= 16; ++header) {
    const std::size_t first = tpdu::septets_for_octets(header);
    CHECK(first * 7 >= header * 8 && first * 7 < header * 8 + 7);
    for (std::size_t count = 0; count <= 160; ++count) {
      const Octets septets = random_septets(count);
      const Octets octets = tpdu::pack_septets(septets, first);
      CHECK(octets == packed_bit_by_bit(septets, first));
      LONGS_EQUAL(tpdu::octets_for_septets(first + count), octets.size());
      CHECK(tpdu::unpack_septets(octets, first, count) == septets);
    }
  }
}

TEST(Septets, knownPacking) {
  const Octets hello{'h', 'e', 'l', 'l', 'o', 'h', 'e', 'l', 'l', 'o'};
  CHECK(tpdu::pack_septets(hello) == (Octets{0xE8, 0x32, 0x9B, 0xFD, 0x46, 0x97, 0xD9, 0xEC, 0x37}));
  LONGS_EQUAL(140, tpdu::pack_septets(Octets(160, 0)).size());
  LONGS_EQUAL(140, tpdu::pack_septets(Octets(153, 0), 7).size());
}

TEST(Septets, readsNotBeyondTheOctets) {
  const Octets one{0xFF};
  LONGS_EQUAL(1, tpdu::unpack_septets(one, 0, 200).size());
  LONGS_EQUAL(0, tpdu::unpack_septets(one, 1, 200).size());
  LONGS_EQUAL(0, tpdu::unpack_septets(one, 500, 200).size());
  LONGS_EQUAL(0, tpdu::unpack_septets({}, 0, 200).size());
}

TEST(Septets, escapesByTheStandard) {
  const auto decode = [](const Octets& septets) { return tpdu::decode_septets(septets); };
  CHECK(decode({0x1B, 0x65, 0x1B, 0x0A}) == U"€\f");
  CHECK(decode({0x1B, 0x41}) == U"A");         // no such extension: as without the escape
  CHECK(decode({0x1B, 0x1B, 0x65}) == U" e");  // an extension of the extension is not defined
  CHECK(decode({0x41, 0x1B}) == U"A ");        // nothing follows
  CHECK(decode({0x1B, 0x0D}) == U"\r");
  CHECK(decode({0xC1}) == U"A");  // bit 8 is no part of a septet
}
