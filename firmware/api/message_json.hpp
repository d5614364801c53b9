#pragma once

#include <array>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/api/problem.hpp"
#include "relay/admission/admission.hpp"
#include "relay/outbox/outbox.hpp"

namespace firmware::api {

/// A submission as read from a request body. Unknown members, wrong types and unreadable times are refused by name.
[[nodiscard]] std::expected<relay::admission::Wish, Problem> parse_submission(std::string_view body);

/// SHA-256 over the submission in canonical form (member order and white space do not matter): what an idempotency key
/// stands for.
[[nodiscard]] std::array<std::byte, 32> payload_digest(std::string_view body);

/// The answer to a submission.
[[nodiscard]] std::string render_accepted(const std::vector<relay::Message>& messages);
/// One message with its attempts.
[[nodiscard]] std::string render_record(const relay::outbox::MessageRecord& record, const relay::Timeline& timeline);
/// For the box's operator: no text, the number masked, whose it is.
[[nodiscard]] std::string render_record_masked(const relay::outbox::MessageRecord& record,
                                               const relay::Timeline& timeline);
[[nodiscard]] std::string render_list_masked(const std::vector<relay::Message>& messages, int limit,
                                             const relay::Timeline& timeline);
/// A page of messages without attempts; `limit` tells whether there may be more.
[[nodiscard]] std::string render_list(const std::vector<relay::Message>& messages, int limit,
                                      const relay::Timeline& timeline);
/// `after` is what was asked for: where a reader that has seen all goes on.
[[nodiscard]] std::string render_inbound(const std::vector<relay::outbox::InboundMessage>& messages,
                                         std::int64_t after);

}  // namespace firmware::api
