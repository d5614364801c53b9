#include "tests/unit/relay/http/certificates.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

namespace fakes {
namespace {

void require(int code) {
  if (code >= 0) return;
  std::fprintf(stderr, "making a test certificate failed: -0x%04x\n", static_cast<unsigned>(-code));
  std::abort();
}

struct Randomness {
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context generator;
  Randomness() {
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&generator);
    require(mbedtls_ctr_drbg_seed(&generator, mbedtls_entropy_func, &entropy, nullptr, 0));
  }
  ~Randomness() {
    mbedtls_ctr_drbg_free(&generator);
    mbedtls_entropy_free(&entropy);
  }
};

Randomness& randomness() {
  static Randomness made;
  return made;
}

void write_file(const std::string& path, const unsigned char* text) {
  std::ofstream(path) << reinterpret_cast<const char*>(text);
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "edge-relay-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

struct TestAuthority::Key {
  mbedtls_pk_context pk;
  Key() {
    mbedtls_pk_init(&pk);
    require(mbedtls_pk_setup(&pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)));
    require(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(pk), mbedtls_ctr_drbg_random,
                                &randomness().generator));
  }
  ~Key() { mbedtls_pk_free(&pk); }
};

TestAuthority::TestAuthority(const TemporaryDirectory& directory, const std::string& name)
    : directory_(directory), name_("CN=" + name), ca_file_(directory.file(name + ".pem")), key_(new Key) {
  write_certificate(ca_file_, *key_, name_, "", 2020, 2120);
}

TestAuthority::~TestAuthority() { delete key_; }

void TestAuthority::issue(const std::string& name, const std::string& host, int from_year, int to_year) {
  Key key;
  std::array<unsigned char, 4096> pem{};
  require(mbedtls_pk_write_key_pem(&key.pk, pem.data(), pem.size()));
  write_file(file(name + ".key"), pem.data());
  write_certificate(file(name + ".pem"), key, "CN=" + name, host, from_year, to_year);
}

void TestAuthority::write_certificate(const std::string& path, Key& subject_key, const std::string& subject,
                                      const std::string& host, int from_year, int to_year) {
  mbedtls_x509write_cert certificate;
  mbedtls_x509write_crt_init(&certificate);
  mbedtls_mpi serial;
  mbedtls_mpi_init(&serial);
  require(mbedtls_mpi_lset(&serial, 1));
  require(mbedtls_mpi_fill_random(&serial, 8, mbedtls_ctr_drbg_random, &randomness().generator));
  mbedtls_x509write_crt_set_version(&certificate, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(&certificate, MBEDTLS_MD_SHA256);
  require(mbedtls_x509write_crt_set_serial(&certificate, &serial));
  require(mbedtls_x509write_crt_set_subject_name(&certificate, subject.c_str()));
  require(mbedtls_x509write_crt_set_issuer_name(&certificate, name_.c_str()));
  mbedtls_x509write_crt_set_subject_key(&certificate, &subject_key.pk);
  mbedtls_x509write_crt_set_issuer_key(&certificate, &key_->pk);
  const std::string from = std::to_string(from_year) + "0101000000";
  const std::string to = std::to_string(to_year) + "0101000000";
  require(mbedtls_x509write_crt_set_validity(&certificate, from.c_str(), to.c_str()));
  require(mbedtls_x509write_crt_set_basic_constraints(&certificate, host.empty() ? 1 : 0, -1));
  if (!host.empty()) {
    // GeneralNames with one dNSName, DER by hand: 30 len 82 len host.
    const auto size = static_cast<char>(host.size());
    const std::string names = std::string{'\x30', static_cast<char>(size + 2), '\x82', size} + host;
    require(mbedtls_x509write_crt_set_extension(&certificate, MBEDTLS_OID_SUBJECT_ALT_NAME,
                                                MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), 0,
                                                reinterpret_cast<const unsigned char*>(names.data()), names.size()));
  }
  std::array<unsigned char, 4096> pem{};
  require(mbedtls_x509write_crt_pem(&certificate, pem.data(), pem.size(), mbedtls_ctr_drbg_random,
                                    &randomness().generator));
  write_file(path, pem.data());
  mbedtls_mpi_free(&serial);
  mbedtls_x509write_crt_free(&certificate);
}

}  // namespace fakes
