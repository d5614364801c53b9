#pragma once

#include <string_view>

#include "relay/message/vocabulary.hpp"

namespace relay::providers::twilio {

/// What one of Twilio's message statuses means to us (facts: cloud-apis.md 2.1).
struct Status {
  std::string_view name;
  int rank;  ///< Callbacks overtake each other: a word of lower or equal rank is old news.
  ReceiptStatus receipt;
};

/// Nothing for a status that this version does not know, and for those of inbound messages.
[[nodiscard]] const Status* find_status(std::string_view name);

/// Whether `heard` is news after `known`: ranks only grow, and a final status gives way to nothing but `read` after
/// `delivered`. A status that is not known never is; everything known is news after one that is not.
[[nodiscard]] bool is_news(std::string_view heard, std::string_view known);

}  // namespace relay::providers::twilio
