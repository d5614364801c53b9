#include "relay/providers/common/json.hpp"

#include <nlohmann/json.hpp>

namespace relay::providers {

using nlohmann::json;

json parse_json(std::string_view text) { return json::parse(text, nullptr, /*allow_exceptions=*/false); }

std::string text_of(const json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end()) return {};
  const auto* text = member->get_ptr<const std::string*>();
  return text != nullptr ? *text : std::string{};
}

}  // namespace relay::providers
