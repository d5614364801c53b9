#include "relay/crypto/certificate.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/fakes/virtual_runtime.hpp"

using namespace relay;
using namespace relay::crypto;

TEST_GROUP(Certificate) {
  fakes::SeededRandom random{7};
  WallTime begin{Millis{1'790'000'000'000}};
  WallTime end = begin + std::chrono::days{90};
  CertificateWish wish(std::string name) const { return {std::move(name), begin, end, {}}; }
};

TEST(Certificate, anAuthoritysLeafLeadsToItAndToNoOther) {
  const auto root_key = make_key(random).value();
  const auto root = make_authority(root_key, wish("Bridge"), random).value();
  const auto other = make_authority(make_key(random).value(), wish("Bridge"), random).value();
  const auto request = make_request(make_key(random).value(), "whatever it wishes", random).value();
  const auto leaf = Certificate::parse(issue(request, wish("box-1"), root, root_key, random).value()).value();
  STRCMP_EQUAL("box-1", leaf.common_name().c_str());
  CHECK(leaf.not_before() == begin);
  CHECK(leaf.not_after() == end);
  CHECK_EQUAL(64, leaf.fingerprint().size());
  CHECK(leaf.leads_to(Certificate::parse(root).value()).has_value());
  CHECK_FALSE(leaf.leads_to(Certificate::parse(other).value()).has_value());
  CHECK(leaf.valid_at(begin));
  CHECK(leaf.valid_at(end));
  CHECK_FALSE(leaf.valid_at(begin - Millis{1000}));
  CHECK_FALSE(leaf.valid_at(end + Millis{1000}));
}

TEST(Certificate, aLeafSignsNoLeaf) {
  const auto root_key = make_key(random).value();
  const auto root = make_authority(root_key, wish("Bridge"), random).value();
  const auto box_key = make_key(random).value();
  const auto box = issue(make_request(box_key, "b", random).value(), wish("box-1"), root, root_key, random).value();
  const auto forged =
      issue(make_request(make_key(random).value(), "b", random).value(), wish("box-2"), box, box_key, random).value();
  CHECK_FALSE(Certificate::parse(forged + box)->leads_to(Certificate::parse(root).value()).has_value());
}

TEST(Certificate, nonsenseIsRefused) {
  for (const char* text : {"", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    CHECK_FALSE(Certificate::parse(text).has_value());
    CHECK_FALSE(make_request(text, "a", random).has_value());
    CHECK_FALSE(issue(text, wish("a"), text, text, random).has_value());
  }
}
