#include "firmware/provider_set.hpp"

#include <algorithm>
#include <iostream>

#include "firmware/settings.hpp"
#include "relay/providers/aws/aws.hpp"
#include "relay/providers/common/settings.hpp"
#include "relay/providers/console/console.hpp"
#include "relay/providers/demo/demo.hpp"
#include "relay/providers/twilio/twilio.hpp"

namespace firmware {
namespace {

using relay::Result;
using relay::config::Section;
using relay::providers::Provider;

Result<std::unique_ptr<Provider>> make_provider(const Section& section, const ProviderPorts& ports, ProviderSet& set) {
  namespace kinds = relay::providers;
  const std::string& kind = section.text("kind");
  const auto client = [&] { return ports.platform.make_client(kinds::client_options(section)); };
  if (kind == "aws-sms") return kinds::aws::make_sms(ports.runtime, section, client());
  if (kind == "aws-sns") return kinds::aws::make_sns(ports.runtime, section, client());
  if (kind == "twilio") return kinds::twilio::make_twilio(ports.runtime, section, client());
  if (kind == "console") return kinds::console::make_console(section, std::cout);
  if (kind == "demo") {
    return kinds::demo::make_demo(ports.runtime, section, [&ports](kinds::demo::Receipt receipt) {
      ports.on_receipt({.provider = receipt.provider,
                        .ref = receipt.ref,
                        .status = receipt.status,
                        .code = receipt.code,
                        .at = ports.runtime.clock.wall()});
    });
  }
  auto modem = modem::make_modem(section.name(), section, ports.runtime, ports.platform.serial_ports(), ports.modem);
  if (!modem) return std::unexpected(modem.error());
  set.modems.push_back(modem->get());
  return std::unique_ptr<Provider>(std::move(*modem));
}

}  // namespace

std::vector<Provider*> ProviderSet::pointers() const {
  std::vector<Provider*> pointers;
  for (const auto& provider : all) pointers.push_back(provider.get());
  return pointers;
}

Result<ProviderSet> make_providers(const relay::config::Document& document, const ProviderPorts& ports) {
  const auto names = read_chain(document);
  if (!names) return std::unexpected(names.error());
  const auto sections = document.sections("providers");
  ProviderSet set;
  for (const auto& name : *names) {
    const auto section = std::ranges::find_if(sections, [&](const auto* s) { return s->name() == name; });
    auto provider = make_provider(**section, ports, set);
    if (!provider) return std::unexpected(provider.error());
    set.all.push_back(std::move(*provider));
  }
  return set;
}

}  // namespace firmware
