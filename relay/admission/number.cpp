#include "relay/admission/number.hpp"

#include <algorithm>

namespace relay::admission {
namespace {

constexpr std::size_t min_digits = 7;
constexpr std::size_t max_digits = 15;         // ITU-T E.164
constexpr std::size_t max_sender_length = 11;  // 3GPP TS 23.040: 7 octets of 7-bit characters

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_separator(char c) { return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/'; }

}  // namespace

Result<std::string> normalise_number(std::string_view number) {
  std::string digits;
  bool plus = false;
  for (const char c : number) {
    if (is_separator(c)) continue;
    if (c == '+' && digits.empty() && !plus) {
      plus = true;
    } else if (is_digit(c)) {
      digits += c;
    } else {
      return fail(ErrorCode::invalid_argument,
                  "the number has a character that is neither a digit nor a separator; write it as +<country><number>");
    }
  }
  if (!plus) {
    return fail(ErrorCode::invalid_argument,
                "the number has no leading +; write it in international form, as +<country><number>");
  }
  if (digits.size() < min_digits || digits.size() > max_digits || digits.front() == '0') {
    return fail(ErrorCode::invalid_argument,
                "the number must have 7 to 15 digits after the + and begin with a country code (E.164)");
  }
  return "+" + digits;
}

Result<std::string> normalise_sender(std::string_view sender) {
  if (sender.starts_with('+')) return normalise_number(sender);
  const bool characters_fit =
      std::ranges::all_of(sender, [](char c) { return is_digit(c) || is_letter(c) || c == ' ' || c == '-'; });
  const bool has_letter = std::ranges::any_of(sender, is_letter);
  const bool short_code =
      !has_letter && sender.size() >= 3 && sender.size() <= 8 && std::ranges::all_of(sender, is_digit);
  if (short_code || (characters_fit && has_letter && sender.size() <= max_sender_length)) return std::string{sender};
  return fail(ErrorCode::invalid_argument,
              "the sender must be an E.164 number, a short code of 3 to 8 digits, or 1 to 11 letters, digits, spaces "
              "and hyphens "
              "with at least one letter");
}

}  // namespace relay::admission
