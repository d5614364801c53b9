#include <array>
#include <string>

#include <CppUTest/TestHarness.h>

#include "relay/http/client.hpp"
#include "relay/http/percent.hpp"
#include "relay/http/server.hpp"

using relay::http::Headers;
using relay::http::parse_form;
using relay::http::percent_decode;
using relay::http::percent_encode;

TEST_GROUP(Form){static std::string shown(std::string_view form){std::string out;
for (const auto& [name, value] : parse_form(form)) out += "[" + name + "|" + value + "]";
return out;
}
}
;

TEST(Form, fieldsKeepTheirOrderAndDuplicates) {
  STRCMP_EQUAL("[To|+15550100][Body|a b&c=d][To|x]", shown("To=%2B15550100&Body=a+b%26c%3Dd&To=x").c_str());
}

TEST(Form, oddFormsAreReadLikeBrowsersReadThem) {
  const std::array<std::pair<const char*, const char*>, 7> rows{
      {{"", ""},
       {"a", "[a|]"},
       {"=v", "[|v]"},
       {"&&a=1&", "[a|1]"},
       {"a=1=2", "[a|1=2]"},
       {"a=100%&b=%zz&c=%4", "[a|100%][b|%zz][c|%4]"},
       {"%e2%82%AC=%F0%9F%98%80", "[\xe2\x82\xac|\xf0\x9f\x98\x80]"}}};
  for (const auto& [form, expected] : rows) STRCMP_EQUAL(expected, shown(form).c_str());
}

TEST(Form, percentEncodingKeepsTheUnreservedOnly) {
  STRCMP_EQUAL("AZaz09-._~", percent_encode("AZaz09-._~").c_str());
  STRCMP_EQUAL("%2B1%20%26%3D%2F%25%2A%C3%A4%00", percent_encode(std::string_view("+1 &=/%*\xc3\xa4\0", 11)).c_str());
}

TEST(Form, percentDecodingIsStrict) {
  CHECK(percent_decode("/a%2Fb+c") == "/a/b+c");
  for (const char* wrong : {"%", "%4", "%4x", "a%", "%%41"}) CHECK_FALSE_TEXT(percent_decode(wrong).has_value(), wrong);
}

TEST(Form, headerNamesHaveNoCaseAndTheFirstCounts) {
  const Headers headers{{"X-One", "1"}, {"x-one", "2"}, {"Empty", ""}};
  CHECK(header_value(headers, "x-ONE") == "1");
  CHECK(header_value(headers, "empty").empty());
  CHECK(header_value(headers, "absent").empty());
}
