#include <vector>

#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#include <mbedtls/x509_csr.h>

#include "relay/base/concat.hpp"
#include "relay/crypto/certificate.hpp"

/// Making keys, requests and certificates.
namespace relay::crypto {
namespace {

constexpr std::size_t pem_size = 4096;  // a P-256 certificate takes some 700 bytes

struct Key {
  Key() { mbedtls_pk_init(&context); }
  ~Key() { mbedtls_pk_free(&context); }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  mbedtls_pk_context context;
};

struct Request {
  Request() { mbedtls_x509_csr_init(&context); }
  ~Request() { mbedtls_x509_csr_free(&context); }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  mbedtls_x509_csr context;
};

struct RequestWriter {
  RequestWriter() { mbedtls_x509write_csr_init(&context); }
  ~RequestWriter() { mbedtls_x509write_csr_free(&context); }
  RequestWriter(const RequestWriter&) = delete;
  RequestWriter& operator=(const RequestWriter&) = delete;
  mbedtls_x509write_csr context;
};

struct CertificateWriter {
  CertificateWriter() { mbedtls_x509write_crt_init(&context); }
  ~CertificateWriter() { mbedtls_x509write_crt_free(&context); }
  CertificateWriter(const CertificateWriter&) = delete;
  CertificateWriter& operator=(const CertificateWriter&) = delete;
  mbedtls_x509write_cert context;
};

int fill(void* random, unsigned char* out, std::size_t size) {
  static_cast<Random*>(random)->fill(std::as_writable_bytes(std::span{out, size}));
  return 0;
}

const unsigned char* bytes_of(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.c_str()); }

std::unexpected<Error> failed(std::string_view what, int code) {
  return fail(ErrorCode::invalid_argument, concat(what, " (Mbed TLS error ", code, ")"));
}

int parse_key(Key& key, const std::string& pem, [[maybe_unused]] Random& random) {
#if MBEDTLS_VERSION_MAJOR >= 3
  return mbedtls_pk_parse_key(&key.context, bytes_of(pem), pem.size() + 1, nullptr, 0, fill, &random);
#else
  return mbedtls_pk_parse_key(&key.context, bytes_of(pem), pem.size() + 1, nullptr, 0);
#endif
}

/// "YYYYMMDDhhmmss", as the library takes it.
std::string date_text(WallTime time) {
  const std::chrono::sys_time<Millis> at{time.time_since_epoch()};
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(at - midnight)};
  const auto two = [](auto number) {
    const auto text = std::to_string(number);
    return text.size() < 2 ? "0" + text : text;
  };
  return concat(static_cast<int>(date.year()), two(static_cast<unsigned>(date.month())),
                two(static_cast<unsigned>(date.day())), two(clock.hours().count()), two(clock.minutes().count()),
                two(clock.seconds().count()));
}

int set_serial(mbedtls_x509write_cert& writer, std::array<std::byte, 16> serial) {
  serial.front() = (serial.front() & std::byte{0x7f}) | std::byte{0x40};  // positive, and of full length
  auto* raw = reinterpret_cast<unsigned char*>(serial.data());
#if MBEDTLS_VERSION_MAJOR >= 3
  return mbedtls_x509write_crt_set_serial_raw(&writer, raw, serial.size());
#else
  mbedtls_mpi number;
  mbedtls_mpi_init(&number);
  int code = mbedtls_mpi_read_binary(&number, raw, serial.size());
  if (code == 0) code = mbedtls_x509write_crt_set_serial(&writer, &number);
  mbedtls_mpi_free(&number);
  return code;
#endif
}

/// The subject's key, the issuer's name and key.
struct Parties {
  mbedtls_pk_context& subject_key;
  mbedtls_pk_context& issuer_key;
  std::string issuer_name;
};

