#include "firmware/modem/tpdu/coding.hpp"

namespace tpdu {
namespace {

// Groups 00xx and 01xx: bit 5 compressed, bit 4 says that bits 1-0 are a class, bits 3-2 alphabet (3 is reserved).
DataCoding general_coding(std::uint8_t dcs) {
  DataCoding coding;
  coding.compressed = (dcs & 0x20U) != 0;
  if ((dcs & 0x10U) != 0) coding.message_class = dcs & 0x03;
  switch ((dcs >> 2U) & 0x03U) {
    case 1:
      coding.alphabet = Alphabet::octets;
      break;
    case 2:
      coding.alphabet = Alphabet::ucs2;
      break;
    default:
      break;
  }
  return coding;
}

}  // namespace

DataCoding decode_coding(std::uint8_t dcs) {
  if (dcs < 0x80) return general_coding(dcs);
  DataCoding coding;
  switch (dcs >> 4U) {
    case 0xE:
      coding.alphabet = Alphabet::ucs2;
      break;   // message waiting, store
    case 0xF:  // data coding and class
      coding.message_class = dcs & 0x03;
      if ((dcs & 0x04U) != 0) coding.alphabet = Alphabet::octets;
      break;
    default:
      break;  // 8 to B reserved, C and D message waiting: the default alphabet
  }
  return coding;
}

std::uint8_t encode_coding(Alphabet alphabet, std::optional<int> message_class) {
  unsigned dcs = 0;
  if (alphabet == Alphabet::octets) dcs = 0x04;
  if (alphabet == Alphabet::ucs2) dcs = 0x08;
  if (message_class) dcs |= 0x10U | (static_cast<unsigned>(*message_class) & 0x03U);
  return static_cast<std::uint8_t>(dcs);
}

std::string name_of(const DataCoding& coding) {
  std::string name = "gsm7";
  if (coding.alphabet == Alphabet::octets) name = "8bit";
  if (coding.alphabet == Alphabet::ucs2) name = "ucs2";
  return coding.compressed ? name + "-compressed" : name;
}

}  // namespace tpdu
