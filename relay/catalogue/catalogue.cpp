#include "relay/catalogue/catalogue.hpp"

#include <algorithm>
#include <array>

#include "relay/base/concat.hpp"
#include "relay/providers/aws/aws.hpp"
#include "relay/providers/common/settings.hpp"
#include "relay/providers/twilio/twilio.hpp"

namespace relay::providers {
namespace {

using Maker = Result<std::unique_ptr<Provider>> (*)(Runtime, const config::Section&, std::unique_ptr<http::Client>);
struct Kind {
  std::string_view name;
  Maker make;
};
constexpr std::array<Kind, 5> kinds{{{"aws-sms", aws::make_sms},
                                     {"aws-sns", aws::make_sns},
                                     {"aws-whatsapp", aws::make_whatsapp},
                                     {"twilio", twilio::make_twilio},
                                     {"twilio-whatsapp", twilio::make_whatsapp}}};
constexpr std::string_view demo_kind = "demo";

}  // namespace

bool is_cloud_kind(std::string_view kind) {
  return kind == demo_kind || std::ranges::find(kinds, kind, &Kind::name) != kinds.end();
}

Result<std::unique_ptr<Provider>> make_cloud_provider(const config::Section& section, const CloudPorts& ports) {
  const std::string& kind = section.text("kind");
  if (kind == demo_kind) return demo::make_demo(ports.runtime, section, ports.on_demo_receipt);
  const auto* found = std::ranges::find(kinds, kind, &Kind::name);
  if (found == kinds.end())
    return fail(ErrorCode::invalid_argument,
                concat("[providers.", section.name(), "] kind: \"", kind, "\" is no cloud's"));
  return found->make(ports.runtime, section, ports.make_client(client_options(section)));
}

}  // namespace relay::providers
