#include "relay/providers/aws/signature.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/base/ascii.hpp"
#include "relay/crypto/digest.hpp"
#include "relay/crypto/encoding.hpp"
#include "relay/http/percent.hpp"
#include "relay/providers/common/text.hpp"

namespace relay::providers::aws {
namespace {

constexpr std::array<std::string_view, 9> never_signed{"accept",     "accept-encoding",   "authorization",
                                                       "connection", "content-length",    "expect",
                                                       "host",       "transfer-encoding", "user-agent"};

struct UrlParts {
  std::string_view host;  ///< As in the Host header.
  std::string_view path;
  std::string_view query;
};

UrlParts split(std::string_view url) {
  UrlParts parts;
  const bool tls = url.starts_with("https://");
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('#'));
  const auto authority_end = std::min(url.find_first_of("/?"), url.size());
  parts.host = url.substr(0, authority_end);
  const std::string_view default_port = tls ? ":443" : ":80";
  if (parts.host.ends_with(default_port)) parts.host.remove_suffix(default_port.size());
  url.remove_prefix(authority_end);
  const auto question = std::min(url.find('?'), url.size());
  parts.path = url.substr(0, question);
  parts.query = question < url.size() ? url.substr(question + 1) : std::string_view{};
  return parts;
}

std::vector<std::string_view> pieces(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (true) {
    const auto end = text.find(separator);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

/// Without empty, "." and ".." segments (RFC 3986 clause 5.2.4), each remaining one encoded once more.
std::string canonical_path(std::string_view path) {
  std::vector<std::string_view> kept;
  for (const auto segment : pieces(path, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      kept.push_back(segment);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string out;
  for (const auto segment : kept) out += "/" + percent_encode(segment);
  const bool is_folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  if (out.empty() || is_folder) out += '/';
  return out;
}

std::string decoded(std::string_view text) { return http::percent_decode(text).value_or(std::string(text)); }

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> arguments;
  for (const auto argument : pieces(query, '&')) {
    if (argument.empty()) continue;
    const auto equals = std::min(argument.find('='), argument.size());
    const auto value = equals < argument.size() ? argument.substr(equals + 1) : std::string_view{};
    arguments.emplace_back(percent_encode(decoded(argument.substr(0, equals))), percent_encode(decoded(value)));
  }
  std::ranges::sort(arguments);
  std::string out;
  for (const auto& [name, value] : arguments) out.append(out.empty() ? "" : "&").append(name).append("=").append(value);
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), ascii_lower);
  return out;
}

/// Trimmed, and every run of blanks within becomes one space.
std::string collapsed(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

/// "20260102T030405Z"
std::string amz_date(WallTime now) {
  const auto since_epoch = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
  const std::chrono::sys_seconds seconds{since_epoch};
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{seconds - day};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text.data();
}

crypto::Sha256Digest signing_key(const Credentials& credentials, const SigningScope& scope, std::string_view day) {
  const auto date_key = crypto::hmac_sha256("AWS4" + credentials.secret_access_key, day);
  const auto region_key = crypto::hmac_sha256(date_key, scope.region);
  const auto service_key = crypto::hmac_sha256(region_key, scope.service);
  return crypto::hmac_sha256(service_key, "aws4_request");
}

}  // namespace

CanonicalRequest canonical_request(const http::ClientRequest& request) {
  const UrlParts url = split(request.url);
  std::map<std::string, std::string> headers{{"host", std::string(url.host)}};
  for (const auto& header : request.headers) {
    std::string name = lower(header.name);
    if (std::ranges::find(never_signed, name) != never_signed.end()) continue;
    auto [entry, is_new] = headers.try_emplace(std::move(name));
    entry->second += (is_new ? "" : ",") + collapsed(header.value);
  }

  CanonicalRequest canonical;
  std::string lines;
  for (const auto& [name, value] : headers) {
    lines.append(name).append(":").append(value).append("\n");
    canonical.signed_headers.append(canonical.signed_headers.empty() ? "" : ";").append(name);
  }
  canonical.text = request.method + "\n" + canonical_path(url.path) + "\n" + canonical_query(url.query) + "\n" + lines +
                   "\n" + canonical.signed_headers + "\n" + crypto::hex(crypto::sha256(request.body));
  return canonical;
}

void sign(http::ClientRequest& request, const Credentials& credentials, const SigningScope& scope, WallTime now) {
  const std::string time = amz_date(now);
  const std::string day = time.substr(0, 8);
  request.headers.push_back({"X-Amz-Date", time});
  if (!credentials.session_token.empty())
    request.headers.push_back({"X-Amz-Security-Token", credentials.session_token});

  const CanonicalRequest canonical = canonical_request(request);
  const std::string scope_text = day + "/" + scope.region + "/" + scope.service + "/aws4_request";
  const std::string to_sign =
      "AWS4-HMAC-SHA256\n" + time + "\n" + scope_text + "\n" + crypto::hex(crypto::sha256(canonical.text));
  const auto signature = crypto::hmac_sha256(signing_key(credentials, scope, day), to_sign);
  request.headers.push_back({"Authorization", "AWS4-HMAC-SHA256 Credential=" + credentials.access_key_id + "/" +
                                                  scope_text + ", SignedHeaders=" + canonical.signed_headers +
                                                  ", Signature=" + crypto::hex(signature)});
}

}  // namespace relay::providers::aws
