#include "firmware/console/support_text.hpp"

#include "relay/base/log.hpp"

namespace firmware::console {
namespace {

constexpr std::size_t shortest_number = 8;  // with its country code; the shortest in use
constexpr std::size_t longest_number = 15;  // ITU-T E.164

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

}  // namespace

std::string with_numbers_masked(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const bool plus = text[at] == '+';
    std::size_t end = at + (plus ? 1 : 0);
    while (end < text.size() && is_digit(text[end])) ++end;
    const std::size_t digits = end - at - (plus ? 1 : 0);
    const bool alone = (at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]));
    if (alone && digits >= shortest_number && digits <= longest_number) {
      out += relay::masked_number(text.substr(at, end - at));
    } else {
      if (end == at) end = at + 1;
      out += text.substr(at, end - at);
    }
    at = end;
  }
  return out;
}

}  // namespace firmware::console
