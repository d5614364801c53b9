#include "relay/providers/twilio/twilio.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "relay/providers/common/join.hpp"
#include "relay/providers/common/settings.hpp"
#include "relay/providers/common/templates.hpp"
#include "relay/providers/twilio/dialect.hpp"
#include "relay/providers/twilio/twilio_provider.hpp"

namespace relay::providers::twilio {
namespace {

using config::Type;

constexpr std::array<config::Setting, 11> own_settings{{
    {.name = "account_sid",
     .type = Type::text,
     .text = "The account's SID: AC and 32 hexadecimal digits.",
     .min = 34,
     .max = 34,
     .required = true},
    {.name = "auth_token",
     .type = Type::secret,
     .text = "The account's auth token; better give an API key, which can be revoked.",
     .min = 1,
     .max = 128},
    {.name = "api_key_sid", .type = Type::text, .text = "An API key's SID: SK and 32 hexadecimal digits.", .max = 34},
    {.name = "api_key_secret", .type = Type::secret, .text = "The API key's secret.", .min = 1, .max = 128},
    {.name = "from",
     .type = Type::text,
     .text = "Number in E.164, short code or alphanumeric sender to send from.",
     .max = 16},
    {.name = "messaging_service_sid",
     .type = Type::text,
     .text = "Messaging service that chooses the sender: MG and 32 hexadecimal digits.",
     .max = 34},
    {.name = "allowed_senders",
     .type = Type::list,
     .text = "Senders that an application may choose; any other wish is answered by the provider's own sender."},
    {.name = "status_callback",
     .type = Type::text,
     .text = "URL of the bridge that hears delivery receipts; the message's id is added as rid. Empty: Twilio is asked "
             "instead.",
     .max = 1024},
    {.name = "base_url",
     .type = Type::text,
     .default_value = "https://api.twilio.com",
     .text = "Twilio's address; another for an edge location or a simulator."},
    {.name = "look_up_timeout",
     .type = Type::duration,
     .default_value = "10s",
     .text = "Time for asking Twilio what became of one message.",
     .min = 1000,
     .max = 60'000},
    {.name = "not_sent_after",
     .type = Type::duration,
     .default_value = "2m",
     .text = "How long after an attempt its absence from Twilio's list proves that it was never sent.",
     .min = 10'000,
     .max = 3'600'000},
}};

constexpr std::array<config::Setting, 1> whatsapp_only{{
    {.name = "templates",
     .type = Type::list,
     .text = "Approved templates, NAME=HX...: the name that applications use, and the content SID at Twilio."},
}};

constexpr auto whatsapp_table_settings =
    join(own_settings, whatsapp_only, http_settings(), common_settings({"8", "0", "24h"}));
constexpr auto table_settings = join(own_settings, http_settings(), common_settings({"8", "0", "24h"}));

bool is_sid(std::string_view text, std::string_view prefix) {
  return text.size() == 34 && text.starts_with(prefix) &&
         text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
}

bool all_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

/// E.164, a short code of 5 or 6 digits, or up to 11 letters, digits and spaces with a letter among them
/// (cloud-apis.md 1.4).
bool is_sender(std::string_view text) {
  if (text.starts_with('+'))
    return text.size() >= 8 && text.size() <= 16 && text[1] != '0' && all_digits(text.substr(1));
  if (all_digits(text)) return text.size() == 5 || text.size() == 6;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto allowed = [letter](char c) { return letter(c) || (c >= '0' && c <= '9') || c == ' '; };
  return text.size() <= 11 && std::ranges::all_of(text, allowed) && std::ranges::any_of(text, letter);
}

/// Twilio refuses hosts with an underscore (21609), and only at send time.
bool is_callback(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos || (url.substr(0, scheme) != "https" && url.substr(0, scheme) != "http"))
    return false;
  const auto rest = url.substr(scheme + 3);
  const auto host = rest.substr(0, rest.find_first_of("/?#"));
  const bool printable = std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f'; });
  return printable && !host.empty() && !host.contains('_');
}

/// What is wrong with the settings, as a sentence; nothing when all is well.
std::optional<std::string_view> trouble_of(const config::Section& section) {
  const auto& key = section.text("api_key_sid");
  const auto& from = section.text("from");
  const auto& service = section.text("messaging_service_sid");
  const auto& callback = section.text("status_callback");
  if (!is_sid(section.text("account_sid"), "AC")) return "account_sid must be AC and 32 hexadecimal digits.";
  if (!key.empty() && !is_sid(key, "SK")) return "api_key_sid must be SK and 32 hexadecimal digits.";
  if (key.empty() != section.text("api_key_secret").empty())
    return "api_key_sid and api_key_secret go together: give both or none.";
  if (key.empty() == section.text("auth_token").empty())
    return "give either auth_token, or api_key_sid and api_key_secret.";
  if (from.empty() && service.empty())
    return "give from (a sender), messaging_service_sid, or both: Twilio needs to know who sends.";
  if (!from.empty() && !is_sender(from)) {
    return "from must be a number such as +15551230000, a short code of 5 or 6 digits, or up to 11 letters, digits and "
           "spaces.";
  }
  if (!service.empty() && !is_sid(service, "MG")) return "messaging_service_sid must be MG and 32 hexadecimal digits.";
  if (!callback.empty() && !is_callback(callback)) {
    return "status_callback must be an https:// or http:// URL whose host has no underscore (Twilio refuses those).";
  }
  if (!std::ranges::all_of(section.list("allowed_senders"), is_sender)) {
    return "allowed_senders must each be a number such as +15551230000, a short code, or up to 11 letters, digits and "
           "spaces.";
  }
  return std::nullopt;
}

}  // namespace

const config::Table& settings() {
  static constexpr config::Table table{.path = "providers.*",
                                       .kind = "twilio",
                                       .text = "SMS through Twilio Programmable Messaging.",
                                       .settings = table_settings};
  return table;
}

const config::Table& whatsapp_settings() {
  static constexpr config::Table table{.path = "providers.*",
                                       .kind = "twilio-whatsapp",
                                       .text =
                                           "WhatsApp through Twilio Programmable Messaging: text, media by URL, "
                                           "content templates.",
                                       .settings = whatsapp_table_settings};
  return table;
}

namespace {

bool is_content_sid(std::string_view text) { return is_sid(text, "HX"); }

bool is_whatsapp_number(std::string_view text) { return text.starts_with('+') && is_sender(text); }

/// `kind` must be a literal's text.
Result<std::unique_ptr<Provider>> make(Runtime runtime, const config::Section& section, std::string_view kind,
                                       Channel channel, Templates templates, std::unique_ptr<http::Client> client) {
  if (const auto trouble = trouble_of(section)) return bad_setting(section, *trouble);
  auto url = base_url(section, "https://api.twilio.com");
  if (!url) return std::unexpected(std::move(url.error()));

  const bool by_key = !section.text("api_key_sid").empty();
  Options options{.base_url = *url,
                  .account_sid = section.text("account_sid"),
                  .user = section.text(by_key ? "api_key_sid" : "account_sid"),
                  .password = section.text(by_key ? "api_key_secret" : "auth_token"),
                  .from = section.text("from"),
                  .messaging_service_sid = section.text("messaging_service_sid"),
                  .allowed_senders = section.list("allowed_senders"),
                  .status_callback = section.text("status_callback"),
                  .repeat_prefix = section.text("repeat_prefix"),
                  .channel = channel,
                  .templates = std::move(templates)};
  Traits traits = traits_of(section, kind);
  traits.channel = channel;
  traits.can_look_up = true;
  const TwilioProvider::Limits limits{.look_up_timeout = section.duration("look_up_timeout"),
                                      .not_sent_after = section.duration("not_sent_after")};
  return std::make_unique<TwilioProvider>(std::move(runtime), std::move(traits), Dialect(std::move(options)), limits,
                                          std::move(client));
}

}  // namespace

Result<std::unique_ptr<Provider>> make_twilio(Runtime runtime, const config::Section& section,
                                              std::unique_ptr<http::Client> client) {
  return make(std::move(runtime), section, "twilio", Channel::sms, {}, std::move(client));
}

Result<std::unique_ptr<Provider>> make_whatsapp(Runtime runtime, const config::Section& section,
                                                std::unique_ptr<http::Client> client) {
  const auto& from = section.text("from");
  const bool senders_fit = std::ranges::all_of(section.list("allowed_senders"), is_whatsapp_number);
  if ((!from.empty() && !is_whatsapp_number(from)) || !senders_fit)
    return bad_setting(section,
                       "from and allowed_senders must be numbers such as +15551230000: WhatsApp has no others.");
  auto templates = read_templates(section, is_content_sid, "HX0123456789abcdef0123456789abcdef");
  if (!templates) return std::unexpected(std::move(templates.error()));
  return make(std::move(runtime), section, "twilio-whatsapp", Channel::whatsapp, std::move(*templates),
              std::move(client));
}

}  // namespace relay::providers::twilio
