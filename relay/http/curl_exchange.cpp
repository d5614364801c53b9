#include "relay/http/curl_exchange.hpp"

#include <algorithm>
#include <array>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include "relay/base/ascii.hpp"

namespace relay::http {
namespace {

constexpr std::size_t max_response_header_bytes = 64 * 1024;
// Below the idle timeouts of common load balancers (60 s): a kept connection that may be closing under us is not used
// again.
constexpr long max_idle_connection_seconds = 45;

constexpr std::array client_owned_headers{"Host", "Content-Length", "Transfer-Encoding", "Expect", "Connection"};

bool is_client_owned(std::string_view name) {
  return std::ranges::any_of(client_owned_headers,
                             [name](const char* owned) { return equal_without_case(name, owned); });
}

bool certificate_was_refused(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:  // Our own trust file is unreadable: nobody can prove anything to us.
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return true;
    default:
      return false;
  }
}

}  // namespace

Exchange::Exchange(const ClientOptions& options, ClientRequest request, std::uint64_t& sockets_opened)
    : request_(std::move(request)),
      max_response_bytes_(options.max_response_bytes),
      sockets_opened_(sockets_opened),
      easy_(libcurl().easy_init()) {
  set_request();
  set_headers();
  set_body();
  set_route(options);
  set_trust(options);
}

void Exchange::set_request() {
  CURL* easy = handle();
  libcurl().easy_setopt(easy, CURLOPT_ERRORBUFFER, curl_message_);
  libcurl().easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // A name lookup that hangs must not hold the loop when its exchange ends: curl then leaves the resolver thread to
  // itself instead of joining it. The thread frees what it holds when the system's resolver gives up.
  libcurl().easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  libcurl().easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  libcurl().easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  libcurl().easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);  // Signatures cover the path as the dialect wrote it.
  // One request at a time on a connection: with HTTP/2 a request's fate could not be told from its connection's.
  libcurl().easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  libcurl().easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  libcurl().easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  libcurl().easy_setopt(easy, CURLOPT_PROXY, "");  // Whatever http_proxy in the environment says.
  libcurl().easy_setopt(easy, CURLOPT_MAXAGE_CONN, max_idle_connection_seconds);
  libcurl().easy_setopt(easy, CURLOPT_PREREQFUNCTION, &Exchange::before_request);
  libcurl().easy_setopt(easy, CURLOPT_PREREQDATA, this);
  libcurl().easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Exchange::on_header);
  libcurl().easy_setopt(easy, CURLOPT_HEADERDATA, this);
  libcurl().easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Exchange::on_body);
  libcurl().easy_setopt(easy, CURLOPT_WRITEDATA, this);
  libcurl().easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Exchange::open_socket);
  libcurl().easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  if (libcurl().easy_setopt(easy, CURLOPT_URL, request_.url.c_str()) != CURLE_OK) refusal_ = "The URL is too long.";
}

void Exchange::set_headers() {
  for (const Header& header : request_.headers) {
    if (is_client_owned(header.name)) continue;
    if (header.name.empty() || has_control_character(header.name) || has_control_character(header.value)) {
      refusal_ = "A request header holds a control character; it was not sent.";
      return;
    }
    // curl reads "Name:" as "leave this header out" and "Name;" as "send it empty".
    append(headers_, header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  // What curl would add by itself.
  append(headers_, "Expect:");
  for (const char* added : {"Accept", "Content-Type"}) {
    const bool given =
        std::ranges::any_of(request_.headers, [added](const Header& h) { return equal_without_case(h.name, added); });
    if (!given) append(headers_, std::string(added) + ":");
  }
  libcurl().easy_setopt(handle(), CURLOPT_HTTPHEADER, headers_.get());
}

void Exchange::set_body() {
  CURL* easy = handle();
  if (request_.method == "HEAD") {
    libcurl().easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  const bool sends_body = !request_.body.empty() || request_.method == "POST" || request_.method == "PUT";
  if (sends_body) {
    libcurl().easy_setopt(easy, CURLOPT_POST, 1L);
    libcurl().easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    libcurl().easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.c_str());
  }
  libcurl().easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void Exchange::set_route(const ClientOptions& options) {
  CURL* easy = handle();
  libcurl().easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  for (const std::string& entry : options.connect_to) append(connect_to_, entry);
  if (connect_to_) libcurl().easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_.get());
  if (!options.unix_socket.empty()) libcurl().easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, options.unix_socket.c_str());
}

/// curl copies the text.
void Exchange::set_blob(CURLoption option, const std::string& text) {
  std::string copy = text;  // curl's structure wants it writable
  curl_blob blob{.data = copy.data(), .len = copy.size(), .flags = CURL_BLOB_COPY};
  libcurl().easy_setopt(handle(), option, &blob);
}

void Exchange::set_trust(const ClientOptions& options) {
  CURL* easy = handle();
  // Called when TCP is connected and TLS begins. CURLINFO_CONNECT_TIME says the same only once TLS is done as well
  // (7.88).
  libcurl().easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &Exchange::tls_begins);
  libcurl().easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
  libcurl().easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  libcurl().easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  libcurl().easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.certificate.empty()) {
    set_blob(CURLOPT_SSLCERT_BLOB, options.certificate);
    set_blob(CURLOPT_SSLKEY_BLOB, options.key);
  }
  if (!options.ca_file.empty()) {
    libcurl().easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    libcurl().easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    return;
  }
  // The system's store as a directory of hashed names: OpenSSL then reads the one root it needs, not the bundle of all
  // of them.
  const char* directory = nullptr;
  libcurl().easy_getinfo(easy, CURLINFO_CAPATH, &directory);
  if (directory != nullptr) libcurl().easy_setopt(easy, CURLOPT_CAINFO, nullptr);
}

