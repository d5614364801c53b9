#include "relay/json/json.hpp"

#include <limits>

#include <nlohmann/json.hpp>

namespace relay {
namespace {

using nlohmann::json;

const json* member_of(const json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto member = object.find(name);
  return member != object.end() ? &*member : nullptr;
}

}  // namespace

json parse_json(std::string_view text) { return json::parse(text, nullptr, /*allow_exceptions=*/false); }

std::string text_of(const json& object, std::string_view name) {
  const json* member = member_of(object, name);
  return member != nullptr && member->is_string() ? member->get<std::string>() : std::string{};
}

std::int64_t number_of(const json& object, std::string_view name) {
  const json* member = member_of(object, name);
  if (member == nullptr || !member->is_number_integer()) return 0;
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (member->is_number_unsigned() && member->get<std::uint64_t>() > most) return 0;
  return member->get<std::int64_t>();
}

bool is_set(const json& object, std::string_view name) {
  const json* member = member_of(object, name);
  return member != nullptr && member->is_boolean() && member->get<bool>();
}

}  // namespace relay
