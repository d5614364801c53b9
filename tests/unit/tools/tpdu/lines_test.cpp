#include <fstream>
#include <sstream>

#include <CppUTest/TestHarness.h>
#include <nlohmann/json.hpp>

#include "tools/tpdu/decode_line.hpp"
#include "tools/tpdu/encode_line.hpp"
#include "tools/tpdu/line_reader.hpp"

using nlohmann::json;
using namespace tpdu_tool;

namespace {

// nlohmann refuses lone surrogates: "\ud83d" is compared as "<d83d>" on both sides.
json parse_with_surrogates(std::string text) {
  for (std::size_t at = text.find("\\ud"); at != std::string::npos; at = text.find("\\ud", at)) {
    const bool pair =
        text[at + 3] >= '8' && text[at + 3] <= 'b' && text.compare(at + 6, 3, "\\ud") == 0 && text[at + 9] >= 'c';
    if (pair) {
      at += 12;
      continue;
    }
    if (text[at + 3] >= '8') text.replace(at, 6, "<d" + text.substr(at + 3, 3) + ">");
    ++at;
  }
  return json::parse(text);
}

}  // namespace

TEST_GROUP(TpduTool){};

TEST(TpduTool, decodesTheVectors) {
  std::ifstream file(EDGE_RELAY_TEST_DATA "/tpdu/decode.jsonl");
  int vectors = 0;
  for (std::string line; std::getline(file, line); ++vectors) {
    const json vector = parse_with_surrogates(line);
    const json answer = parse_with_surrogates(decode_line(vector.at("line").get<std::string>()));
    for (const auto& [key, expected] : vector.at("expect").items()) {
      const json actual = answer.contains(key) ? answer.at(key) : json("absent");
      if (actual != expected) FAIL((line + "\n" + key + ": " + actual.dump()).c_str());
    }
  }
  CHECK(vectors > 1000);
}

TEST(TpduTool, showsALoneSurrogate) {
  STRCMP_CONTAINS(R"("text":"A\ud83d")", decode_line("00040181F1000820806291731408040041D83D").c_str());
  STRCMP_CONTAINS(R"("text":"A\ude00")", decode_line("00040181F1000820806291731408040041DE00").c_str());
}

TEST(TpduTool, escapesWhatJsonNeeds) {
  // quote, backslash by an escape pair, line feed
  STRCMP_CONTAINS(R"("text":"\"\\\u000a")", decode_line("00040181F10000208062917314080"
                                                        "4A2CD4B01")
                                                .c_str());
}

TEST(TpduTool, anAnswerIsOneLineForEveryReader) {
  STRCMP_CONTAINS(R"("text":"\u0085\u2028\u2029")", decode_line("00040181F10008208062917314080600852028"
                                                                "2029")
                                                        .c_str());
}

TEST(TpduTool, encodes) {
  STRCMP_EQUAL(
      R"({"ok":true,"encoding":"gsm7","parts":[{"pdu":"0001000B916407281553F800000AE8329BFD4697D9EC37","length":22}]})",
      encode_line(R"({"number":"+46708251358","text":"hellohello"})").c_str());
  const json many =
      json::parse(encode_line(R"({"number":"123","text":")" + std::string(161, 'a') + R"(","ref":513,"ref_bits":16,
      "smsc":"+31624000000","validity_minutes":60,"class":1,"status_report":true,"mr":255,"encoding":"ucs2"})"));
  STRCMP_EQUAL("ucs2", many.at("encoding").get<std::string>().c_str());
  LONGS_EQUAL(3, many.at("parts").size());
  const json last = json::parse(decode_line(many.at("parts").at(2).at("pdu").get<std::string>() + " mo"));
  CHECK(last.at("concat") == json::parse(R"({"ref":513,"ref_bits":16,"total":3,"seq":3})"));
  LONGS_EQUAL(1, last.at("mr"));
  LONGS_EQUAL(1, last.at("class"));
  LONGS_EQUAL(60, last.at("vp").at("minutes"));
  CHECK(last.at("smsc") == "+31624000000");
  CHECK(last.at("status_report_request") == true);
}

