#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "relay/config/section.hpp"
#include "relay/config/table.hpp"
#include "relay/message/opt_out_word.hpp"

namespace relay::admission {

/// The words by which a person who got a message ends that, and takes it back. Pure.
class OptOutWords {
 public:
  OptOutWords(std::vector<std::string> stop, std::vector<std::string> start)
      : stop_(std::move(stop)), start_(std::move(start)) {}

  /// A word counts only if it is the whole text, apart from white space around it; ASCII letters compare without case.
  /// "please stop the pump" is a message like any other.
  [[nodiscard]] OptOutWord word_of(std::string_view text) const;

 private:
  std::vector<std::string> stop_;
  std::vector<std::string> start_;
};

/// The table "opt_out".
[[nodiscard]] const config::Table& opt_out_settings();
[[nodiscard]] OptOutWords read_opt_out_words(const config::Section& section);

}  // namespace relay::admission
