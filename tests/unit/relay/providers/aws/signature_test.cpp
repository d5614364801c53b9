#include "relay/providers/aws/signature.hpp"

#include <CppUTest/TestHarness.h>

#include "relay/crypto/digest.hpp"
#include "relay/crypto/encoding.hpp"
#include "relay/providers/common/date.hpp"
#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay::providers::aws;
using relay::http::ClientRequest;
using relay::http::Header;

namespace {

const Credentials example_key{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};

relay::WallTime at(std::string_view date) { return relay::providers::parse_date(date).value(); }

ClientRequest post(std::string url, relay::http::Headers headers, std::string body) {
  return {
      .method = "POST", .url = std::move(url), .headers = std::move(headers), .body = std::move(body), .deadline = {}};
}

std::string authorization_of(ClientRequest request, const Credentials& credentials, const SigningScope& scope,
                             std::string_view date) {
  sign(request, credentials, scope, at(date));
  return providers_test::header_of(request, "Authorization");
}

std::string canonical_of(std::string method, std::string url) {
  return canonical_request(
             {.method = std::move(method), .url = std::move(url), .headers = {}, .body = {}, .deadline = {}})
      .text;
}

std::string second_line(const std::string& text) {
  const auto start = text.find('\n') + 1;
  return text.substr(start, text.find('\n', start) - start);
}
std::string third_line(const std::string& text) { return second_line(text.substr(text.find('\n') + 1)); }

}  // namespace

TEST_GROUP(Signature){};

// cloud-apis.md 3.4, made with @smithy/signature-v4
TEST(Signature, vectorsOfTheRealSdk) {
  struct Case {
    ClientRequest request;
    std::string service;
    std::string token;
    const char* canonical_sha256;
    const char* signed_headers;
    const char* signature;
  };
  const Case cases[] = {
      {post("https://sns.us-east-1.amazonaws.com/", {{"Content-Type", "application/x-www-form-urlencoded"}},
            "Action=Publish&Version=2010-03-31&PhoneNumber=%2B15551230001&Message=Gr%C3%BC%C3%9Fe%20%E2%82%AC"),
       "sns", "", "40119158a4333c1cce2a8332ecfe3f440e6260a4c2f37178689581b64f4225b1", "content-type;host;x-amz-date",
       "eb9b5a19098fe54dae9d6c2f209679bd2edede0032b04277ed5331d9fe855b02"},
      {post("https://sms-voice.us-east-1.amazonaws.com/",
            {{"Content-Type", "application/x-amz-json-1.0"}, {"X-Amz-Target", "PinpointSMSVoiceV2.SendTextMessage"}},
            R"({"DestinationPhoneNumber":"+15551230001","MessageBody":"Grüße"})"),
       "sms-voice", "IQoJb3JpZ2luX2VjEXAMPLE==", "a4af8363fc8f3bf52d8507003808ea8f28fb4b84540c0dd40ee1cb552aff8e32",
       "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
       "2b3211b33ef2b7710913cf3b94888f50f0ef0e20fa904b4f23a2c304ba10e677"},
      {post("https://social-messaging.us-east-1.amazonaws.com/v1/whatsapp/send", {{"Content-Type", "application/json"}},
            R"({"originationPhoneNumberId":"phone-number-id-0123","message":"e30=","metaApiVersion":"v20.0"})"),
       "social-messaging", "", "a1dced1701ad395e9b43fb97c89ddf470c1152ba4e0c919e52fa1874941cc591",
       "content-type;host;x-amz-date", "4783f5c992691e1b25e34ef640d00d5946fc706f04a5f0a4e6990255e062cd95"},
  };
  for (const auto& c : cases) {
    Credentials credentials = example_key;
    credentials.session_token = c.token;
    ClientRequest request = c.request;
    sign(request, credentials, {"us-east-1", c.service}, at("Fri, 02 Jan 2026 03:04:05 GMT"));
    const auto canonical = canonical_request(request);  // Authorization itself is never part of it
    STRCMP_EQUAL(c.canonical_sha256, relay::crypto::hex(relay::crypto::sha256(canonical.text)).c_str());
    STRCMP_EQUAL(c.signed_headers, canonical.signed_headers.c_str());
    STRCMP_EQUAL(("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/" + c.service +
                  "/aws4_request, SignedHeaders=" + c.signed_headers + ", Signature=" + c.signature)
                     .c_str(),
                 providers_test::header_of(request, "Authorization").c_str());
    STRCMP_EQUAL("20260102T030405Z", providers_test::header_of(request, "X-Amz-Date").c_str());
  }
}