Result<std::string> write_certificate(const CertificateWish& wish, const Parties& parties, bool is_authority,
                                      Random& random) {
  CertificateWriter writer;
  auto* w = &writer.context;
  mbedtls_x509write_crt_set_version(w, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(w, MBEDTLS_MD_SHA256);
  mbedtls_x509write_crt_set_subject_key(w, &parties.subject_key);
  mbedtls_x509write_crt_set_issuer_key(w, &parties.issuer_key);
  int code = mbedtls_x509write_crt_set_subject_name(w, ("CN=" + wish.common_name).c_str());
  if (code == 0) code = mbedtls_x509write_crt_set_issuer_name(w, parties.issuer_name.c_str());
  if (code == 0) code = set_serial(*w, wish.serial);
  if (code == 0) {
    code = mbedtls_x509write_crt_set_validity(w, date_text(wish.not_before).c_str(), date_text(wish.not_after).c_str());
  }
  if (code == 0) code = mbedtls_x509write_crt_set_basic_constraints(w, is_authority ? 1 : 0, is_authority ? 0 : -1);
  const unsigned usage =
      is_authority ? MBEDTLS_X509_KU_KEY_CERT_SIGN | MBEDTLS_X509_KU_CRL_SIGN : MBEDTLS_X509_KU_DIGITAL_SIGNATURE;
  if (code == 0) code = mbedtls_x509write_crt_set_key_usage(w, usage);
  std::vector<unsigned char> pem(pem_size);
  if (code == 0) code = mbedtls_x509write_crt_pem(w, pem.data(), pem.size(), fill, &random);
  if (code != 0) return failed("the certificate cannot be made", code);
  return std::string{reinterpret_cast<const char*>(pem.data())};
}

}  // namespace

Result<std::string> make_key(Random& random) {
  Key key;
  int code = mbedtls_pk_setup(&key.context, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
  if (code == 0) code = mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(key.context), fill, &random);
  std::vector<unsigned char> pem(pem_size);
  if (code == 0) code = mbedtls_pk_write_key_pem(&key.context, pem.data(), pem.size());
  if (code != 0) return failed("the key cannot be made", code);
  return std::string{reinterpret_cast<const char*>(pem.data())};
}

Result<std::string> make_request(const std::string& key_pem, const std::string& common_name, Random& random) {
  Key key;
  if (const int code = parse_key(key, key_pem, random); code != 0) return failed("this is no private key", code);
  RequestWriter writer;
  mbedtls_x509write_csr_set_md_alg(&writer.context, MBEDTLS_MD_SHA256);
  mbedtls_x509write_csr_set_key(&writer.context, &key.context);
  int code = mbedtls_x509write_csr_set_subject_name(&writer.context, ("CN=" + common_name).c_str());
  std::vector<unsigned char> pem(pem_size);
  if (code == 0) code = mbedtls_x509write_csr_pem(&writer.context, pem.data(), pem.size(), fill, &random);
  if (code != 0) return failed("the request cannot be made", code);
  return std::string{reinterpret_cast<const char*>(pem.data())};
}

Result<std::string> make_authority(const std::string& key_pem, const CertificateWish& wish, Random& random) {
  Key key;
  if (const int code = parse_key(key, key_pem, random); code != 0) return failed("this is no private key", code);
  return write_certificate(wish, {key.context, key.context, "CN=" + wish.common_name}, true, random);
}

Result<std::string> issue(std::string_view request_pem, const CertificateWish& wish, const std::string& authority_pem,
                          const std::string& authority_key_pem, Random& random) {
  Request request;
  const std::string text{request_pem};
  int code = mbedtls_x509_csr_parse(&request.context, bytes_of(text), text.size() + 1);
  if (code != 0) return failed("this is no PEM certificate request", code);
  if (mbedtls_pk_can_do(&request.context.pk, MBEDTLS_PK_ECKEY) == 0 ||
      mbedtls_pk_get_bitlen(&request.context.pk) != 256) {
    return fail(ErrorCode::invalid_argument, "the request's key must be an elliptic one on the curve P-256");
  }
  Key key;
  code = parse_key(key, authority_key_pem, random);
  if (code != 0) return failed("the authority's key cannot be read", code);
  const auto authority = Certificate::parse(authority_pem);
  if (!authority) return std::unexpected(authority.error());
  return write_certificate(wish, {request.context.pk, key.context, "CN=" + authority->common_name()}, false, random);
}

}  // namespace relay::crypto
