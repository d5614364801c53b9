// The SigV4 canonicaliser and signature against a second one, written here from AWS's description alone
// ("Create a signed AWS API request", IAM User Guide). Input: a line "METHOD TARGET", header lines "Name: value", an
// empty line, the body.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "relay/crypto/digest.hpp"
#include "relay/crypto/encoding.hpp"
#include "relay/providers/aws/signature.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using fuzz::require;
using relay::http::ClientRequest;

constexpr std::string_view origin = "https://sns.eu-west-1.amazonaws.com";
constexpr relay::WallTime now{relay::Millis{1'440'938'160'123}};  // 2015-08-30T12:36:00Z

// --- the reference

std::string uri_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool ascii_word = byte < 0x80 && std::isalnum(byte) != 0;
    if (ascii_word || std::string_view{"-._~"}.find(c) != std::string_view::npos) {
      out += c;
    } else {
      char escaped[4];
      (void)std::snprintf(escaped, sizeof escaped, "%%%02X", byte);
      out += escaped;
    }
  }
  return out;
}

/// A text in which an escape is broken stands for itself.
std::string uri_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto digits = text.substr(i + 1, 2);
    const bool good =
        digits.size() == 2 && std::ranges::all_of(digits, [](unsigned char c) { return std::isxdigit(c); });
    if (!good) return std::string{text};
    out += static_cast<char>(std::stoi(std::string{digits}, nullptr, 16));
    i += 2;
  }
  return out;
}

/// RFC 3986 clause 5.2.4 to the letter, after redundant slashes are gone; each segment is then encoded once more.
std::string reference_path(std::string path) {
  for (auto twice = path.find("//"); twice != std::string::npos; twice = path.find("//")) path.erase(twice, 1);
  std::string out;
  while (!path.empty()) {
    if (path.starts_with("/./")) {
      path.erase(0, 2);
    } else if (path == "/.") {
      path = "/";
    } else if (path.starts_with("/../") || path == "/..") {
      path = "/" + path.substr(std::min<std::size_t>(path.size(), 4));
      out.erase(std::min(out.rfind('/'), out.size()));
    } else {
      const auto end = std::min(path.find('/', 1), path.size());
      out += path.substr(0, end);
      path.erase(0, end);
    }
  }
  std::string encoded;
  for (std::size_t start = 0; start < out.size();) {
    const auto end = std::min(out.find('/', start + 1), out.size());
    encoded += "/" + uri_encode(std::string_view{out}.substr(start + 1, end - start - 1));
    start = end;
  }
  return encoded.empty() ? "/" : encoded;
}

std::string reference_query(std::string_view query) {
  std::map<std::string, std::multiset<std::string>> arguments;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto argument = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (argument.empty()) continue;
    const auto equals = std::min(argument.find('='), argument.size());
    arguments[uri_encode(uri_decode(argument.substr(0, equals)))].insert(
        uri_encode(uri_decode(argument.substr(std::min(equals + 1, argument.size())))));
  }
  std::string out;
  for (const auto& [name, values] : arguments) {
    for (const auto& value : values) out += (out.empty() ? "" : "&") + name + "=" + value;
  }
  return out;
}

std::string reference_value(std::string_view value) {
  std::string out;
  bool blank = false;
  for (const char c : value) {
    if (std::string_view{" \t\r\n"}.find(c) != std::string_view::npos) {
      blank = true;
      continue;
    }
    if (blank && !out.empty()) out += ' ';
    blank = false;
    out += c;
  }
  return out;
}

std::string reference_canonical(const ClientRequest& request, std::string& signed_headers) {
  static const std::set<std::string> unsigned_names{"accept",     "accept-encoding",   "authorization",
                                                    "connection", "content-length",    "expect",
                                                    "host",       "transfer-encoding", "user-agent"};
  std::map<std::string, std::vector<std::string>> headers{{"host", {std::string{origin.substr(8)}}}};
  for (const auto& header : request.headers) {
    std::string name = header.name;
    for (char& c : name) c = (c >= 'A' && c <= 'Z') ? static_cast<char>(c + 32) : c;
    if (!unsigned_names.contains(name)) headers[name].push_back(reference_value(header.value));
  }
  std::string lines;
  for (const auto& [name, values] : headers) {
    lines += name + ":";
    for (std::size_t i = 0; i < values.size(); ++i) lines += (i == 0 ? "" : ",") + values[i];
    lines += "\n";
    signed_headers += (signed_headers.empty() ? "" : ";") + name;
  }
  const std::string target = request.url.substr(origin.size());
  const auto question = std::min(target.find('?'), target.size());
  return request.method + "\n" + reference_path(target.substr(0, question)) + "\n" +
         reference_query(std::string_view{target}.substr(std::min(question + 1, target.size()))) + "\n" + lines + "\n" +
         signed_headers + "\n" + relay::crypto::hex(relay::crypto::sha256(request.body));
}

// --- the properties

