#include "relay/http/self_signed.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <CppUTest/TestHarness.h>

#include "relay/http/curl_client.hpp"
#include "relay/http/server.hpp"
#include "relay/http/socket_listener.hpp"
#include "tests/unit/relay/http/certificates.hpp"
#include "tests/unit/relay/http/loopback.hpp"

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using relay::http::ensure_self_signed;
using relay::http::TlsIdentity;

namespace {

std::string content(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What openssl(1), another implementation, says of a certificate.
std::string openssl_says(const std::string& file, const std::string& what) {
  std::string said;
  const std::string command = "openssl x509 -noout " + what + " -in " + file + " 2>&1";
  std::FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 512> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) said += buffer.data();
  pclose(pipe);
  return said;
}

relay::Task<relay::http::ServerResponse> answer(const relay::http::ServerRequest&) {
  co_return relay::http::ServerResponse{200, {}, "served"};
}

}  // namespace

TEST_GROUP(SelfSigned) {
  fakes::TemporaryDirectory directory;
  TlsIdentity identity{directory.file("tls/certificate.pem"), directory.file("tls/key.pem")};

  void make(const std::vector<std::string>& names = {"gateway.example", "192.0.2.7", "2001:db8::7"}) const {
    const auto made = ensure_self_signed(identity, names);
    CHECK_TEXT(made.has_value(), made ? "" : made.error().message.c_str());
    CHECK(*made);
  }
};

TEST(SelfSigned, filesAreThereAndTheKeyIsForItsOwnerOnly) {
  make();
  CHECK(fs::status(identity.key_file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(fs::status(directory.file("tls")).permissions() == fs::perms::owner_all);
  CHECK_FALSE(fs::exists(identity.key_file + ".new"));
}

TEST(SelfSigned, anotherImplementationReadsWhatItShould) {
  make();
  const std::string names = openssl_says(identity.certificate_file, "-ext subjectAltName,basicConstraints");
  for (const char* part :
       {"DNS:gateway.example", "IP Address:192.0.2.7", "IP Address:2001:DB8:0:0:0:0:0:7", "CA:FALSE"})
    STRCMP_CONTAINS(part, names.c_str());
  const std::string text = openssl_says(identity.certificate_file, "-text");
  for (const char* part :
       {"ASN1 OID: prime256v1", "ecdsa-with-SHA256", "Not After : Dec 31 23:59:59 2049 GMT", "Version: 3"})
    STRCMP_CONTAINS(part, text.c_str());
}

TEST(SelfSigned, whatIsThereStays) {
  make();
  const std::string certificate = content(identity.certificate_file);
  const std::string key = content(identity.key_file);
  const auto again = ensure_self_signed(identity, {"other.example"});
  CHECK(again.has_value());
  CHECK_FALSE(*again);
  CHECK(certificate == content(identity.certificate_file));
  CHECK(key == content(identity.key_file));
}

// A power cut between the two files, or an owner who wants other names in it.
TEST(SelfSigned, aKeyWithoutCertificateIsKeptAndCertified) {
  make();
  const std::string key = content(identity.key_file);
  fs::remove(identity.certificate_file);
  make({"new.example"});
  CHECK(key == content(identity.key_file));
  STRCMP_CONTAINS("DNS:new.example", openssl_says(identity.certificate_file, "-ext subjectAltName").c_str());
}

TEST(SelfSigned, aCertificateWithoutKeyIsNotReplaced) {
  make();
  fs::remove(identity.key_file);
  const auto made = ensure_self_signed(identity);
  CHECK(made.error().code == relay::ErrorCode::invalid_argument);
  STRCMP_CONTAINS("key.pem is missing", made.error().message.c_str());
  CHECK_FALSE(fs::exists(identity.key_file));
}

TEST(SelfSigned, twoBoxesNeverShareAKey) {
  make();
  const std::string first = content(identity.key_file);
  fs::remove_all(directory.file("tls"));
  make();
  CHECK(first != content(identity.key_file));
}

TEST(SelfSigned, namesThatCannotStandInACertificateAreRefused) {
  for (const std::string name : {"", "a b", "x,CN=y", "caf\xC3\xA9", "*.example",
                                 "0123456789012345678901234567890123456789012345678901234567890123"}) {
    const auto made = ensure_self_signed(identity, {name});
    CHECK_TEXT(!made.has_value(), name.c_str());
    CHECK(made.error().code == relay::ErrorCode::invalid_argument);
    CHECK_FALSE(fs::exists(identity.certificate_file));
  }
  CHECK_FALSE(ensure_self_signed(identity, std::vector<std::string>(17, "a")).has_value());
}

TEST(SelfSigned, aFolderThatCannotBeMadeIsNamed) {
  const auto made = ensure_self_signed({"/proc/none/certificate.pem", "/proc/none/key.pem"});
  CHECK(made.error().code == relay::ErrorCode::io);
  STRCMP_CONTAINS("/proc/none", made.error().message.c_str());
}

// Our server with it, libcurl (OpenSSL) with the certificate itself as the only one that it trusts.
TEST(SelfSigned, aClientThatTrustsItIsServedAndTheFingerprintIsOpenssls) {
  make();
  fakes::RealWorld world;
  relay::http::CurlPool pool{world.runtime()};
  relay::http::Server server{world.runtime(), {}, &answer};
  auto tcp = *relay::http::listen_tcp(world.runtime(), "127.0.0.1", 0);
  const std::string port = fakes::port_of(tcp->address());
  auto listener = relay::http::TlsListener::make(world.runtime(), std::move(tcp), identity);
  CHECK(listener.has_value());
  const std::string fingerprint = (*listener)->fingerprint();
  STRCMP_EQUAL(("sha256 Fingerprint=" + fingerprint + "\n").c_str(),
               openssl_says(identity.certificate_file, "-fingerprint -sha256").c_str());
  server.serve(std::move(*listener));
  const auto client = make_client(
      pool, {.ca_file = identity.certificate_file, .connect_to = {"gateway.example:443:127.0.0.1:" + port}});
  const auto outcome =
      world.run(client->perform({"GET", "https://gateway.example/", {}, "", world.clock.steady() + 5s}));
  CHECK_TEXT(outcome.has_value(), outcome ? "" : outcome.error().message.c_str());
  CHECK(outcome->body == "served");
  world.run(server.stop(0ms));
}
