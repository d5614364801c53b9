#include "relay/providers/common/text.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay::providers;

TEST_GROUP(ProviderText){};

TEST(ProviderText, everythingButUnreservedIsEncoded) {
  STRCMP_EQUAL("AZaz09-_.~", percent_encode("AZaz09-_.~").c_str());
  STRCMP_EQUAL("%2B1%20%26%3D%25%2F%0A%00", percent_encode(std::string_view("+1 &=%/\n\0", 9)).c_str());
  STRCMP_EQUAL("Gr%C3%BC%C3%9Fe%20%E2%82%AC", percent_encode("Grüße €").c_str());
}

TEST(ProviderText, formsKeepTheOrderOfTheCalls) {
  FormBody form;
  form.add("To", "+1").add_unless_empty("From", "").add("Body", "a&b");
  STRCMP_EQUAL("To=%2B1&Body=a%26b", form.take().c_str());
}

TEST(ProviderText, limitsCountCharactersAndBytes) {
  CHECK(fits("üü", {2, 4}));
  CHECK_FALSE(fits("üü", {1, 4}));
  CHECK_FALSE(fits("üü", {2, 3}));
  CHECK(fits("😀", {1, 4}));
}

TEST(ProviderText, aRepeatIsMarkedWhereThereIsRoom) {
  const auto message = providers_test::message_of("fire");
  SendRequest request{.message = &message};
  STRCMP_EQUAL("fire", outgoing_text(request, "[repeat] ", {100, 100}).c_str());
  request.mark_as_repeat = true;
  STRCMP_EQUAL("[repeat] fire", outgoing_text(request, "[repeat] ", {13, 100}).c_str());
  STRCMP_EQUAL("fire", outgoing_text(request, "[repeat] ", {12, 100}).c_str());
}
