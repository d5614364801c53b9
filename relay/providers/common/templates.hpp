#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/config/section.hpp"
#include "relay/message/message.hpp"
#include "relay/providers/provider.hpp"

/// WhatsApp templates: applications name them once, each provider has its own word for them.
namespace relay::providers {

/// Our name -> the provider's reference.
using Templates = std::map<std::string, std::string, std::less<>>;

/// The setting `templates`: "NAME=REFERENCE" each. `is_reference` tells whether a reference can be one of this
/// provider's; `example` shows one. Errors: invalid_argument, with the table.
[[nodiscard]] Result<Templates> read_templates(const config::Section& section,
                                               bool (*is_reference)(std::string_view reference),
                                               std::string_view example);

/// Why these values can never stand in a template, as a sentence: WhatsApp takes no empty ones, no line breaks or tabs,
/// no more than four spaces in a row, at most 1600 characters (facts: cloud-apis.md 1.4 and 2.1).
[[nodiscard]] std::optional<SendResult> refuses_variables(const std::vector<std::string>& variables);

/// The refusal of a template that the settings do not name.
[[nodiscard]] SendResult template_unknown(std::string_view name);

}  // namespace relay::providers
