#include "relay/providers/aws/aws.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "relay/providers/aws/aws_provider.hpp"
#include "relay/providers/aws/endpoint.hpp"
#include "relay/providers/aws/eum_dialect.hpp"
#include "relay/providers/aws/sns_dialect.hpp"
#include "relay/providers/aws/social_dialect.hpp"
#include "relay/providers/common/join.hpp"
#include "relay/providers/common/settings.hpp"
#include "relay/providers/common/templates.hpp"

namespace relay::providers::aws {
namespace {

using config::Type;

constexpr std::array<config::Setting, 6> account_settings{{
    {.name = "region",
     .type = Type::text,
     .text = "AWS region, such as eu-west-1.",
     .min = 1,
     .max = 32,
     .required = true},
    {.name = "access_key_id",
     .type = Type::text,
     .text = "Access key of an IAM user or role that may do nothing but send.",
     .min = 16,
     .max = 128,
     .required = true},
    {.name = "secret_access_key",
     .type = Type::secret,
     .text = "The access key's secret.",
     .min = 1,
     .max = 128,
     .required = true},
    {.name = "session_token",
     .type = Type::secret,
     .text = "Only with temporary credentials (ASIA...).",
     .min = 1,
     .max = 8192},
    {.name = "base_url",
     .type = Type::text,
     .text = "The service's address if it is not the region's public one: FIPS, a VPC end point, a simulator."},
    {.name = "allowed_senders",
     .type = Type::list,
     .text = "Senders that an application may choose; any other wish is answered by the provider's own sender."},
}};

constexpr std::array<config::Setting, 3> sms_settings_of_both{{
    {.name = "max_price",
     .type = Type::text,
     .text = "Most that one part may cost, in US dollars, such as 0.50.",
     .max = 8},
    {.name = "in_entity_id", .type = Type::text, .text = "Registered entity id, for recipients in India.", .max = 50},
    {.name = "in_template_id",
     .type = Type::text,
     .text = "Registered template id, for recipients in India.",
     .max = 50},
}};

constexpr std::array<config::Setting, 3> eum_only{{
    {.name = "origination_identity",
     .type = Type::text,
     .text = "Number, sender id, pool id or ARN to send from; empty: AWS chooses.",
     .max = 256},
    {.name = "configuration_set",
     .type = Type::text,
     .text = "Configuration set whose event destination reports deliveries; without it no receipt comes.",
     .max = 256},
    {.name = "keyword", .type = Type::text, .text = "Keyword of the registered number.", .max = 30},
}};

constexpr std::array<config::Setting, 2> sns_only{{
    {.name = "sender_id",
     .type = Type::text,
     .text = "Sender id where countries allow one: 3 to 11 letters, digits or hyphens.",
     .min = 3,
     .max = 11},
    {.name = "origination_number",
     .type = Type::text,
     .text = "Number to send from, 5 to 14 digits.",
     .min = 5,
     .max = 15},
}};

constexpr auto sms_table =
    join(account_settings, sms_settings_of_both, eum_only, http_settings(), common_settings({"8", "0", "72h"}));
constexpr auto sns_table =
    join(account_settings, sms_settings_of_both, sns_only, http_settings(), common_settings({"8", "20", "0s"}));

constexpr std::array<config::Setting, 3> whatsapp_only{{
    {.name = "phone_number_id",
     .type = Type::text,
     .text = "The number to send from as AWS names it: phone-number-id-... or its ARN.",
     .min = 16,
     .max = 256,
     .required = true},
    {.name = "meta_api_version",
     .type = Type::text,
     .default_value = "v20.0",
     .text = "Version of Meta's message format, such as v20.0.",
     .min = 4,
     .max = 8},
    {.name = "templates",
     .type = Type::list,
     .text = "Approved templates, NAME=TEMPLATE:LANGUAGE: the name that applications use, Meta's name and language."},
}};
constexpr auto whatsapp_table =
    join(account_settings, whatsapp_only, http_settings(), common_settings({"8", "0", "24h"}));

bool is_word(std::string_view text, std::string_view extra) {
  return !text.empty() && std::ranges::all_of(text, [extra](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || extra.contains(c);
  });
}

/// "[0-9]{0,2}\.[0-9]{1,5}" (End User Messaging); SNS takes any such number too.
bool is_price(std::string_view text) {
  const auto digits = [](std::string_view part) {
    return part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const auto point = text.find('.');
  if (point == std::string_view::npos || point > 2) return false;
  const auto fraction = text.substr(point + 1);
  return digits(text.substr(0, point)) && digits(fraction) && !fraction.empty() && fraction.size() <= 5;
}

/// "order_update:en_US"
bool is_meta_template(std::string_view text) {
  const auto colon = text.find(':');
  return colon != std::string_view::npos && is_word(text.substr(0, colon), "_") && is_word(text.substr(colon + 1), "_");
}

/// What is wrong with the settings of SMS, as a sentence; nothing when all is well.
std::optional<std::string_view> sms_trouble_of(const config::Section& section) {
  const auto& price = section.text("max_price");
  if (price.empty() || is_price(price)) return std::nullopt;
  return "max_price must be dollars with a point, such as 0.50.";
}

/// `service` is the host's first label and the signing name: they are the same for all of these.
Result<AwsProvider::Parts> parts_of(const config::Section& section, std::string_view kind, std::string_view service,
                                    std::unique_ptr<http::Client> client) {
  if (!is_word(section.text("region"), "-"))
    return bad_setting(section, "region must be an AWS region, such as eu-west-1.");
  if (!is_word(section.text("access_key_id"), "")) {
    return bad_setting(section,
                       "access_key_id must be letters and digits only, such as AKIA...; check for a stray character.");
  }
  AwsProvider::Parts parts;
  parts.traits = traits_of(section, kind);
  parts.credentials = {section.text("access_key_id"), section.text("secret_access_key"), section.text("session_token")};
  parts.scope = {section.text("region"), std::string(service)};
  parts.client = std::move(client);
  return parts;
}

Result<std::string> url_of(const config::Section& section, std::string_view service) {
  return base_url(section, public_url(service, section.text("region")));
}

}  // namespace

const config::Table& sms_settings() {
  static constexpr config::Table table{.path = "providers.*",
                                       .kind = "aws-sms",
                                       .text = "SMS through AWS End User Messaging SMS (SendTextMessage).",
                                       .settings = sms_table};
  return table;
}

const config::Table& sns_settings() {
  static constexpr config::Table table{.path = "providers.*",
                                       .kind = "aws-sns",
                                       .text =
                                           "SMS through AWS SNS (Publish). It gives no receipts and silently drops "
                                           "messages to opted-out numbers; prefer aws-sms.",
                                       .settings = sns_table};
  return table;
}

Result<std::unique_ptr<Provider>> make_sms(Runtime runtime, const config::Section& section,
                                           std::unique_ptr<http::Client> client) {
  if (const auto trouble = sms_trouble_of(section)) return bad_setting(section, *trouble);
  auto parts = parts_of(section, "aws-sms", "sms-voice", std::move(client));
  if (!parts) return std::unexpected(std::move(parts.error()));
  auto url = url_of(section, "sms-voice");
  if (!url) return std::unexpected(std::move(url.error()));
  parts->dialect = std::make_unique<EumDialect>(EumOptions{.base_url = *url,
                                                           .origination_identity = section.text("origination_identity"),
                                                           .allowed_senders = section.list("allowed_senders"),
                                                           .configuration_set = section.text("configuration_set"),
                                                           .keyword = section.text("keyword"),
                                                           .max_price = section.text("max_price"),
                                                           .in_entity_id = section.text("in_entity_id"),
                                                           .in_template_id = section.text("in_template_id"),
                                                           .repeat_prefix = section.text("repeat_prefix")});
  return std::make_unique<AwsProvider>(std::move(runtime), std::move(*parts));
}

Result<std::unique_ptr<Provider>> make_sns(Runtime runtime, const config::Section& section,
                                           std::unique_ptr<http::Client> client) {
  if (const auto trouble = sms_trouble_of(section)) return bad_setting(section, *trouble);
  auto parts = parts_of(section, "aws-sns", "sns", std::move(client));
  if (!parts) return std::unexpected(std::move(parts.error()));
  auto url = url_of(section, "sns");
  if (!url) return std::unexpected(std::move(url.error()));
  if (const auto& sender = section.text("sender_id"); !sender.empty() && !is_word(sender, "-")) {
    return bad_setting(section, "sender_id must be 3 to 11 letters, digits or hyphens.");
  }
  if (const auto& number = section.text("origination_number"); !number.empty() && !is_word(number, "+")) {
    return bad_setting(section, "origination_number must be 5 to 14 digits, with or without a plus.");
  }
  parts->dialect = std::make_unique<SnsDialect>(SnsOptions{.base_url = *url,
                                                           .sender_id = section.text("sender_id"),
                                                           .allowed_senders = section.list("allowed_senders"),
                                                           .origination_number = section.text("origination_number"),
                                                           .max_price = section.text("max_price"),
                                                           .in_entity_id = section.text("in_entity_id"),
                                                           .in_template_id = section.text("in_template_id"),
                                                           .repeat_prefix = section.text("repeat_prefix")});
  return std::make_unique<AwsProvider>(std::move(runtime), std::move(*parts));
}

const config::Table& whatsapp_settings() {
  static constexpr config::Table table{.path = "providers.*",
                                       .kind = "aws-whatsapp",
                                       .text =
                                           "WhatsApp through AWS End User Messaging Social (SendWhatsAppMessage): "
                                           "text, media by URL, templates.",
                                       .settings = whatsapp_table};
  return table;
}

Result<std::unique_ptr<Provider>> make_whatsapp(Runtime runtime, const config::Section& section,
                                                std::unique_ptr<http::Client> client) {
  auto parts = parts_of(section, "aws-whatsapp", "social-messaging", std::move(client));
  if (!parts) return std::unexpected(std::move(parts.error()));
  auto url = url_of(section, "social-messaging");
  if (!url) return std::unexpected(std::move(url.error()));
  const auto& id = section.text("phone_number_id");
  if (!is_word(id, "-:/") || !(id.starts_with("phone-number-id-") || id.starts_with("arn:")))
    return bad_setting(section, "phone_number_id must be phone-number-id-... or an ARN, as the AWS console shows it.");
  const auto& version = section.text("meta_api_version");
  if (!version.starts_with('v') || !is_word(version.substr(1), "."))
    return bad_setting(section, "meta_api_version must be such as v20.0.");
  auto templates = read_templates(section, is_meta_template, "order_update:en_US");
  if (!templates) return std::unexpected(std::move(templates.error()));
  parts->traits.channel = Channel::whatsapp;
  parts->dialect = std::make_unique<SocialDialect>(SocialOptions{.base_url = *url,
                                                                 .phone_number_id = id,
                                                                 .allowed_senders = section.list("allowed_senders"),
                                                                 .meta_api_version = version,
                                                                 .repeat_prefix = section.text("repeat_prefix"),
                                                                 .templates = std::move(*templates)});
  return std::make_unique<AwsProvider>(std::move(runtime), std::move(*parts));
}

}  // namespace relay::providers::aws
