#include "relay/providers/common/text.hpp"

#include <algorithm>

namespace relay::providers {

bool fits(std::string_view utf8, TextLimit limit) {
  const auto is_lead = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return utf8.size() <= limit.bytes &&
         static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), is_lead)) <= limit.characters;
}

std::string outgoing_text(const SendRequest& request, std::string_view repeat_prefix, TextLimit limit) {
  const auto& text = std::get<SmsContent>(request.message->content).text;
  if (!request.mark_as_repeat) return text;
  std::string marked = std::string(repeat_prefix) + text;
  return fits(marked, limit) ? marked : text;
}

bool includes(const std::vector<std::string>& texts, std::string_view text) {
  return std::ranges::find(texts, text) != texts.end();
}

std::string percent_encode(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 2);
  for (const char c : bytes) {
    const bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                            c == '_' || c == '.' || c == '~';
    if (unreserved) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', digits[byte >> 4U], digits[byte & 15U]};
  }
  return out;
}

FormBody& FormBody::add(std::string_view name, std::string_view value) {
  if (!body_.empty()) body_ += '&';
  body_ += percent_encode(name) + "=" + percent_encode(value);
  return *this;
}

}  // namespace relay::providers
