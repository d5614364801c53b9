#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firmware/modem/profiles/profile.hpp"
#include "relay/base/result.hpp"

namespace modem {

/// <m> of +CUSD (27.007 clause 7.15).
enum class UssdState : std::uint8_t { done, answer_expected, ended_by_network, other_client, not_supported, timed_out };
[[nodiscard]] std::string_view name_of(UssdState state);

/// What the network said.
struct UssdReply {
  UssdState state = UssdState::done;
  std::string text;  ///< UTF-8, without control characters but line breaks.
};

/// The command that sends `text` (a code as *100#, or an answer to a menu). Errors: invalid_argument for what is empty,
/// longer than 182 septets, or not in the default alphabet.
[[nodiscard]] relay::Result<std::string> ussd_command(std::string_view text, const UssdCoding& coding);

/// Puts the lines of +CUSD together: some networks send quotes and line breaks inside of the text (facts/modem.md 2.9).
/// Pure.
class UssdReader {
 public:
  static constexpr int max_lines = 16;  ///< Of one text; what is longer ends there.

  /// A line that begins with +CUSD, or, while open(), one that follows it. A value: the reply is whole.
  [[nodiscard]] std::optional<UssdReply> feed(std::string_view line, const UssdCoding& coding);
  /// The closing quote has not come yet.
  [[nodiscard]] bool open() const { return !text_.empty(); }
  /// Nothing more came: what is there is all.
  [[nodiscard]] std::optional<UssdReply> finish(const UssdCoding& coding);

 private:
  std::string text_;
  int lines_ = 0;
};

/// The first group of `pattern` (or, without one, the whole match) in the text, as a number; a comma is a decimal point
/// too, and spaces between digits are dropped. Nothing: it does not match, or that is no number.
[[nodiscard]] std::optional<double> amount_in(const std::string& text, const std::string& pattern);
/// Why `pattern` (ECMAScript) cannot be used; empty: it can.
[[nodiscard]] std::string trouble_with_pattern(const std::string& pattern);

}  // namespace modem
