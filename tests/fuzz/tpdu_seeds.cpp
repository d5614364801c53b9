#include "tests/fuzz/tpdu_seeds.hpp"

#include <array>
#include <fstream>

#include <nlohmann/json.hpp>

#include "firmware/modem/tpdu/hex.hpp"
#include "firmware/modem/tpdu/submit.hpp"
#include "tests/fuzz/target.hpp"

namespace fuzz {
namespace {

std::string unhex(std::string_view hex) {
  const auto octets = tpdu::from_hex(hex);
  return octets ? bytes_of(*octets) : std::string{};
}

std::string hex_octet(int value) {
  const std::array<std::uint8_t, 1> one{static_cast<std::uint8_t>(value)};
  return tpdu::to_hex(one);
}

void add_vectors(std::vector<TpduSeed>& seeds) {
  std::ifstream file(EDGE_RELAY_TEST_DATA "/tpdu/decode.jsonl");
  int number = 0;
  for (std::string line; std::getline(file, line); ++number) {
    if (number % 4 != 0) continue;  // a quarter of them shows the same code
    const auto vector = nlohmann::json::parse(line, nullptr, false);
    if (!vector.is_object() || !vector.contains("line")) continue;
    const bool from_mobile = vector.value("/expect/type"_json_pointer, "") == "submit";
    seeds.push_back({unhex(vector["line"].get<std::string>()), from_mobile});
  }
}

void add_encoded(std::vector<TpduSeed>& seeds) {
  const std::string long_text(400, 'x');
  for (const char* text : {"", "hello", "[x] {€}",
                           "Gr\xc3\xbc\xc3\x9f"
                           "e",
                           "\xf0\x9f\x98\x80 alarm", long_text.c_str()}) {
    tpdu::SubmitRequest request{.number = "+358401234567", .text = text, .smsc = "+35840202000"};
    request.status_report_request = true;
    request.validity_minutes = 60;
    const auto encoded = tpdu::encode_submit(request);
    if (!encoded) continue;
    for (const auto& part : encoded->parts) seeds.push_back({unhex(part.pdu), true});
  }
}

}  // namespace

std::string deliver_hex(int message) {
  // Originators +358401234567; "hello", an alphanumeric sender, both parts of "ABC", and UCS-2.
  static constexpr std::array<const char*, 5> pdus{
      "07915348200020F0040C915348103254760000621112900000000AE8329BFD4697D9EC37",
      "07915348200020F004"
      "0BD0D4F29C0E9A3600"
      "0062111290000000"
      "05E8329BFD06",
      "07915348200020F0440C9153481032547600006211129000000008050003010201"
      "8204",
      "07915348200020F0440C9153481032547600006211129000000007050003010202"
      "86",
      "07915348200020F0040C915348103254760008621112900000000400E40042"};
  return pdus.at(static_cast<std::size_t>(message) % pdus.size());
}

std::string status_report_hex(int reference, int status) {
  return "07915348200020F006" + hex_octet(reference) + "0C91534810325476" + "62111290000000" + "62111290000080" +
         hex_octet(status);
}

int tpdu_length(const std::string& hex) {
  const auto octets = tpdu::from_hex(hex);
  return octets && !octets->empty() ? static_cast<int>(octets->size()) - 1 - octets->front() : 0;
}

std::vector<TpduSeed> tpdu_seeds() {
  std::vector<TpduSeed> seeds;
  add_vectors(seeds);
  add_encoded(seeds);
  for (int i = 0; i < 5; ++i) seeds.push_back({unhex(deliver_hex(i)), false});
  for (const int status : {0x00, 0x30, 0x46}) seeds.push_back({unhex(status_report_hex(17, status)), false});
  return seeds;
}

}  // namespace fuzz