TEST(TpduTool, takesNationalTablesWhenAllowed) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "ş";
  const std::string begin = R"({"number":"123","text":")" + text + '"';
  STRCMP_EQUAL("ucs2", json::parse(encode_line(begin + "}")).at("encoding").get<std::string>().c_str());
  const json answer = json::parse(encode_line(begin + R"(,"national_languages":["turkish"]})"));
  STRCMP_EQUAL("gsm7", answer.at("encoding").get<std::string>().c_str());
  LONGS_EQUAL(1, answer.at("parts").size());
  const json back = json::parse(decode_line(answer.at("parts").at(0).at("pdu").get<std::string>() + " mo"));
  CHECK(back.at("text") == text);
  CHECK(json::parse(encode_line(begin + R"(,"national_languages":["elvish"]})")).at("ok") == false);
  CHECK(json::parse(encode_line(begin + R"(,"national_languages":"turkish"})")).at("ok") == false);
}

TEST(TpduTool, nullIsAbsent) {
  const char* const nulls =
      R"({"number":"1","text":"x","smsc":null,"validity_minutes":null,"class":null,"status_report":null,"mr":null,"ref":null,"ref_bits":null,"encoding":null})";
  STRCMP_EQUAL(encode_line(R"({"number":"1","text":"x"})").c_str(), encode_line(nulls).c_str());
}

TEST(TpduTool, refusesInOneLineOfJson) {
  const std::string deep(100'000, '[');
  for (const std::string& line : {std::string{},
                                  std::string("{"),
                                  std::string("[]"),
                                  std::string("null"),
                                  std::string("{}"),
                                  std::string(R"({"text":"x"})"),
                                  std::string(R"({"number":"1"})"),
                                  std::string(R"({"number":"1","text":null})"),
                                  deep,
                                  std::string("\xFF"),
                                  std::string(R"({"number":"x","text":"x"})"),
                                  std::string(R"({"number":1,"text":"x"})"),
                                  std::string(R"({"number":"1","text":"\ud83d"})"),
                                  std::string(R"({"number":"1","text":"x","class":4})"),
                                  std::string(R"({"number":"1","text":"x","class":"0"})"),
                                  std::string(R"({"number":"1","text":"x","mr":256})"),
                                  std::string(R"({"number":"1","text":"x","mr":1.5})"),
                                  std::string(R"({"number":"1","text":"x","mr":18446744073709551615})"),
                                  std::string(R"({"number":"1","text":"x","ref":256})"),
                                  std::string(R"({"number":"1","text":"x","ref_bits":9})"),
                                  std::string(R"({"number":"1","text":"x","encoding":"8bit"})"),
                                  std::string(R"({"number":"1","text":"x","smsc":"+"})"),
                                  std::string(R"({"number":"1","text":"x","validity_minutes":-1})"),
                                  std::string(R"({"number":"1","text":"x","status_report":1})"),
                                  std::string(R"({"number":"1","text":"ç","encoding":"gsm7"})"),
                                  "{\"number\":\"1\",\"text\":\"" + std::string(255 * 153 + 1, 'a') + "\"}"}) {
    const std::string answer = encode_line(line);
    CHECK(json::parse(answer).at("ok") == false);
    CHECK(json::parse(answer).at("error").get<std::string>().size() > 3);
    CHECK(answer.find('\n') == std::string::npos);
  }
}

TEST(TpduTool, readsLines) {
  std::istringstream in("one\r\n\n" + std::string(max_line_bytes, 'x') + "\n" + std::string(max_line_bytes + 1, 'x') +
                        "\nlast");
  std::string line;
  CHECK(read_line(in, line) == LineStatus::line && line == "one");
  CHECK(read_line(in, line) == LineStatus::line && line.empty());
  CHECK(read_line(in, line) == LineStatus::line && line.size() == max_line_bytes);
  CHECK(read_line(in, line) == LineStatus::too_long);
  CHECK(read_line(in, line) == LineStatus::line && line == "last");
  CHECK(read_line(in, line) == LineStatus::end);
}