void Exchange::append(List& list, const std::string& line) {
  curl_slist* longer = libcurl().slist_append(list.get(), line.c_str());
  if (longer == nullptr) return;  // Out of memory: the process is about to end anyway.
  (void)list.release();
  list.reset(longer);
}

/// curl calls this each time a connection is ready for the request, and by itself it would send a request again when a
/// kept connection dies before an answer, although the peer may have acted on it. The second time nothing may have left
/// yet.
int Exchange::before_request(void* self, char*, char*, int, int) {
  auto& exchange = *static_cast<Exchange*>(self);
  if (std::exchange(exchange.request_begun_, true) && exchange.request_bytes_given() > 0) {
    exchange.repeat_refused_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  return CURL_PREREQFUNC_OK;
}

CURLcode Exchange::tls_begins(CURL*, void*, void* self) {
  static_cast<Exchange*>(self)->tls_begun_ = true;
  return CURLE_OK;
}

std::size_t Exchange::on_header(char* line, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  std::string_view text(line, size * count);
  exchange.header_bytes_ += text.size();
  if (exchange.header_bytes_ > max_response_header_bytes) {
    exchange.response_too_large_ = true;
    return 0;
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.starts_with("HTTP/")) {
    exchange.response_.headers.clear();  // What came before belonged to a 1xx answer.
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    exchange.response_.headers.push_back(
        {std::string(text.substr(0, colon)), std::string(trimmed(text.substr(colon + 1)))});
  }
  return size * count;
}

std::size_t Exchange::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  if (size * count > exchange.max_response_bytes_ - exchange.response_.body.size()) {
    exchange.response_too_large_ = true;
    return 0;
  }
  exchange.response_.body.append(bytes, size * count);
  return size * count;
}

curl_socket_t Exchange::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  ++static_cast<Exchange*>(self)->sockets_opened_;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::expected<ClientResponse, ClientFailure> Exchange::outcome(TransferEnd how) {
  if (how.by != TransferEnd::By::curl || how.code != CURLE_OK) return std::unexpected(failure(how));
  long status = 0;
  libcurl().easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  return std::move(response_);
}

ClientFailure Exchange::failure(TransferEnd how) {
  ClientFailure failure;
  failure.request_byte_left = request_bytes_given() > 0;
  failure.phase = phase_of(how.code);
  failure.timed_out =
      how.by == TransferEnd::By::deadline || (how.by == TransferEnd::By::curl && how.code == CURLE_OPERATION_TIMEDOUT);
  failure.certificate_refused = how.by == TransferEnd::By::curl && certificate_was_refused(how.code);
  failure.message = describe(how);
  return failure;
}

Phase Exchange::phase_of(CURLcode code) const {
  if (!request_begun_) return phase_before_request(code);
  if (repeat_refused_) return Phase::receive;  // The figures below are by now those of the second connection.
  if (request_bytes_given() == 0) return Phase::send;
  curl_off_t uploaded = 0;
  libcurl().easy_getinfo(handle(), CURLINFO_SIZE_UPLOAD_T, &uploaded);
  return uploaded < static_cast<curl_off_t>(request_.body.size()) ? Phase::send : Phase::receive;
}

Phase Exchange::phase_before_request(CURLcode code) const {
  if (certificate_was_refused(code) || code == CURLE_SSL_CONNECT_ERROR) return Phase::tls;
  if (tls_begun_) return Phase::tls;
  curl_off_t resolved_us = 0;
  libcurl().easy_getinfo(handle(), CURLINFO_NAMELOOKUP_TIME_T, &resolved_us);
  return code == CURLE_COULDNT_RESOLVE_HOST || resolved_us == 0 ? Phase::resolve : Phase::connect;
}

/// Bytes of the request (not of the TLS handshake) that curl gave to a connection, over all its tries.
long Exchange::request_bytes_given() const {
  long bytes = 0;
  libcurl().easy_getinfo(handle(), CURLINFO_REQUEST_SIZE, &bytes);
  return bytes;
}

std::string Exchange::describe(TransferEnd how) const {
  if (how.by == TransferEnd::By::deadline) return "The deadline passed before the answer was complete.";
  if (how.by == TransferEnd::By::cancellation) return "The exchange was cancelled.";
  if (repeat_refused_)
    return "The kept connection died before an answer; the request may have arrived and was not repeated.";
  if (response_too_large_) return "The answer is larger than " + std::to_string(max_response_bytes_) + " bytes.";
  std::string message = curl_message_[0] != '\0' ? curl_message_ : libcurl().easy_strerror(how.code);
  long system_error = 0;
  libcurl().easy_getinfo(handle(), CURLINFO_OS_ERRNO, &system_error);
  if (how.code == CURLE_COULDNT_CONNECT && system_error != 0) {
    message += ": " + std::error_code(static_cast<int>(system_error), std::generic_category()).message();
  }
  return message;
}

}  // namespace relay::http
