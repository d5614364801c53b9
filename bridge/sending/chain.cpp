#include "bridge/sending/chain.hpp"

#include <algorithm>
#include <array>

#include "relay/base/concat.hpp"
#include "relay/catalogue/catalogue.hpp"
#include "relay/chain/chain.hpp"
#include "relay/config/tree.hpp"
#include "relay/providers/aws/aws.hpp"
#include "relay/providers/twilio/twilio.hpp"

namespace bridge::sending {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::config::Document;
using relay::config::Section;
using relay::config::Setting;
using relay::config::Table;
using relay::config::Type;
using relay::providers::Provider;

constexpr const char* file_name = "chain";  // what error messages call the text

constexpr std::array chain_settings{
    Setting{
        .name = "sms",
        .type = Type::list,
        .text = "The providers of text messages in the order in which they are tried, by the names of their tables."},
    Setting{.name = "whatsapp", .type = Type::list, .text = "The providers of WhatsApp messages, likewise."},
};
constexpr Table chain_table{
    .path = "chain", .kind = {}, .text = "Which way out, and when the next one.", .settings = chain_settings};

relay::config::Tables tables() {
  static const std::array<const Table*, 7> all{&chain_table,
                                               &relay::providers::aws::sms_settings(),
                                               &relay::providers::aws::sns_settings(),
                                               &relay::providers::aws::whatsapp_settings(),
                                               &relay::providers::twilio::settings(),
                                               &relay::providers::twilio::whatsapp_settings(),
                                               &relay::providers::demo::settings()};
  return all;
}

constexpr std::array<std::string_view, 3> only_operators{"base_url", "ca_file", "connect_to"};
constexpr std::array<std::string_view, 3> not_here{"_file", "_env", "_credential"};

/// Before any value is read: a tenant's text must not make the bridge read its own machine's files, nor lead it to
/// other addresses.
Result<void> check_names(const relay::config::Node& node, const ChainRules& rules) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::invalid_argument, concat(file_name, ":", node.line, ": ", node.name, ": ", why));
  };
  const bool led_elsewhere = std::ranges::find(only_operators, node.name) != only_operators.end();
  if (led_elsewhere && !rules.by_operator) return refuse("only the bridge's operator may set this");
  const bool elsewhere =
      std::ranges::any_of(not_here, [&](std::string_view suffix) { return node.name.ends_with(suffix); });
  if (elsewhere && !led_elsewhere) return refuse("give the secret itself; the chain is kept sealed");
  if (const auto* members = node.members()) {
    for (const auto& member : *members) {
      if (auto checked = check_names(member, rules); !checked) return checked;
    }
  }
  return {};
}

Result<void> check_order(const Document& chain) {
  const auto sections = chain.sections("providers");
  std::vector<std::string> names;
  for (const auto* channel : {"sms", "whatsapp"}) {
    for (const auto& name : chain.section("chain").list(channel)) {
      const auto refuse = [&](std::string_view why) {
        return fail(ErrorCode::invalid_argument, concat("[chain] ", channel, ": \"", name, "\" ", why));
      };
      if (std::ranges::find(names, name) != names.end()) return refuse("is named twice; each provider has one place");
      const auto section = std::ranges::find_if(sections, [&](const auto* s) { return s->name() == name; });
      if (section == sections.end()) return refuse(concat("has no table [providers.", name, "]; add it"));
      const bool is_whatsapp = (*section)->text("kind").ends_with("-whatsapp");
      if (is_whatsapp != (std::string_view{channel} == "whatsapp")) return refuse("is of the other channel");
      names.push_back(name);
    }
  }
  if (names.empty()) return fail(ErrorCode::invalid_argument, "[chain] sms, whatsapp: name at least one provider");
  if (names.size() > relay::chain::max_providers)
    return fail(ErrorCode::invalid_argument, "[chain] sms and whatsapp: at most 32 providers");
  return {};
}

/// The section with what the bridge knows by itself.
Section completed(const Section& section, const ChainPorts& ports) {
  Section out = section;
  if (!section.text("kind").starts_with("twilio")) return out;
  const bool has_secret = !section.text("auth_token").empty() || !section.text("api_key_sid").empty();
  const auto token = has_secret ? std::nullopt : ports.twilio_token(section.text("account_sid"));
  if (token) out = out.with("auth_token", *token);
  if (section.text("status_callback").empty()) {
    const std::string_view channel = section.text("kind") == "twilio" ? "sms" : "whatsapp";
    out = out.with("status_callback", concat(ports.public_url, "/api/webhooks/twilio/", channel));
  }
  return out;
}

}  // namespace

Result<Document> read_chain(std::string_view text, const ChainRules& rules) {
  if (text.size() > max_chain_text) return fail(ErrorCode::invalid_argument, "the chain is longer than 16 KiB");
  const auto tree = relay::config::parse_toml(text, file_name);
  if (!tree) return std::unexpected(tree.error());
  if (auto names = check_names(*tree, rules); !names) return std::unexpected(names.error());
  auto chain = Document::parse(text, file_name, tables(), [](const std::string&) { return std::nullopt; });
  if (!chain) return chain;
  for (const auto* section : chain->sections("providers")) {
    const bool is_demo = section->text("kind") == "demo";
    if (is_demo == rules.demo) continue;
    return fail(ErrorCode::invalid_argument,
                concat("[providers.", section->name(), "] kind: ",
                       rules.demo ? "a demo tenant's providers are all of the kind demo: nothing leaves the bridge"
                                  : "demo is for demo tenants"));
  }
  if (auto order = check_order(*chain); !order) return std::unexpected(order.error());
  return chain;
}

Result<std::vector<std::unique_ptr<Provider>>> make_providers(const Document& chain, const ChainPorts& ports) {
  const relay::providers::CloudPorts cloud_ports{
      .runtime = ports.runtime, .make_client = ports.make_client, .on_demo_receipt = ports.on_demo_receipt};
  const auto sections = chain.sections("providers");
  std::vector<std::unique_ptr<Provider>> providers;
  for (const auto* channel : {"sms", "whatsapp"}) {
    for (const auto& name : chain.section("chain").list(channel)) {
      const auto section = std::ranges::find_if(sections, [&](const auto* s) { return s->name() == name; });
      auto provider = relay::providers::make_cloud_provider(completed(**section, ports), cloud_ports);
      if (!provider) return std::unexpected(provider.error());
      providers.push_back(std::move(*provider));
    }
  }
  return providers;
}

}  // namespace bridge::sending
