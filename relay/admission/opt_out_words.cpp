#include "relay/admission/opt_out_words.hpp"

#include <algorithm>
#include <array>

#include "relay/base/ascii.hpp"

namespace relay::admission {
namespace {

constexpr std::string_view white_space = " \t\r\n\v\f";

bool holds(const std::vector<std::string>& words, std::string_view text) {
  return std::ranges::any_of(
      words, [text](const std::string& word) { return equal_without_case(trimmed(word, white_space), text); });
}

}  // namespace

OptOutWord OptOutWords::word_of(std::string_view text) const {
  const std::string_view whole = trimmed(text, white_space);
  if (whole.empty()) return OptOutWord::none;
  if (holds(stop_, whole)) return OptOutWord::stop;
  return holds(start_, whole) ? OptOutWord::start : OptOutWord::none;
}

const config::Table& opt_out_settings() {
  using enum config::Type;
  // Twilio's words (facts/cloud-apis.md), and those of 47 CFR 64.1200(a)(10).
  static constexpr std::array settings{
      config::Setting{.name = "stop_words",
                      .type = list,
                      .default_value = "STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE, OPTOUT, OPT OUT",
                      .text = "A received message that is one of these and nothing else puts its sender on the opt-out "
                              "list: nothing is sent to that number any more. ASCII letters compare without case; an "
                              "empty list turns this off.",
                      .max = 64,
                      .reloadable = true},
      config::Setting{.name = "start_words",
                      .type = list,
                      .default_value = "START, UNSTOP",
                      .text = "One of these takes the sender off the list again.",
                      .max = 64,
                      .reloadable = true},
  };
  static constexpr config::Table table{
      .path = "opt_out", .kind = "", .text = "How people say that they want no messages.", .settings = settings};
  return table;
}

OptOutWords read_opt_out_words(const config::Section& section) {
  return {section.list("stop_words"), section.list("start_words")};
}

}  // namespace relay::admission