// AWS's own SigV4 test suite: get-vanilla, get-vanilla-query-order-key-case, get-header-value-trim
TEST(Signature, vectorsOfTheAwsTestSuite) {
  struct Case {
    const char* url;
    relay::http::Headers headers;
    const char* signature;
  };
  const Case cases[] = {
      {"https://example.amazonaws.com/", {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"https://example.amazonaws.com/?Param2=value2&Param1=value1",
       {},
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"https://example.amazonaws.com/",
       {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}},
       "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
  };
  for (const auto& c : cases) {
    const ClientRequest request{.method = "GET", .url = c.url, .headers = c.headers, .body = {}, .deadline = {}};
    const auto authorization =
        authorization_of(request, example_key, {"us-east-1", "service"}, "Sun, 30 Aug 2015 12:36:00 GMT");
    STRCMP_CONTAINS(c.signature, authorization.c_str());
  }
}

TEST(Signature, pathsAreNormalisedAndEncodedOnceMore) {
  struct Case {
    const char* url;
    const char* path;
  };
  const Case cases[] = {
      {"https://h", "/"},
      {"https://h/", "/"},
      {"https://h?a=b", "/"},
      {"https://h/a/b", "/a/b"},
      {"https://h/a/b/", "/a/b/"},
      {"https://h//a//b", "/a/b"},
      {"https://h/a/./b/../c", "/a/c"},
      {"https://h/../..", "/"},
      {"https://h/a/..", "/"},
      {"https://h/a%40b", "/a%2540b"},
      {"https://h/a@b", "/a%40b"},
      {"https://h/%E1%88%B4", "/%25E1%2588%25B4"},
      {"https://h/a#fragment", "/a"},
  };
  for (const auto& c : cases) STRCMP_EQUAL_TEXT(c.path, second_line(canonical_of("GET", c.url)).c_str(), c.url);
}

TEST(Signature, queriesAreSortedAndEncodedOnce) {
  struct Case {
    const char* url;
    const char* query;
  };
  const Case cases[] = {
      {"https://h/", ""},
      {"https://h/?", ""},
      {"https://h/?b=2&a=1&a=0", "a=0&a=1&b=2"},
      {"https://h/?flag", "flag="},
      {"https://h/?a=x%20y&b=:/", "a=x%20y&b=%3A%2F"},
      {"https://h/?a=%7e&&b=1=2", "a=~&b=1%3D2"},
      {"https://h/?a=%zz", "a=%25zz"},
      {"https://h/?A=1&a=2&%41b=3", "A=1&Ab=3&a=2"},
  };
  for (const auto& c : cases) STRCMP_EQUAL_TEXT(c.query, third_line(canonical_of("GET", c.url)).c_str(), c.url);
}

TEST(Signature, theHostIsWhatTheClientSends) {
  STRCMP_CONTAINS("\nhost:h.example\n", canonical_of("GET", "https://h.example:443/").c_str());
  STRCMP_CONTAINS("\nhost:h.example\n", canonical_of("GET", "http://h.example:80/").c_str());
  STRCMP_CONTAINS("\nhost:h.example:80\n", canonical_of("GET", "https://h.example:80/").c_str());
  STRCMP_CONTAINS("\nhost:127.0.0.1:8443\n", canonical_of("GET", "https://127.0.0.1:8443/").c_str());
}

TEST(Signature, headersAreLoweredCollapsedMergedAndSorted) {
  const auto canonical = canonical_request(
      post("https://h/",
           {{"X-B", "  two \t words  "}, {"X-A", "2"}, {"x-a", "1"}, {"x-a-long", "3"}, {"X-Empty", "  "}}, ""));
  STRCMP_CONTAINS("\nhost:h\nx-a:2,1\nx-a-long:3\nx-b:two words\nx-empty:\n\nhost;x-a;x-a-long;x-b;x-empty\n",
                  canonical.text.c_str());
}

TEST(Signature, whatTheClientOrAProxyMayChangeIsNotSigned) {
  const auto canonical = canonical_request(post("https://h/",
                                                {{"Expect", ""},
                                                 {"Connection", "close"},
                                                 {"User-Agent", "relay"},
                                                 {"Accept", "*/*"},
                                                 {"Content-Length", "0"},
                                                 {"Authorization", "x"}},
                                                ""));
  STRCMP_EQUAL("host", canonical.signed_headers.c_str());
}

TEST(Signature, everyPartOfTheRequestCounts) {
  const auto sign_it = [](const ClientRequest& request, const SigningScope& scope, const char* date) {
    return authorization_of(request, example_key, scope, date);
  };
  const char* date = "Fri, 02 Jan 2026 03:04:05 GMT";
  const SigningScope scope{"us-east-1", "sns"};
  const auto base = post("https://h/", {{"X-A", "1"}}, "body");
  const auto reference = sign_it(base, scope, date);
  STRCMP_EQUAL(reference.c_str(), sign_it(base, scope, date).c_str());
  auto changed = base;
  changed.body = "bodY";
  CHECK(reference != sign_it(changed, scope, date));
  changed = base;
  changed.headers[0].value = "2";
  CHECK(reference != sign_it(changed, scope, date));
  changed = base;
  changed.method = "GET";
  CHECK(reference != sign_it(changed, scope, date));
  CHECK(reference != sign_it(base, scope, "Fri, 02 Jan 2026 03:04:06 GMT"));
  CHECK(reference != sign_it(base, {"us-east-2", "sns"}, date));
  CHECK(reference != sign_it(base, {"us-east-1", "sms-voice"}, date));
}
