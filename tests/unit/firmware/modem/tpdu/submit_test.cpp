#include "firmware/modem/tpdu/submit.hpp"

#include <CppUTest/TestHarness.h>

#include "firmware/modem/tpdu/decode.hpp"
#include "firmware/modem/tpdu/reassembler.hpp"
#include "relay/message/sms_text.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using namespace tpdu;

namespace {

std::string repeat(std::string_view text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

Submit decoded(const SubmitPart& part) {
  const auto pdu = decode_hex(part.pdu, {.direction = Direction::from_mobile});
  CHECK(pdu.has_value());
  return std::get<Submit>(pdu->message);
}

// Decodes every part, checks what all have in common, and joins their texts.
std::string round_trip(const SubmitRequest& request) {
  const auto parts = encode_submit(request);
  CHECK(parts.has_value());
  std::vector<std::u32string> texts;
  const int total = static_cast<int>(parts->parts.size());
  for (int i = 0; i < total; ++i) {
    const auto& part = parts->parts[static_cast<std::size_t>(i)];
    const Submit submit = decoded(part);
    STRCMP_EQUAL(request.number.c_str(), submit.destination.number.c_str());
    LONGS_EQUAL((request.message_reference + i) % 256, submit.message_reference);
    CHECK(submit.status_report_request == request.status_report_request);
    CHECK(submit.reject_duplicates == request.reject_duplicates);
    CHECK(submit.user_data.coding.message_class == request.message_class);
    CHECK(submit.validity.has_value() == request.validity_minutes.has_value());
    const std::size_t smsc = request.smsc.empty() ? 1 : 2 + request.smsc.size() / 2;
    LONGS_EQUAL(part.pdu.size() / 2 - smsc, part.length);
    CHECK(part.length <= 164);
    CHECK(submit.user_data.header.concatenation.has_value() == (total > 1));
    if (total > 1) {
      CHECK(submit.user_data.header.concatenation ==
            (Concatenation{
                .ref = request.concat_ref, .ref_bits = request.concat_ref_bits, .total = total, .seq = i + 1}));
    }
    texts.push_back(*submit.user_data.text);
  }
  return relay::encode_utf8(join_parts(texts));
}

SubmitRequest to(std::string number, std::string text) {
  SubmitRequest request;
  request.number = std::move(number);
  request.text = std::move(text);
  return request;
}

}  // namespace

TEST_GROUP(Submit){};

TEST(Submit, knownPdus) {
  // Worked out by hand from 23.040 clause 9.2.2.2.
  const auto plain = encode_submit(to("+46708251358", "hellohello"));
  STRCMP_EQUAL("0001000B916407281553F800000AE8329BFD4697D9EC37", plain->parts.at(0).pdu.c_str());
  LONGS_EQUAL(22, plain->parts.at(0).length);
  SubmitRequest full = to("1234", "€");
  full.smsc = "+31624000000";
  full.validity_minutes = 60;
  full.message_class = 0;
  full.status_report_request = true;
  full.reject_duplicates = true;
  full.message_reference = 9;
  STRCMP_EQUAL(
      "07911326040000F0350904812143001"
      "00B029B32",
      encode_submit(full)->parts.at(0).pdu.c_str());
  SubmitRequest wide = to("+1", "Ж😀");
  STRCMP_EQUAL("0001000191F10008060416D83DDE00", encode_submit(wide)->parts.at(0).pdu.c_str());
}

TEST(Submit, bordersAndRoundTrips) {
  struct Case {
    std::string text;
    std::size_t parts8;
    std::size_t parts16;
  };
  const Case cases[] = {
      {"", 1, 1},
      {repeat("a", 160), 1, 1},
      {repeat("a", 161), 2, 2},
      {repeat("a", 305), 2, 3},
      {repeat("a", 306), 2, 3},
      {repeat("a", 307), 3, 3},
      {repeat("€", 80), 1, 1},
      {repeat("€", 81), 2, 2},
      {repeat("a", 152) + "€" + repeat("a", 152), 3, 3},
      {repeat("я", 70), 1, 1},
      {repeat("я", 71), 2, 2},
      {repeat("я", 134), 2, 3},
      {repeat("я", 135), 3, 3},
      {repeat("😀", 35), 1, 1},
      {repeat("😀", 36), 2, 2},
      {repeat("😀", 67), 3, 3},
      {repeat("🇫🇮", 40), 3, 3},
  };
  for (const auto& [text, parts8, parts16] : cases) {
    SubmitRequest request = to("+358401234567", text);
    request.concat_ref = 200;
    LONGS_EQUAL(parts8, encode_submit(request)->parts.size());
    STRCMP_EQUAL(text.c_str(), round_trip(request).c_str());
    request.concat_ref = 54321;
    request.concat_ref_bits = 16;
    LONGS_EQUAL(parts16, encode_submit(request)->parts.size());
    STRCMP_EQUAL(text.c_str(), round_trip(request).c_str());
  }
}

TEST(Submit, randomTextsComeBack) {
  fakes::SeededRandom random(23040);
  const std::u32string pool = U"abc €[]{}\n@_Ωèçя\u0301\u200D😀👍🏽🇫🇮中";
  for (int round = 0; round < 2000; ++round) {
    std::u32string text;
    const std::size_t from = random.below(2) == 0 ? pool.size() : 14;
    for (auto length = random.below(500); length > 0; --length) text += pool[random.below(from)];
    SubmitRequest request = to(random.below(2) == 0 ? "+358401234567" : "12345", relay::encode_utf8(text));
    request.concat_ref_bits = random.below(2) == 0 ? 8 : 16;
    request.concat_ref = static_cast<int>(random.below(1U << static_cast<unsigned>(request.concat_ref_bits)));
    request.message_reference = static_cast<std::uint8_t>(random.below(256));
    if (random.below(2) == 0) request.message_class = static_cast<int>(random.below(4));
    if (random.below(2) == 0) request.validity_minutes = static_cast<std::int64_t>(random.below(700'000));
    if (random.below(4) == 0) request.encoding = relay::TextEncoding::ucs2;
    if (random.below(2) == 0) request.smsc = "+358501234567";
    request.status_report_request = random.below(2) == 0;
    request.reject_duplicates = random.below(2) == 0;
    STRCMP_EQUAL(request.text.c_str(), round_trip(request).c_str());
  }
}

TEST(Submit, refusesWhatCannotGoOut) {
  const auto refuses = [](auto change) {
    SubmitRequest request = to("+358401234567", "x");
    change(request);
    const auto parts = encode_submit(request);
    CHECK_FALSE(parts.has_value());
    CHECK(parts.error().code == relay::ErrorCode::invalid_argument);
    CHECK_FALSE(parts.error().message.empty());
  };
  refuses([](SubmitRequest& r) { r.number = ""; });
  refuses([](SubmitRequest& r) { r.number = "+35840x"; });
  refuses([](SubmitRequest& r) { r.smsc = "x"; });
  refuses([](SubmitRequest& r) { r.message_class = 4; });
  refuses([](SubmitRequest& r) { r.message_class = -1; });
  refuses([](SubmitRequest& r) { r.concat_ref = 256; });
  refuses([](SubmitRequest& r) { r.concat_ref = -1; });
  refuses([](SubmitRequest& r) { r.concat_ref_bits = 12; });
  refuses([](SubmitRequest& r) { r.validity_minutes = -1; });
  refuses([](SubmitRequest& r) { r.text = "\xFF"; });
  refuses([](SubmitRequest& r) { r.text = "ç", r.encoding = relay::TextEncoding::gsm7; });
  refuses([](SubmitRequest& r) { r.text = repeat("я", 255 * 67 + 1); });
}