ClientRequest read_request(std::string_view input) {
  const auto line = [&input] {
    const auto end = std::min(input.find('\n'), input.size());
    const std::string text{input.substr(0, end)};
    input.remove_prefix(std::min(end + 1, input.size()));
    return text;
  };
  ClientRequest request;
  const std::string first = line();
  const auto blank = std::min(first.find(' '), first.size());
  request.method = first.substr(0, blank) == "GET" ? "GET" : "POST";
  std::string target = first.substr(std::min(blank + 1, first.size()));
  std::erase(target, '#');
  if (!target.starts_with('/') && !target.starts_with('?')) target.insert(0, 1, '/');
  request.url = std::string{origin} + target;
  for (std::string header = line(); !header.empty(); header = line()) {
    const auto colon = std::min(header.find(':'), header.size());
    std::string name = header.substr(0, colon);
    std::erase_if(name, [](unsigned char c) { return c >= 0x80 || (std::isalnum(c) == 0 && c != '-'); });
    // A value may hold anything, folded lines too.
    std::string value = header.substr(std::min(colon + 1, header.size()));
    std::ranges::replace(value, '~', '\n');
    if (!name.empty()) request.headers.push_back({std::move(name), std::move(value)});
  }
  request.body = input;
  return request;
}

void check_order(const ClientRequest& request, const std::string& canonical) {
  ClientRequest shuffled = request;
  const auto question = request.url.find('?');
  if (question != std::string::npos) {
    std::vector<std::string> arguments{""};
    for (const char c : request.url.substr(question + 1))
      c == '&' ? void(arguments.emplace_back()) : void(arguments.back() += c);
    shuffled.url.resize(question + 1);
    for (auto argument = arguments.rbegin(); argument != arguments.rend(); ++argument) shuffled.url += "&" + *argument;
  }
  // Headers of one name keep their order: it is their value's.
  std::multimap<std::string, std::string, std::greater<>> by_name;
  for (const auto& header : request.headers) {
    std::string name = header.name;
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    by_name.emplace(std::move(name), header.value);
  }
  shuffled.headers.clear();
  for (const auto& [name, value] : by_name) shuffled.headers.push_back({name, value});
  shuffled.headers.push_back({"User-Agent", "anything"});
  require(relay::providers::aws::canonical_request(shuffled).text == canonical,
          "order of arguments and of names, case, and what proxies add do not matter");
}

void check_signature(const ClientRequest& request) {
  using relay::crypto::hmac_sha256;
  ClientRequest signed_request = request;
  relay::providers::aws::sign(signed_request, {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", "token"}, {"eu-west-1", "sns"},
                              now);
  const auto authorization = signed_request.headers.back();
  require(authorization.name == "Authorization", "the signature comes last");
  require(signed_request.body == request.body && signed_request.url == request.url, "signing adds headers only");
  std::string names;
  const auto canonical = reference_canonical(signed_request, names);
  const auto date_key = hmac_sha256(std::string_view{"AWS4wJalrXUtnFEMI/K7MDENG"}, std::string_view{"20150830"});
  const auto key =
      hmac_sha256(hmac_sha256(hmac_sha256(date_key, std::string_view{"eu-west-1"}), std::string_view{"sns"}),
                  std::string_view{"aws4_request"});
  const std::string to_sign = "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/eu-west-1/sns/aws4_request\n" +
                              relay::crypto::hex(relay::crypto::sha256(canonical));
  require(authorization.value ==
              "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/eu-west-1/sns/aws4_request, SignedHeaders=" + names +
                  ", Signature=" + relay::crypto::hex(hmac_sha256(key, to_sign)),
          "the signature is the reference's");
}

void run(std::string_view input) {
  const ClientRequest request = read_request(input);
  const auto canonical = relay::providers::aws::canonical_request(request);
  std::string names;
  require(canonical.text == reference_canonical(request, names), "the canonical request is the reference's");
  require(canonical.signed_headers == names, "so are the signed headers");
  const auto lines = std::ranges::count(canonical.text, '\n');
  require(lines == 6 + std::ranges::count(names, ';'), "nothing in a request adds a line");
  check_order(request, canonical.text);
  check_signature(request);
}

fuzz::Seeds seeds() {
  return {"POST /\nContent-Type: application/x-www-form-urlencoded\n\nAction=Publish&PhoneNumber=%2B15551230001",
          "GET /?b=2&a=1&a=0&c&=&%C3%A4=+%20\n\n",
          "GET /a/./b/../c//d/%20/\xc3\xa4\n\n",
          "GET /..\n\n",
          "GET ?x\n\n",
          "GET /a/.\nX-B:  two   words \nx-a: 1\nX-A: 2\nUser-Agent: x\nHost: other\n\n",
          "POST /%zz?%zz=%&a%=1\nX: a~ b\n\nbody"};
}

const fuzz::Registration registration{{"sigv4", &run, &seeds}};

}  // namespace
