#include "relay/http/self_signed.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/ip/address.hpp>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

#include "relay/base/concat.hpp"
#include "relay/http/tls_context.hpp"

namespace relay::http {
namespace {

constexpr const char* not_before = "20260101000000";
constexpr const char* not_after = "20491231235959";  // The last year that X.509's short form of a date can hold.
constexpr std::size_t max_names = 16;
constexpr std::size_t max_name = 63;  // So that a name's length is one byte of DER, and a common name holds it.
constexpr std::size_t max_pem = 8192;
constexpr std::size_t serial_size = 16;

std::unexpected<Error> refused(int code) {
  return fail(ErrorCode::io, tls_message("a self-signed certificate could not be made", code));
}

std::unexpected<Error> not_written(const std::string& file) {
  return fail(ErrorCode::io, concat(file, " cannot be written: ", std::strerror(errno),
                                    "; the daemon's user needs a folder that it may write to"));
}

bool exists(const std::string& file) { return ::access(file.c_str(), F_OK) == 0; }

std::vector<std::string> names_of_this_host() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {"localhost"};
  const std::string host = name.data();
  if (host.empty() || host == "localhost" || host.size() + 6 > max_name) return {"localhost"};
  std::vector<std::string> names{host};
  if (host.find('.') == std::string::npos) names.push_back(host + ".local");
  names.emplace_back("localhost");
  return names;
}

std::string tagged(char tag, const std::string& bytes) {
  return std::string{tag} + static_cast<char>(bytes.size()) + bytes;
}

/// One GeneralName of RFC 5280 4.2.1.6: a dNSName, or an iPAddress. Empty: the name is neither.
std::string general_name(const std::string& name) {
  asio::error_code error;
  const auto address = asio::ip::make_address(name, error);
  if (!error) {
    std::string bytes;
    if (address.is_v4()) {
      for (const auto byte : address.to_v4().to_bytes()) bytes += static_cast<char>(byte);
    } else {
      for (const auto byte : address.to_v6().to_bytes()) bytes += static_cast<char>(byte);
    }
    return tagged('\x87', bytes);
  }
  const bool lawful = !name.empty() && name.size() <= max_name && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  return lawful ? tagged('\x82', name) : std::string{};
}

/// The extension subjectAltName in DER.
Result<std::string> alternative_names(const std::vector<std::string>& names) {
  if (names.size() > max_names) return fail(ErrorCode::invalid_argument, "a certificate can have 16 names at most");
  std::string list;
  for (const auto& name : names) {
    const std::string one = general_name(name);
    if (one.empty()) {
      return fail(ErrorCode::invalid_argument,
                  concat("\"", name,
                         "\" cannot stand in a certificate: write a host name of at most 63 letters, "
                         "digits, hyphens and dots, or a numeric address"));
    }
    list += one;
  }
  // The long form of the length, which holds for any length up to 65535.
  return std::string{'\x30', '\x82', static_cast<char>(list.size() >> 8U), static_cast<char>(list.size() & 0xFFU)} +
         list;
}

/// Mbed TLS's objects for one making.
class Maker {
 public:
  Maker() {
    mbedtls_entropy_init(&entropy_);
    mbedtls_ctr_drbg_init(&random_);
    mbedtls_pk_init(&key_);
    mbedtls_x509write_crt_init(&certificate_);
  }
  ~Maker() {
    mbedtls_x509write_crt_free(&certificate_);
    mbedtls_pk_free(&key_);
    mbedtls_ctr_drbg_free(&random_);
    mbedtls_entropy_free(&entropy_);
  }
  Maker(const Maker&) = delete;
  Maker& operator=(const Maker&) = delete;

  int start() { return mbedtls_ctr_drbg_seed(&random_, mbedtls_entropy_func, &entropy_, nullptr, 0); }

  Result<std::string> make_key() {
    int code = mbedtls_pk_setup(&key_, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    if (code == 0)
      code = mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(key_), mbedtls_ctr_drbg_random, &random_);
    std::array<unsigned char, max_pem> pem{};
    if (code == 0) code = mbedtls_pk_write_key_pem(&key_, pem.data(), pem.size());
    if (code != 0) return refused(code);
    return std::string{reinterpret_cast<const char*>(pem.data())};
  }

  Result<bool> load_key(const std::string& file) {
#if MBEDTLS_VERSION_MAJOR >= 3
    const int code = mbedtls_pk_parse_keyfile(&key_, file.c_str(), nullptr, mbedtls_ctr_drbg_random, &random_);
#else
    const int code = mbedtls_pk_parse_keyfile(&key_, file.c_str(), nullptr);
#endif
    if (code != 0)
      return fail(ErrorCode::invalid_argument, tls_message(concat("[listen] tls_key_file ", file, " is no key"), code));
    return true;
  }

