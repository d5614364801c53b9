#include "firmware/provider_set.hpp"

#include <algorithm>
#include <iostream>

#include "firmware/modem/modem_pool.hpp"
#include "firmware/settings.hpp"
#include "firmware/uplink/bridge_link.hpp"
#include "firmware/uplink/link_client.hpp"
#include "relay/base/concat.hpp"
#include "relay/catalogue/catalogue.hpp"
#include "relay/providers/bridge/bridge.hpp"
#include "relay/providers/console/console.hpp"

namespace firmware {
namespace {

using relay::Result;
using relay::config::Section;
using relay::providers::Provider;

using Sections = std::vector<const Section*>;

/// Errors: invalid_argument, with the table and the member.
Result<const Section*> find_member(const Section& pool, const std::string& name, const Sections& sections) {
  const auto refuse = [&](std::string_view why) {
    return relay::fail(relay::ErrorCode::invalid_argument,
                       relay::concat("[providers.", pool.name(), "] members: \"", name, "\" ", why));
  };
  const auto found = std::ranges::find_if(sections, [&](const auto* section) { return section->name() == name; });
  if (found == sections.end()) return refuse(relay::concat("has no table [providers.", name, "]; add it"));
  if ((*found)->text("kind") != "modem") return refuse("is no modem; a pool has modems only");
  return *found;
}

Result<std::unique_ptr<Provider>> make_pool(const Section& section, const Sections& sections,
                                            const ProviderPorts& ports, ProviderSet& set) {
  auto pool_settings = modem::PoolSettings::from(section);
  const auto names = pool_settings.members;
  if (names.empty()) {
    return relay::fail(relay::ErrorCode::invalid_argument,
                       relay::concat("[providers.", section.name(), "] members: name at least one modem"));
  }
  auto pool = std::make_unique<modem::ModemPool>(ports.runtime, std::move(pool_settings));
  for (const auto& name : names) {
    const auto member = find_member(section, name, sections);
    if (!member) return std::unexpected(member.error());
    const bool taken = std::ranges::any_of(set.modems, [&](const auto* modem) { return modem->traits().name == name; });
    if (taken) {
      return relay::fail(relay::ErrorCode::invalid_argument,
                         relay::concat("[providers.", section.name(), "] members: \"", name,
                                       "\" is in the chain or in a pool already; each modem has one place"));
    }
    auto modem = modem::make_modem(name, **member, ports.runtime, ports.platform.serial_ports(),
                                   pool->ports_for(name, ports.modem));
    if (!modem) return std::unexpected(modem.error());
    set.modems.push_back(modem->get());
    pool->add(std::move(*modem));
  }
  return std::unique_ptr<Provider>(std::move(pool));
}

/// The bridge is reached by the link of the table "bridge", which has the box's certificate.
Result<std::unique_ptr<Provider>> make_bridge(const Section& section, const Section& link, const ProviderPorts& ports) {
  const auto settings = uplink::read_bridge_settings(link);
  if (!settings) return std::unexpected(settings.error());
  if (settings->urls.size() != 1) {
    return relay::fail(relay::ErrorCode::invalid_argument,
                       relay::concat("[providers.", section.name(),
                                     "] needs a bridge of one node: set [bridge] url, and no other_urls"));
  }
  return relay::providers::bridge::make_bridge(ports.runtime, section, settings->urls.front(),
                                               std::make_unique<uplink::LinkClient>(ports.link_client));
}

Result<std::unique_ptr<Provider>> make_provider(const relay::config::Document& document, const Section& section,
                                                const ProviderPorts& ports, ProviderSet& set) {
  namespace kinds = relay::providers;
  const Sections sections = document.sections("providers");
  const std::string& kind = section.text("kind");
  if (kinds::is_cloud_kind(kind)) {
    const kinds::CloudPorts cloud{
        .runtime = ports.runtime,
        .make_client =
            [&ports](relay::http::ClientOptions options) { return ports.platform.make_client(std::move(options)); },
        .on_demo_receipt =
            [&ports](kinds::demo::Receipt receipt) {
              ports.on_receipt({.provider = receipt.provider,
                                .ref = receipt.ref,
                                .status = receipt.status,
                                .code = receipt.code,
                                .at = ports.runtime.clock.wall()});
            }};
    return kinds::make_cloud_provider(section, cloud);
  }
  if (kind == "bridge" || kind == "bridge-whatsapp") return make_bridge(section, document.section("bridge"), ports);
  if (kind == "console") return kinds::console::make_console(section, std::cout);
  if (kind == "modem-pool") return make_pool(section, sections, ports, set);
  const bool pooled =
      std::ranges::any_of(set.modems, [&](const auto* m) { return m->traits().name == section.name(); });
  if (pooled) {
    return relay::fail(
        relay::ErrorCode::invalid_argument,
        relay::concat("[chain] sms: \"", section.name(), "\" is in a pool already; each modem has one place"));
  }
  auto modem = modem::make_modem(section.name(), section, ports.runtime, ports.platform.serial_ports(), ports.modem);
  if (!modem) return std::unexpected(modem.error());
  set.modems.push_back(modem->get());
  return std::unique_ptr<Provider>(std::move(*modem));
}

/// A board has one slot: whose power would be cut?
Result<void> check_slot(const Sections& sections, const ProviderSet& set) {
  const Section* first = nullptr;
  for (const auto* section : sections) {
    const bool in_use =
        std::ranges::any_of(set.modems, [&](const auto* m) { return m->traits().name == section->name(); });
    if (!in_use || !section->boolean("board_slot")) continue;
    if (first != nullptr) {
      return relay::fail(relay::ErrorCode::invalid_argument,
                         relay::concat("[providers.", section->name(),
                                       "] board_slot: the board's power lines are of one modem; "
                                       "say board_slot = false here or in [providers.",
                                       first->name(), "]"));
    }
    first = section;
  }
  return {};
}

}  // namespace

std::vector<Provider*> ProviderSet::pointers() const {
  std::vector<Provider*> pointers;
  for (const auto& provider : all) pointers.push_back(provider.get());
  return pointers;
}

std::vector<relay::Channel> ProviderSet::channels() const {
  std::vector<relay::Channel> channels;
  for (const auto& provider : all) {
    const auto channel = provider->traits().channel;
    if (std::ranges::find(channels, channel) == channels.end()) channels.push_back(channel);
  }
  return channels;
}

Result<ProviderSet> make_providers(const relay::config::Document& document, const ProviderPorts& ports) {
  const auto names = read_chain(document);
  if (!names) return std::unexpected(names.error());
  const auto sections = document.sections("providers");
  ProviderSet set;
  for (const auto& name : *names) {
    const auto section = std::ranges::find_if(sections, [&](const auto* s) { return s->name() == name; });
    auto provider = make_provider(document, **section, ports, set);
    if (!provider) return std::unexpected(provider.error());
    const auto channel = relay::name_of((*provider)->traits().channel);
    const auto& of_channel = document.section("chain").list(channel);
    if (std::ranges::find(of_channel, name) == of_channel.end()) {
      return relay::fail(relay::ErrorCode::invalid_argument,
                         relay::concat("[chain]: \"", name, "\" is a provider of ", channel, "; name it there"));
    }
    set.all.push_back(std::move(*provider));
  }
  if (ports.modem.power != nullptr) {
    if (const auto one = check_slot(sections, set); !one) return std::unexpected(one.error());
  }
  return set;
}

}  // namespace firmware
