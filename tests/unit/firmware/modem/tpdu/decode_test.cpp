#include "firmware/modem/tpdu/decode.hpp"

#include <fstream>
#include <memory>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "firmware/modem/tpdu/hex.hpp"
#include "firmware/modem/tpdu/submit.hpp"
#include "relay/message/sms_text.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using namespace tpdu;
using Octets = std::vector<std::uint8_t>;

namespace {

// The hex of every vector, the refused ones too: they are good seeds.
std::vector<Octets> corpus() {
  std::vector<Octets> result;
  std::ifstream file(EDGE_RELAY_TEST_DATA "/tpdu/decode.jsonl");
  for (std::string line; std::getline(file, line);) {
    const std::string hex = line.substr(9, line.find_first_of(" \"", 9) - 9);  // after {"line":"
    if (const auto octets = from_hex(hex)) result.push_back(*octets);
  }
  CHECK(result.size() > 500);
  return result;
}

// Reads from a heap block of exactly this size, so that the address sanitizer sees one octet too many; in every mode.
void decode_in_all_modes(const Octets& octets) {
  const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[octets.size()]);
  std::ranges::copy(octets, exact.get());
  for (const auto direction : {Direction::to_mobile, Direction::from_mobile}) {
    for (const bool with_smsc : {true, false}) {
      const bool strict = decode({exact.get(), octets.size()}, {direction, with_smsc, false}).has_value();
      const auto tolerant = decode({exact.get(), octets.size()}, {direction, with_smsc, true});
      CHECK(!strict || tolerant.has_value());  // tolerant refuses nothing that strict takes
      CHECK(tolerant || !tolerant.error().message.empty());
    }
  }
}

}  // namespace

TEST_GROUP(Decode){};

TEST(Decode, truncatedAtEveryOctet) {
  for (const Octets& whole : corpus()) {
    for (std::size_t size = 0; size <= whole.size(); ++size) decode_in_all_modes({whole.begin(), whole.begin() + size});
  }
}

TEST(Decode, everyOctetFlipped) {
  for (const Octets& whole : corpus()) {
    for (std::size_t place = 0; place < whole.size(); ++place) {
      for (const int change : {0xFF, 0x01, 0x80, 0x40}) {
        Octets changed = whole;
        changed[place] = static_cast<std::uint8_t>(changed[place] ^ change);
        decode_in_all_modes(changed);
      }
    }
  }
}

TEST(Decode, noise) {
  fakes::SeededRandom random(99);
  for (int round = 0; round < 20'000; ++round) {
    Octets octets(random.below(200));
    random.fill(std::as_writable_bytes(std::span(octets)));
    if (octets.size() > 3 && random.below(2) == 0) octets[0] = 0, octets[2] = octets[2] % 24;
    decode_in_all_modes(octets);
  }
}

TEST(Decode, tolerantKeepsAMessageWithABadTimestamp) {
  const char* const pdu = "07911326040000F0040B911346610089F60000FFFFFFFFFFFFFF0CC8F71D14969741F977FD07";
  CHECK_FALSE(decode_hex(pdu).has_value());
  const auto decoded = decode_hex(pdu, {.tolerant = true});
  const auto& deliver = std::get<Deliver>(decoded->message);
  CHECK_FALSE(deliver.service_centre_time.has_value());
  CHECK(*deliver.user_data.text == U"How are you?");
  CHECK_FALSE(deliver.user_data.truncated);
}

TEST(Decode, tolerantTakesUserDataAsFarAsItGoes) {
  const char* const pdu = "07911326040000F0040B911346610089F60000208062917314080CC8F71D149697";
  CHECK_FALSE(decode_hex(pdu).has_value());
  const auto decoded = decode_hex(pdu, {.tolerant = true});
  const auto& deliver = std::get<Deliver>(decoded->message);
  CHECK(deliver.user_data.truncated);
  CHECK(*deliver.user_data.text == U"How ar");
}

TEST(Decode, flagsOfTheFirstOctet) {
  const auto deliver = [](const char* first) {
    const auto decoded = decode_hex(std::string("00") + first + "0181F100002080629173140800");
    return std::get<Deliver>(decoded->message);
  };
  CHECK(deliver("00").more_messages);
  CHECK_FALSE(deliver("04").more_messages);
  CHECK(deliver("84").reply_path);
  CHECK_FALSE(deliver("1C").reply_path);  // bits of other types are ignored
  const auto submit = decode_hex("00A5000181F1000000", {.direction = Direction::from_mobile});
  CHECK(std::get<Submit>(submit->message).reject_duplicates);
  CHECK(std::get<Submit>(submit->message).status_report_request);
  CHECK(std::get<Submit>(submit->message).reply_path);
}

TEST(Decode, saysWhatIsWrong) {
  const auto error = [](const char* hex, Direction direction = Direction::to_mobile) {
    return decode_hex(hex, {.direction = direction}).error().message;
  };
  STRCMP_EQUAL("the TPDU ends within the first octet", error("00").c_str());
  STRCMP_EQUAL("the TPDU ends within TP-PID", error("00040181F1").c_str());
  STRCMP_EQUAL("TP-SCTS is no date and time", error("00040181F1000000000000000000").c_str());
  STRCMP_EQUAL("the originating address has 21 digits; the most is 20", error("0004158100").c_str());
  STRCMP_EQUAL("the reserved message type 3", error("0003").c_str());
  STRCMP_EQUAL("TP-UDL promises 7 octets of user data, 1 are there", error("0001000181F10000"
                                                                           "08AA",
                                                                           Direction::from_mobile)
                                                                         .c_str());
}
