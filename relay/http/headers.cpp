#include <algorithm>

#include "relay/base/ascii.hpp"
#include "relay/http/client.hpp"

namespace relay::http {

std::string_view header_value(const Headers& headers, std::string_view name) {
  const auto found =
      std::ranges::find_if(headers, [name](const Header& h) { return equal_without_case(h.name, name); });
  return found == headers.end() ? std::string_view{} : std::string_view{found->value};
}

}  // namespace relay::http
