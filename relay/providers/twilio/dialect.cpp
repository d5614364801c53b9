#include "relay/providers/twilio/dialect.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "relay/base/concat.hpp"
#include "relay/base/planted_fault.hpp"
#include "relay/crypto/encoding.hpp"
#include "relay/json/json.hpp"
#include "relay/providers/common/answer.hpp"
#include "relay/providers/common/date.hpp"
#include "relay/providers/twilio/errors.hpp"
#include "relay/providers/twilio/status.hpp"

namespace relay::providers::twilio {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds min_validity{1};  // ValidityPeriod
constexpr std::chrono::seconds max_validity{36'000};
constexpr std::size_t page_size = 50;  // some 100 KiB of JSON at most, within the client's bound

bool is_success(const http::ClientResponse& answer) { return answer.status >= 200 && answer.status <= 299; }

/// An integer's digits; empty for null, fractions and numbers beyond 64 bits.
std::string digits_of(const json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_number_integer()) return {};
  return member->dump();
}

/// "-0.00790" and "USD" become "0.00790 USD".
std::string cost_of(const json& object) {
  std::string price = text_of(object, "price");
  if (price.starts_with('-')) price.erase(0, 1);
  if (price.empty() || price.size() > 16 || price.find_first_not_of("0123456789.") != std::string::npos) return {};
  const std::string unit = clean_token(text_of(object, "price_unit"), 3);
  return unit.empty() ? price : price + " " + unit;
}

Entry entry_of(const json& object) {
  return {.sid = clean_token(text_of(object, "sid"), 64),
          .body = text_of(object, "body"),
          .status = clean_token(text_of(object, "status"), 32),
          .error_code = digits_of(object, "error_code"),
          .cost = cost_of(object),
          .created_at = parse_date(text_of(object, "date_created"))};
}

/// The callback's URL with our id in its query, before the fragment (which carries Twilio's connection overrides).
std::string with_rid(std::string_view url, std::string_view rid) {
  const auto fragment = std::min(url.find('#'), url.size());
  std::string out(url.substr(0, fragment));
  out += out.find('?') == std::string::npos ? '?' : '&';
  out.append("rid=").append(rid).append(url.substr(fragment));
  return out;
}

/// "2026-01-02", by UTC.
std::string day_of(WallTime time) {
  const std::chrono::sys_days day{std::chrono::floor<std::chrono::days>(time.time_since_epoch())};
  const std::chrono::year_month_day date{day};
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

http::Header basic_authorization(const Options& options) {
  return {"Authorization", "Basic " + crypto::base64(options.user + ":" + options.password)};
}

}  // namespace

Dialect::Dialect(Options options)
    : options_(std::move(options)), messages_path_("/2010-04-01/Accounts/" + options_.account_sid + "/Messages") {}

std::expected<http::ClientRequest, SendResult> Dialect::build(const SendRequest& request) const {
  const Message& message = *request.message;
  if (message.channel != options_.channel) {
    return std::unexpected(
        refused_here("channel", concat("This provider carries ", name_of(options_.channel), " only.")));
  }
  const bool may_choose = includes(options_.allowed_senders, message.from);
  const std::string& sender = may_choose ? message.from : options_.from;
  // Whole seconds rounded down: the provider's clock must not run out after ours.
  const auto life = std::chrono::floor<std::chrono::seconds>(request.life_left);
  FormBody form;
  form.add("To", address_of(message.to));
  if (!sender.empty()) form.add("From", address_of(sender));
  form.add_unless_empty("MessagingServiceSid", options_.messaging_service_sid);
  if (auto refusal = add_content(request, form)) return std::unexpected(std::move(*refusal));
  form.add("ValidityPeriod", std::to_string(std::clamp(life, min_validity, max_validity).count()));
  if (options_.channel == Channel::sms) form.add("SmartEncoded", "false");  // the text goes out as it was counted
  if (!options_.status_callback.empty())
    form.add("StatusCallback", with_rid(options_.status_callback, message.id.text()));

  http::ClientRequest out;
  out.url = options_.base_url + messages_path_ + ".json";
  out.headers = {basic_authorization(options_), {"Content-Type", "application/x-www-form-urlencoded"}};
  out.body = form.take();
  return out;
}

std::string Dialect::address_of(std::string_view number) const {
  return options_.channel == Channel::whatsapp ? concat("whatsapp:", number) : std::string{number};
}

/// Adds what is said, or tells why it cannot be said here.
std::optional<SendResult> Dialect::add_content(const SendRequest& request, FormBody& form) const {
  const Content& content = request.message->content;
  if (const auto* text = std::get_if<SmsContent>(&content)) {
    if (!fits(text->text, text_limit)) return refused_here("too_long", "Twilio takes 1600 characters at most.");
    form.add("Body", outgoing_text(request, options_.repeat_prefix, text_limit));
  } else if (const auto* media = std::get_if<MediaContent>(&content)) {
    if (!fits(media->caption, text_limit)) return refused_here("too_long", "Twilio takes 1600 characters at most.");
    form.add_unless_empty("Body", media->caption);
    form.add("MediaUrl", media->url);
  } else if (const auto* form_of = std::get_if<TemplateContent>(&content)) {
    const auto known = options_.templates.find(form_of->name);
    if (known == options_.templates.end()) return template_unknown(form_of->name);
    if (auto refusal = refuses_variables(form_of->variables)) return refusal;
    form.add("ContentSid", known->second);
    json variables = json::object();
    for (std::size_t i = 0; i < form_of->variables.size(); ++i)
      variables[std::to_string(i + 1)] = form_of->variables[i];
    if (!variables.empty())
      form.add("ContentVariables", variables.dump(-1, ' ', false, json::error_handler_t::replace));
  }
  return std::nullopt;
}

SendResult Dialect::read(const http::ClientResponse& answer, WallTime now) const {
  const json body = parse_json(answer.body);
  if (!is_success(answer)) {
    const ProviderError error{
        .code = body.is_object() ? digits_of(body, "code") : std::string{}, .reason = {}, .evidence = {}};
    return result_of_error("Twilio", answer, error, error_rows(), now);
  }
  const Entry entry = body.is_object() ? entry_of(body) : Entry{};
  if (entry.sid.empty()) return unreadable_success("Twilio", answer);
  auto result =
      accepted_as(entry.sid, answer, "Twilio took it" + (entry.status.empty() ? "." : " (" + entry.status + ")."));
  result.cost = entry.cost;
  return result;
}

http::ClientRequest Dialect::get(std::string_view path) const {
  http::ClientRequest out;
  out.method = "GET";
  out.url = options_.base_url + std::string(path);
  out.headers = {basic_authorization(options_)};
  return out;
}

http::ClientRequest Dialect::fetch(std::string_view sid) const {
  return get(messages_path_ + "/" + percent_encode(sid) + ".json");
}

http::ClientRequest Dialect::list(std::string_view to, std::optional<WallTime> sent_since) const {
  FormBody query;
  query.add("To", address_of(to));
  if (sent_since)
    query.add("DateSent>", day_of(*sent_since));  // the name ends in ">", so that "=" makes it "at or after"
  query.add("PageSize", std::to_string(page_size));
  return get(messages_path_ + ".json?" + query.take());
}

std::optional<http::ClientRequest> Dialect::follow(std::string_view next_path) const {
  if (!next_path.starts_with(messages_path_ + ".json?")) return std::nullopt;
  const bool printable = std::ranges::all_of(next_path, [](char c) { return c > ' ' && c < '\x7f'; });
  return printable ? std::optional(get(next_path)) : std::nullopt;
}

std::optional<Entry> Dialect::read_entry(const http::ClientResponse& answer) {
  const json body = parse_json(answer.body);
  if (!is_success(answer) || !body.is_object()) return std::nullopt;
  Entry entry = entry_of(body);
  return entry.sid.empty() ? std::nullopt : std::optional(std::move(entry));
}

std::optional<Page> Dialect::read_page(const http::ClientResponse& answer) {
  const json body = parse_json(answer.body);
  if (!is_success(answer) || !body.is_object()) return std::nullopt;
  const auto messages = body.find("messages");
  if (messages == body.end() || !messages->is_array()) return std::nullopt;
  Page page;
  for (const auto& message : *messages) {
    if (!message.is_object()) return std::nullopt;
    page.entries.push_back(entry_of(message));
    // An entry that cannot be named proves nothing, and neither does a list with such entries.
    if (page.entries.back().sid.empty()) return std::nullopt;
  }
  page.next_path = text_of(body, "next_page_uri");
  return page;
}

std::vector<std::string> Dialect::possible_texts(const Message& message) const {
  if (!std::holds_alternative<SmsContent>(message.content)) return {};
  SendRequest request{.message = &message};
  std::vector<std::string> texts{outgoing_text(request, options_.repeat_prefix, text_limit)};
  request.mark_as_repeat = true;
  texts.push_back(outgoing_text(request, options_.repeat_prefix, text_limit));
  return texts;
}

Finding finding_of(const Entry& entry, Channel channel) {
  Finding finding;
  finding.kind = Finding::Kind::accepted;
  finding.provider_ref = entry.sid;
  finding.receipt_refs = {entry.sid};
  if (const Status* status = find_status(entry.status)) finding.status = status->receipt;
  if (planted(PlantedFault::sent_taken_as_delivered) && entry.status == "sent")
    finding.status = ReceiptStatus::delivered;
  finding.code = entry.error_code.empty() ? entry.status : entry.status + " " + entry.error_code;
  finding.cost = entry.cost;
  if (channel != Channel::whatsapp || finding.status != ReceiptStatus::failed) return finding;
  const ErrorRow* row = find_row(error_rows(), {.code = entry.error_code, .reason = {}, .evidence = {}});
  // Whoever has the fault: nothing came of it on WhatsApp, and another channel may do better. A recipient's wish
  // stands.
  finding.refused = row != nullptr && (row->outcome == Outcome::refused || row->outcome == Outcome::account ||
                                       row->outcome == Outcome::throttled);
  finding.channel_refused = finding.refused && row->whole_channel;
  return finding;
}

}  // namespace relay::providers::twilio