  Result<std::string> make_certificate(const std::vector<std::string>& names) {
    const auto extension = alternative_names(names);
    if (!extension) return std::unexpected(extension.error());
    const std::string subject = "CN=" + names.front();
    mbedtls_x509write_crt_set_version(&certificate_, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&certificate_, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&certificate_, &key_);
    mbedtls_x509write_crt_set_issuer_key(&certificate_, &key_);
    std::array<unsigned char, max_pem> pem{};
    int code = set_serial();
    if (code == 0) code = mbedtls_x509write_crt_set_subject_name(&certificate_, subject.c_str());
    if (code == 0) code = mbedtls_x509write_crt_set_issuer_name(&certificate_, subject.c_str());
    if (code == 0) code = mbedtls_x509write_crt_set_validity(&certificate_, not_before, not_after);
    if (code == 0) code = mbedtls_x509write_crt_set_basic_constraints(&certificate_, 0, -1);
    if (code == 0) {
      code = mbedtls_x509write_crt_set_extension(
          &certificate_, MBEDTLS_OID_SUBJECT_ALT_NAME, MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), 0,
          reinterpret_cast<const unsigned char*>(extension->data()), extension->size());
    }
    if (code == 0)
      code = mbedtls_x509write_crt_pem(&certificate_, pem.data(), pem.size(), mbedtls_ctr_drbg_random, &random_);
    if (code != 0) return refused(code);
    return std::string{reinterpret_cast<const char*>(pem.data())};
  }

 private:
  int set_serial() {
    std::array<unsigned char, serial_size> serial{};
    int code = mbedtls_ctr_drbg_random(&random_, serial.data(), serial.size());
    serial[0] = static_cast<unsigned char>((serial[0] & 0x3FU) | 0x40U);  // positive, and all of its bytes count
#if MBEDTLS_VERSION_NUMBER >= 0x03040000
    if (code == 0) code = mbedtls_x509write_crt_set_serial_raw(&certificate_, serial.data(), serial.size());
#else
    mbedtls_mpi number;
    mbedtls_mpi_init(&number);
    if (code == 0) code = mbedtls_mpi_read_binary(&number, serial.data(), serial.size());
    if (code == 0) code = mbedtls_x509write_crt_set_serial(&certificate_, &number);
    mbedtls_mpi_free(&number);
#endif
    return code;
  }

  mbedtls_entropy_context entropy_;
  mbedtls_ctr_drbg_context random_;
  mbedtls_pk_context key_;
  mbedtls_x509write_cert certificate_;
};

/// Beside its place first, synced, then renamed: a power cut leaves the old state or the new one.
Result<bool> write_whole(const std::string& file, const std::string& text, mode_t mode) {
  const std::string fresh = file + ".new";
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  if (descriptor < 0) return not_written(fresh);
  const bool whole = ::fchmod(descriptor, mode) == 0 &&
                     ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                     ::fsync(descriptor) == 0;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  if (!whole || ::rename(fresh.c_str(), file.c_str()) != 0) return not_written(file);
  return true;
}

std::string folder_of(const std::string& file) {
  const auto slash = file.rfind('/');
  return slash == std::string::npos ? "." : file.substr(0, std::max<std::size_t>(slash, 1));
}

void sync_folder_of(const std::string& file) {
  const int folder = ::open(folder_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);
  ::close(folder);
}

/// The key that is there, or a new one.
Result<bool> provide_key(Maker& maker, const std::string& file) {
  if (exists(file)) return maker.load_key(file);
  auto key = maker.make_key();
  if (!key) return std::unexpected(key.error());
  return write_whole(file, *key, 0600);
}

}  // namespace

Result<bool> ensure_self_signed(const TlsIdentity& identity, std::vector<std::string> names) {
  const auto& certificate_file = identity.certificate_file;
  const auto& key_file = identity.key_file;
  if (exists(certificate_file)) {
    if (exists(key_file)) return false;
    return fail(ErrorCode::invalid_argument, concat("[listen] tls_key_file: ", key_file,
                                                    " is missing, its certificate is there; bring the key "
                                                    "back, or remove ",
                                                    certificate_file, " so that both are made anew"));
  }
  if (names.empty()) names = names_of_this_host();
  for (const auto& file : {key_file, certificate_file}) {
    const std::string folder = folder_of(file);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return not_written(folder);
  }
  Maker maker;
  if (const int code = maker.start(); code != 0) return refused(code);
  if (auto key = provide_key(maker, key_file); !key) return key;
  auto certificate = maker.make_certificate(names);
  if (!certificate) return std::unexpected(certificate.error());
  sync_folder_of(key_file);
  if (auto written = write_whole(certificate_file, *certificate, 0644); !written) return written;
  sync_folder_of(certificate_file);
  return true;
}

}  // namespace relay::http
