#include "relay/providers/aws/errors.hpp"

namespace relay::providers::aws {

bool is_clock_error(const ProviderError& error) {
  const ErrorRow* row = find_row(common_rows, error);
  return row != nullptr && row->meaning == clock_meaning;
}

}  // namespace relay::providers::aws
