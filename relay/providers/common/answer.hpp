#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "relay/base/time.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/provider.hpp"

/// From an answer to an outcome, as every cloud dialect does it: the HTTP status decides first, the provider's code
/// second (facts: cloud-apis.md 0.6 and 1.2). Pure.
namespace relay::providers {

/// What a provider said of its refusal, as far as programs may read it.
struct ProviderError {
  std::string code;    ///< "21610", "ConflictException"; empty: the answer was not shaped as the provider's errors are.
  std::string reason;  ///< A second word that narrows the first: EUM's Reason; empty where there is none.
  std::string evidence;  ///< Prose or field names, to tell cases apart that share a code. Never stored, never logged.
};

/// One row of a dialect's table of errors. The first row that matches counts, so narrow rows stand before wide ones.
struct ErrorRow {
  std::string_view code;      ///< Exact, or a beginning: "SENDER_ID_*".
  std::string_view reason;    ///< As `code`; empty matches any.
  std::string_view evidence;  ///< Must occur in ProviderError::evidence; empty matches any.
  Outcome outcome = Outcome::refused;
  std::string_view
      meaning;  ///< What it means and what to do: a sentence without its full stop. It becomes SendResult::detail.
  bool opted_out = false;      ///< With recipient_refused: the recipient said STOP.
  bool whole_channel = false;  ///< With refused: no other provider of this channel can carry it either.
};

[[nodiscard]] const ErrorRow* find_row(std::span<const ErrorRow> table, const ProviderError& error);

/// The outcome of an answer that is not a success. `by_code`: what the table says of its code, if it knows it.
/// `provider_shaped`: the body was the provider's own, not a proxy's page.
[[nodiscard]] Outcome outcome_of(int http_status, std::optional<Outcome> by_code, bool provider_shaped);

/// The whole result of such an answer. `service` names the provider in sentences ("Twilio"). The provider's own prose
/// is not repeated: it may echo the number or the text (AWS also echoes session tokens), and both end up in logs. `now`
/// is for a Retry-After that is a date, when the answer has no Date.
[[nodiscard]] SendResult result_of_error(std::string_view service, const http::ClientResponse& answer,
                                         const ProviderError& error, std::span<const ErrorRow> table, WallTime now);

/// The provider took the message under `id`, by which its receipts come; `detail` says so.
[[nodiscard]] SendResult accepted_as(std::string id, const http::ClientResponse& answer, std::string detail);

/// A success whose body does not say what it must: the message may well be out.
[[nodiscard]] SendResult unreadable_success(std::string_view service, const http::ClientResponse& answer);

/// A request that is not made at all, because this provider can never carry the message.
[[nodiscard]] SendResult refused_here(std::string code, std::string detail);

/// Retry-After: whole seconds or a date (RFC 9110 clause 10.2.3), at most one hour; empty when absent or nonsense.
[[nodiscard]] std::optional<Millis> retry_after(const http::Headers& headers, WallTime now);
inline constexpr Millis max_retry_after = std::chrono::hours{1};

/// `text` if it is an identifier (letters, digits, "-_.:/", 1 to `max_size` characters), else "": what comes from
/// outside is stored and logged only in this form.
[[nodiscard]] std::string clean_token(std::string_view text, std::size_t max_size = 128);

}  // namespace relay::providers
