#include "relay/providers/common/templates.hpp"

#include <algorithm>

#include "relay/base/concat.hpp"
#include "relay/providers/common/answer.hpp"
#include "relay/providers/common/settings.hpp"
#include "relay/providers/common/text.hpp"

namespace relay::providers {
namespace {

constexpr TextLimit variable_limit{1600, 6400};

}  // namespace

Result<Templates> read_templates(const config::Section& section, bool (*is_reference)(std::string_view reference),
                                 std::string_view example) {
  Templates templates;
  for (const auto& entry : section.list("templates")) {
    const auto equals = entry.find('=');
    const std::string name = clean_token(entry.substr(0, equals), 64);
    if (equals == std::string::npos || name.empty() || !is_reference(std::string_view(entry).substr(equals + 1))) {
      return bad_setting(section, concat("templates: write each as NAME=", example, "."));
    }
    if (!templates.emplace(name, entry.substr(equals + 1)).second) {
      return bad_setting(section, concat("templates: \"", name, "\" is named twice."));
    }
  }
  return templates;
}

std::optional<SendResult> refuses_variables(const std::vector<std::string>& variables) {
  const bool usable = std::ranges::all_of(variables, [](const std::string& value) {
    return !value.empty() && value.find_first_of("\n\r\t") == std::string::npos && !value.contains("     ") &&
           fits(value, variable_limit);
  });
  if (usable) return std::nullopt;
  return refused_here("template_variables",
                      "A variable of the template is empty or too long, or has a line break, a tab or five spaces.");
}

SendResult template_unknown(std::string_view name) {
  return refused_here("template_unknown",
                      concat("This provider has no template \"", clean_token(name, 64), "\"; name it in templates."));
}

}  // namespace relay::providers
