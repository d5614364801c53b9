#include "relay/providers/aws/errors.hpp"

namespace relay::providers::aws {

bool is_clock_error(const ProviderError& error) {
  const ErrorRow* row = find_row(common_rows, error);
  return row != nullptr && row->meaning == clock_meaning;
}

std::string short_error_name(std::string_view type) {
  if (const auto hash = type.rfind('#'); hash != std::string_view::npos) type.remove_prefix(hash + 1);
  return std::string(type.substr(0, type.find(':')));
}

}  // namespace relay::providers::aws
