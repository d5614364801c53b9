#include "relay/providers/twilio/webhook.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "relay/base/ascii.hpp"
#include "relay/crypto/digest.hpp"
#include "relay/crypto/encoding.hpp"
#include "relay/http/server.hpp"
#include "relay/providers/common/answer.hpp"
#include "relay/providers/twilio/status.hpp"

namespace relay::providers::twilio {
namespace {

constexpr std::string_view whatsapp_scheme = "whatsapp:";
constexpr std::string_view form_type = "application/x-www-form-urlencoded";
constexpr std::size_t max_media = 10;

std::string_view query_of(std::string_view url) {
  const auto mark = url.find('?');
  return mark == std::string_view::npos ? std::string_view{} : url.substr(mark + 1);
}

bool has_form_body(const WebhookCall& call) {
  if (call.method != "POST") return false;
  const std::string_view type = std::string_view{call.content_type}.substr(0, call.content_type.find(';'));
  return equal_without_case(trimmed(type), form_type);
}

/// The URL without its port, or with the scheme's own: what stands between "://" and the path, port apart.
struct Ports {
  std::string with;
  std::string without;
};
Ports ports_of(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {std::string{url}, std::string{url}};
  const auto host = scheme_end + 3;
  const auto path = std::min(url.find_first_of("/?", host), url.size());
  const auto colon = url.substr(host, path - host).rfind(':');
  const auto bracket = url.substr(host, path - host).rfind(']');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  const auto host_end = has_port ? host + colon : path;
  const std::string bare{url.substr(0, host_end)};
  const std::string rest{url.substr(path)};
  const std::string port =
      has_port ? std::string{url.substr(host_end, path - host_end)} : (url.starts_with("https:") ? ":443" : ":80");
  return {bare + port + rest, bare + rest};
}

/// The hash that Twilio puts into the URL of a call whose body is no form must be the body's.
bool body_hash_holds(const WebhookCall& call) {
  const auto query = http::parse_form(query_of(call.url));
  const auto hash = std::ranges::find(query, "bodySHA256", &Fields::value_type::first);
  return hash != query.end() && crypto::constant_time_equal(hash->second, crypto::hex(crypto::sha256(call.body)));
}

std::string without_scheme(std::string_view address) {
  if (address.starts_with(whatsapp_scheme)) address.remove_prefix(whatsapp_scheme.size());
  return std::string{address};
}

int number_in(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= 0 ? value : 0;
}

OptOutWord word_of(std::string_view type) {
  if (equal_without_case(type, "STOP")) return OptOutWord::stop;
  if (equal_without_case(type, "START")) return OptOutWord::start;
  return OptOutWord::none;
}

Channel channel_of(const Fields& fields) {
  const bool whatsapp = field(fields, "From").starts_with(whatsapp_scheme) ||
                        field(fields, "To").starts_with(whatsapp_scheme) ||
                        field(fields, "ChannelToAddress").starts_with(whatsapp_scheme);
  return whatsapp ? Channel::whatsapp : Channel::sms;
}

void read_receipt(const Fields& fields, std::string_view url, std::string_view status, WebhookEvent& event) {
  event.kind = WebhookEvent::Kind::receipt;
  event.ours = without_scheme(field(fields, "From"));
  event.to = without_scheme(field(fields, "To"));
  event.status = clean_token(status, 32);
  event.code = clean_token(field(fields, "ErrorCode"), 16);
  event.segments = number_in(field(fields, "NumSegments"));
  if (const Status* known = find_status(status)) {
    event.receipt = known->receipt;
    event.rank = known->rank;
  }
  for (const auto& [name, value] : http::parse_form(query_of(url))) {
    if (name == "rid") event.message = clean_token(value, 64);
  }
  event.fingerprint = "twilio/" + event.ref + "/" + event.status;
}

void read_inbound(const Fields& fields, WebhookEvent& event) {
  event.kind = WebhookEvent::Kind::inbound;
  event.from = without_scheme(field(fields, "From"));
  event.ours = without_scheme(field(fields, "To"));
  event.text = field(fields, "Body");
  event.segments = number_in(field(fields, "NumSegments"));
  event.opt_out = word_of(field(fields, "OptOutType"));
  const auto count = std::min(max_media, static_cast<std::size_t>(number_in(field(fields, "NumMedia"))));
  for (std::size_t i = 0; i < count; ++i) {
    const auto index = std::to_string(i);
    event.media.push_back({.url = std::string{field(fields, "MediaUrl" + index)},
                           .type = std::string{field(fields, "MediaContentType" + index)}});
  }
  event.fingerprint = "twilio/" + event.ref + "/received";
}

}  // namespace

std::optional<Fields> fields_of(const WebhookCall& call) {
  std::string_view form;
  if (has_form_body(call)) form = call.body;
  if (call.method == "GET") form = query_of(call.url);
  if (static_cast<std::size_t>(std::ranges::count(form, '&')) >= max_fields) return std::nullopt;
  return http::parse_form(form);
}

std::string_view field(const Fields& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Fields::value_type::first);
  return found == fields.end() ? std::string_view{} : std::string_view{found->second};
}

std::string account_of(const WebhookCall& call, const Fields& fields) {
  std::string account{field(fields, "AccountSid")};
  if (account.empty()) {
    const auto query = http::parse_form(query_of(call.url));
    account = field(query, "AccountSid");
  }
  const bool is_sid = account.size() == 34 && account.starts_with("AC") &&
                      crypto::from_hex(std::string_view{account}.substr(2)).has_value();
  return is_sid ? account : std::string{};
}

std::string sign(std::string_view url, const Fields& fields, std::string_view auth_token) {
  Fields sorted = fields;
  std::ranges::sort(sorted);
  const auto repeated = std::ranges::unique(sorted);  // a value that stands twice under one name counts once
  sorted.erase(repeated.begin(), repeated.end());
  std::string text{url};
  for (const auto& [name, value] : sorted) text.append(name).append(value);
  return crypto::base64(crypto::hmac_sha1(auth_token, text));
}

bool is_genuine(const WebhookCall& call, const Fields& fields, std::string_view auth_token) {
  if (auth_token.empty() || call.signature.empty()) return false;
  static const Fields none;
  const bool form = has_form_body(call);
  if (call.method != "GET" && !form && !body_hash_holds(call)) return false;
  const Fields& signed_fields = form ? fields : none;
  const Ports ports = ports_of(call.url);
  const bool with = crypto::constant_time_equal(call.signature, sign(ports.with, signed_fields, auth_token));
  const bool without = crypto::constant_time_equal(call.signature, sign(ports.without, signed_fields, auth_token));
  return with || without;
}

Result<WebhookEvent> read_event(const WebhookCall& call, const Fields& fields, WallTime now) {
  WebhookEvent event;
  event.provider = "twilio";
  event.channel = channel_of(fields);
  event.at = now;
  event.ref = clean_token(field(fields, "MessageSid").empty() ? field(fields, "SmsSid") : field(fields, "MessageSid"));
  if (event.ref.empty()) return fail(ErrorCode::invalid_argument, "the call has no MessageSid: it is about no message");
  std::string_view status = field(fields, "MessageStatus");
  if (status.empty()) status = field(fields, "SmsStatus");
  const bool inbound =
      status == "received" || status == "receiving" || (status.empty() && !field(fields, "From").empty());
  if (inbound) {
    read_inbound(fields, event);
  } else {
    if (status.empty()) return fail(ErrorCode::invalid_argument, "the call has neither a status nor a sender");
    read_receipt(fields, call.url, status, event);
  }
  return event;
}

}  // namespace relay::providers::twilio
