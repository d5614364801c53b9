#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/message/message.hpp"
#include "relay/providers/provider.hpp"

namespace relay::providers {

/// What one provider will take, in characters (code points) and in bytes of UTF-8.
struct TextLimit {
  std::size_t characters;
  std::size_t bytes;
};

/// The text of an SMS as it goes out: behind `repeat_prefix` when the request says that it repeats. A prefix that would
/// push the text over the provider's limit is left out: that it arrives counts more than the mark.
[[nodiscard]] std::string outgoing_text(const SendRequest& request, std::string_view repeat_prefix, TextLimit limit);

/// True when the text alone is within the limit.
[[nodiscard]] bool fits(std::string_view utf8, TextLimit limit);

/// Whether one of `texts` is `text`.
[[nodiscard]] bool includes(const std::vector<std::string>& texts, std::string_view text);

/// Percent-encodes every byte but RFC 3986's unreserved ones, hexadecimal in capitals: right for queries, forms and
/// SigV4 alike.
[[nodiscard]] std::string percent_encode(std::string_view bytes);

/// One application/x-www-form-urlencoded body, in the order of the calls.
class FormBody {
 public:
  FormBody& add(std::string_view name, std::string_view value);
  FormBody& add_unless_empty(std::string_view name, std::string_view value) {
    return value.empty() ? *this : add(name, value);
  }
  [[nodiscard]] std::string take() { return std::move(body_); }

 private:
  std::string body_;
};

}  // namespace relay::providers
